# Runs undo.sh once, unless the switch was disarmed. Before it, $run, $state
# and $dir are set. The argument says why: deadline, boot or now.
if ! ln -sT fired "$dir/decision" 2>/dev/null; then
	# At boot, an undo that the restart cut off is taken up again.
	[ "$1" = boot ] && [ "$(readlink "$dir/decision")" = fired ] && [ ! -e "$dir/result" ] || exit 0
fi
sync "$dir"

case $1 in
deadline) why="nobody confirmed in time that the host can still be reached" ;;
boot) why="the host was restarted before that was confirmed" ;;
*) why="hardenbot asked for it" ;;
esac
tell() { logger -t hardenbot -- "run $run: $1" || printf '%s\n' "$1"; }
tell "putting this host back as it was, because $why"

# What still runs of the change must not go on beside its undo. $state/running
# is the proc(5) stat of the shell that ran the last script; its start time
# tells it from another process that has its number by now.
if read -r pid _ _ _ group rest <"$state/running" &&
	[ "$(cut -d ' ' -f 22 "$state/running")" = "$(cut -d ' ' -f 22 "/proc/$pid/stat")" ]; then
	kill -s KILL -- "-$group"
fi 2>/dev/null

/bin/sh "$dir/undo.sh" </dev/null >"$dir/undo.log" 2>&1
status=$?
printf '%s\n' "$status" >"$dir/result.new"
sync "$dir/result.new"
mv "$dir/result.new" "$dir/result"
systemctl stop "hardenbot-$run.timer" 2>/dev/null
rm -f "/etc/systemd/system/multi-user.target.wants/hardenbot-$run-boot.service" \
	"/etc/systemd/system/hardenbot-$run-boot.service"
if [ "$status" = 0 ]; then
	tell "this host is back as it was"
else
	tell "putting this host back failed with status $status: $(tail -n 1 "$dir/undo.log")"
fi
exit "$status"
