# fence.sh: the scripts of one run go on one after the other, and none of them
# begins after the run was put back. In $HARDENBOT_STATE:
#   running          proc(5) stat of the shell that runs the newest script, and
#                    of the one within it that runs a numbered step
#   over             there once the run is put back by an undo
#   switch/decision  reads "fired" once the dead-man switch puts the host back
#   fence            locked while running is written
# Who puts back makes over or decision before it reads running; a step writes
# running before it reads those two. So one of them sees the other.

# begin_step SECONDS: waits as long for an earlier script, and ends this one
# if that goes on, or if the run was put back.
begin_step() {
	take_turn "$1"
	not_put_back
}

not_put_back() {
	[ ! -e "$HARDENBOT_STATE/over" ] && [ "$(readlink "$HARDENBOT_STATE/switch/decision")" != fired ] ||
		stay_out "the host was put back before this step came to it, so the step was not run"
}

# begin_undo SECONDS: keeps further steps out, and waits for the one that runs.
begin_undo() {
	touch "$HARDENBOT_STATE/over" && sync "$HARDENBOT_STATE/over" "$HARDENBOT_STATE" ||
		stay_out "$HARDENBOT_STATE cannot be written, so the undo was not begun"
	take_turn "$1"
}

# begin_whatever_happens: for the dead-man switch, which has ended what ran.
begin_whatever_happens() { wait_for_turn 10 || true; }

take_turn() {
	wait_for_turn "$1"
	case $? in
	0) ;;
	1) stay_out "an earlier script of this run did not end within $1 s, so this one was not run" ;;
	*) stay_out "$HARDENBOT_STATE cannot be written, so nothing was run" ;;
	esac
}

# wait_for_turn SECONDS: ends as claim_turn does, with 1 only after that time.
wait_for_turn() {
	(
		left=$(($1 * 5))
		claim_turn
		status=$?
		while [ "$status" = 1 ] && [ "$left" -gt 0 ]; do
			left=$((left - 1))
			sleep 0.2
			claim_turn
			status=$?
		done
		exit "$status"
	)
}

# claim_turn: writes down that this shell runs now. It ends with 1 if an
# earlier one does, and with 2 if nothing can be written.
claim_turn() {
	(
		flock 9 || exit 2
		! earlier_runs || exit 1
		cat "/proc/$$/stat" >"$HARDENBOT_STATE/running.new" &&
			mv "$HARDENBOT_STATE/running.new" "$HARDENBOT_STATE/running" || exit 2
	) 9>"$HARDENBOT_STATE/fence"
}

# earlier_runs: whether a shell that running names is there. Its start time
# tells it from another process that has its number by now; a zombie has ended.
earlier_runs() {
	while read -r pid was; do
		is=$(cut -d ' ' -f 2- "/proc/$pid/stat") && [ "$(start_of "$is")" = "$(start_of "$was")" ] &&
			[ "$(printf '%s\n' "$is" | cut -d ' ' -f 2)" != Z ] && return 0
	done 2>/dev/null <"$HARDENBOT_STATE/running"
	return 1
}

# start_of STAT: the start time in proc(5) stat without its first field.
start_of() { printf '%s\n' "$1" | cut -d ' ' -f 21; }

stay_out() {
	printf '%s\n' "$1" >&2
	exit 1
}
