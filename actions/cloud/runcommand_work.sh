# runcommand_work.sh DIRECTORY KEEP FLOOD: runs the command of runcommand.sh and
# keeps the first KEEP bytes that it prints. What it prints beyond FLOOD bytes
# more ends it by SIGPIPE. Descriptor 9 is the lock.
dir=$1
keep=$2
flood=$3

# sink STREAM BYTES: keeps what comes through the pipe of that name, at once.
sink() {
	exec 9>&-
	{
		stdbuf -o0 head -c "$2"
		[ "$(head -c "$flood" | wc -c)" -lt "$flood" ] || : >"$dir/flood"
	} <"$dir/$1" >"$dir/$1.kept"
	: >"$dir/$1.end"
}

mkfifo "$dir/1" "$dir/2" || exit 1
sink 1 "$keep" &
sink 2 65536 &
cd /
# In a session of its own as well: what puts a host back ends the whole group
# of a script that is still at work, and this one has to tell of that.
setsid /bin/sh -c "$(cat "$dir/command")" <"$dir/in" >"$dir/1" 2>"$dir/2" 9>&-
status=$?

# A service that the command has started may keep the pipes open for good.
left=50
while { [ ! -e "$dir/1.end" ] || [ ! -e "$dir/2.end" ]; } && [ "$left" -gt 0 ]; do
	left=$((left - 1))
	sleep 0.1
done

stdout=$(wc -c <"$dir/1.kept")
stderr=$(wc -c <"$dir/2.kept")
flooded=no
[ ! -e "$dir/flood" ] || flooded=flood
{ head -c "$stdout" "$dir/1.kept" && head -c "$stderr" "$dir/2.kept"; } | gzip -c | base64 | tr -d '\n' >"$dir/packed" &&
	printf '%s %s %s %s\n' "$status" "$stdout" "$stderr" "$flooded" >"$dir/head.new" &&
	sync "$dir/packed" "$dir/head.new" && mv "$dir/head.new" "$dir/head"
rm -f "$dir/1" "$dir/2" "$dir/1.kept" "$dir/2.kept" "$dir/1.end" "$dir/2.end" "$dir/in" "$dir/command" "$dir/work"
