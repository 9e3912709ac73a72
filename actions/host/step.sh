# step.sh: a step of a run is run once, and answered as often as it is sent.
# In $HARDENBOT_STATE/steps:
#   N.new/  what step N prints (out and err) while it runs; left behind where it
#           was cut off, by a restart of the host or a signal
#   N/      the end of the same once it has ended, and its status in exit
# What it prints goes there first, and not into a connection that may be lost.

# begin_numbered SECONDS N: begin_step for step N. One that has ended before is
# answered with how it did, and the script ends here.
begin_numbered() {
	answer_again "$2"
	take_turn "$1"
	answer_again "$2"
	not_put_back
	[ -d "$HARDENBOT_STATE/steps" ] || forget_old_runs
	rm -rf "$HARDENBOT_STATE/steps/$2.new"
	mkdir -p -m 0700 "$HARDENBOT_STATE/steps/$2.new" ||
		stay_out "$HARDENBOT_STATE cannot be written, so nothing was run"
}

# runs_too: has later scripts wait for the shell that calls it, too: a step runs
# in one of its own, so that nothing it does keeps end_numbered from being run.
runs_too() {
	read -r stat </proc/self/stat && printf '%s\n' "$stat" >>"$HARDENBOT_STATE/running" ||
		stay_out "$HARDENBOT_STATE cannot be written, so nothing was run"
}

# end_numbered N STATUS: writes down how the step ended, and answers. What
# note_end of the prelude cannot note keeps a later undo back, and not the step.
end_numbered() {
	[ "$2" != 0 ] || (note_end) || true
	if ended_itself "$2" && ! write_down "$1" "$2"; then
		echo "$HARDENBOT_STATE cannot be written, so how this step ended is not kept there" >&2
	fi
	answer_again "$1"
	answer "$HARDENBOT_STATE/steps/$1.new" "$2"
}

# ended_itself STATUS: whether no signal ended it. A status from 129 on stands
# for one, and there are 64.
ended_itself() { [ "$1" -le 128 ] || [ "$1" -gt 192 ]; }

write_down() {
	(
		cd "$HARDENBOT_STATE/steps/$1.new" && printf '%s\n' "$2" >exit || exit 1
		for stream in out err; do
			tail -c 4096 "$stream" >"$stream.end" && mv "$stream.end" "$stream" || exit 1
		done
		sync exit out err . && mv -T "../$1.new" "../$1" && sync ..
	)
}

# answer_again N: answers with how step N ended, if it has.
answer_again() {
	[ ! -e "$HARDENBOT_STATE/steps/$1/exit" ] ||
		answer "$HARDENBOT_STATE/steps/$1" "$(cat "$HARDENBOT_STATE/steps/$1/exit")"
}

# answer DIR STATUS: says what was printed and ends with the status.
answer() {
	tail -c 4096 "$1/out"
	tail -c 4096 "$1/err" >&2
	exit "$2"
}

# forget_old_runs: what was kept for runs that nothing happened in for 30 days
# goes, unless a switch of theirs waits still.
forget_old_runs() {
	find "${HARDENBOT_STATE%/*}" -mindepth 1 -maxdepth 1 -type d -name 'R-*' -mtime +30 | while read -r old; do
		[ -e "$old/switch/undo.sh" ] && [ ! -L "$old/switch/decision" ] || rm -rf "$old"
	done
}
