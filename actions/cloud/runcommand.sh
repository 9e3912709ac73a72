# runcommand.sh: runs one command on the host, once, and tells how it ended.
#
# Before it: $root (a directory of root's), $id (of the command) and $mode:
#   put     keep what input prints as $part of the standard input
#   run     run the command; wait $patience seconds for its end and print the
#           output's first $most characters
#   fetch   print $most characters of the output that begin $from characters on
#   forget  remove the output
# The functions work, line and input print runcommand_work.sh, the command and
# its standard input, the last two in base64, the input through gzip before.
#
# In $root/ID, which is made whole by one rename, so that a command that the
# agent is given twice (its answer got lost, the host restarted) runs once:
#   lock     locked for as long as the command runs
#   in       its standard input
#   command  what to run
#   work     runcommand_work.sh, which runs it
#   head     there when it has ended: status, bytes of both streams, and "flood"
#            if there was more than is taken from any host
#   packed   both streams, one after the other: gzip, base64
# An input that comes in parts waits in $root/in.ID.
#
# The first line of the output is `hardenbot WORD …`. The script itself ends
# with status 0: by another, 194, a script has the agent restart the host.
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
unset SSH_CONNECTION
dir=$root/$id

say() {
	printf 'hardenbot %s\n' "$*"
	exit 0
}

for tool in base64 flock gzip mkfifo setsid stdbuf; do
	command -v "$tool" >/dev/null || say broken "there is no $tool on the host"
done

# Nothing stays for long: output for a quarter of an hour, what tells that a
# command was run for a day.
sweep() {
	find "$root" -mindepth 2 -maxdepth 2 -name packed -mmin +15 -exec rm -f {} +
	find "$root" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} +
}

own_root() {
	mkdir -p -m 0700 "$root" && [ -O "$root" ] && [ ! -L "$root" ] || say broken "$root cannot be made"
}

put() {
	own_root
	mkdir -p "$root/in.$id" && input >"$root/in.$id/$part.new" && mv "$root/in.$id/$part.new" "$root/in.$id/$part" ||
		say broken "$root cannot be written"
	say kept
}

# begin: starts the command, unless it was before. It goes on by itself, in a
# session of its own: an agent that is told to cancel kills this script, and a
# package that is being installed must not be cut off by that.
begin() {
	own_root
	sweep
	[ ! -e "$dir" ] || return 0
	new=$(mktemp -d "$root/new.XXXXXXXX") || say broken "$root cannot be written"
	exec 9>"$new/lock"
	flock 9
	work >"$new/work" && line | base64 -d >"$new/command" &&
		input | base64 -d | gzip -dc >"$new/in" || say broken "$root cannot be written"
	if mv -T "$new" "$dir" 2>/dev/null; then
		setsid /bin/sh "$dir/work" "$dir" "$keep" "$flood" </dev/null >/dev/null 2>&1 &
		rm -rf "$root/in.$id"
	else
		rm -rf "$new"
	fi
	exec 9>&-
}

case $mode in
put) put ;;
run) begin ;;
forget)
	rm -f "$dir/packed"
	say forgotten
	;;
esac
[ -e "$dir/lock" ] || say lost
exec 8<"$dir/lock"
flock -w "$patience" 8 || say running
[ -e "$dir/head" ] && [ -e "$dir/packed" ] || say lost
printf 'hardenbot ended %s %s\n' "$(cat "$dir/head")" "$(wc -c <"$dir/packed")"
tail -c "+$((from + 1))" "$dir/packed" | head -c "$most"
exit 0
