# Runs undo.sh once, unless the switch was disarmed. Before it, $run, $state,
# $dir and $patience are set. The argument says why: deadline, boot or now.
if ! ln -sT fired "$dir/decision" 2>/dev/null; then
	# Only what was decided counts. A decision that cannot be written, on a disk
	# that is full or read-only, must not keep the host from being put back.
	case $(readlink "$dir/decision") in
	disarmed) exit 0 ;;
	# At boot, an undo that the restart cut off is taken up again.
	fired) [ "$1" = boot ] && [ ! -e "$dir/result" ] || exit 0 ;;
	esac
fi
sync "$dir"

case $1 in
deadline) why="nobody confirmed in time that the host can still be reached" ;;
boot) why="the host was restarted before that was confirmed" ;;
*) why="hardenbot asked for it" ;;
esac
tell() { logger -t hardenbot -- "run $run: $1" 2>/dev/null || printf '%s\n' "$1"; }
tell "putting this host back as it was, because $why"

# What still runs of the change must not go on beside its undo. $state/running
# has the proc(5) stat of the shells that ran the last script, as fence.sh says;
# its start time tells one from another process that has its number by now.
still_runs() {
	while read -r pid name state_of_it parent group session rest; do
		! same_start "$rest" "$(cut -d ' ' -f 7- "/proc/$pid/stat")" || return 0
	done <"$state/running"
	return 1
}

# same_start STAT STAT: each without its first six fields.
same_start() {
	[ "$(printf '%s\n' "$1" | cut -d ' ' -f 16)" = "$(printf '%s\n' "$2" | cut -d ' ' -f 16)" ]
}

# installing: whether apt or dpkg works in that shell's process group or session.
installing() {
	cat /proc/[0-9]*/stat | awk -v group="$group" -v session="$session" '
		($2 == "(apt-get)" || $2 == "(dpkg)") && $3 != "Z" && ($5 == group || $6 == session) { found = 1 }
		END { exit !found }'
}

if still_runs; then
	# No package is left half installed, as long as that comes to an end.
	if installing; then
		tell "packages are being installed; waiting for the end of that, $patience s at most"
	fi
	while [ "$patience" -gt 0 ] && installing; do
		patience=$((patience - 1))
		sleep 1
	done
	! still_runs || kill -s KILL -- "-$group"
fi 2>/dev/null

# Nothing that cannot be written keeps undo.sh from being run.
log=$dir/undo.log
true 2>/dev/null >"$log" || log=/dev/null
/bin/sh "$dir/undo.sh" </dev/null >"$log" 2>&1
status=$?
printf '%s\n' "$status" >"$dir/result.new"
sync "$dir/result.new"
mv "$dir/result.new" "$dir/result"
systemctl stop "hardenbot-$run.timer" 2>/dev/null
rm -f "/etc/systemd/system/multi-user.target.wants/hardenbot-$run-boot.service" \
	"/etc/systemd/system/hardenbot-$run-boot.service" "/etc/cron.d/hardenbot-$run" \
	"/run/systemd/system/hardenbot-$run.timer" "/run/systemd/system/hardenbot-$run.service"
if [ "$status" = 0 ]; then
	tell "this host is back as it was"
else
	tell "putting this host back failed with status $status: $(tail -n 1 "$log")"
fi
exit "$status"
