# again.sh: undo a change that ended long ago, in a run of its own.
#
# What a run has left lies beside what it has kept, in its state directory:
#   left/PATH        what state_of said of PATH (see files.sh)
#   left-units/UNIT  what unit_state said of UNIT (see units.sh)

# note_left PATH NEW: remembers that the run leaves PATH as NEW is.
note_left() {
	(
		left=$(kept_at "$1") || exit 1
		note left "${left##*/}" "$(state_of "$2")"
	) || exit 1
}

# note_end: remembers how the run leaves all that it has kept; what put has
# written, as it was then. Each step of a run that succeeds ends with it.
note_end() {
	(
		for kept in "$HARDENBOT_STATE"/kept/*; do
			name=${kept##*/}
			[ ! -e "$kept" ] || [ -e "$HARDENBOT_STATE/left/$name" ] || note left "$name" "$(state_of "$(path_of "$kept")")"
		done
		for kept in "$HARDENBOT_STATE"/units/*; do
			name=${kept##*/}
			[ ! -e "$kept" ] || note left-units "$name" "$(unit_state "$name")"
		done
	) || exit 1
}

# note DIR NAME STATE
note() {
	mkdir -p -m 0700 "$HARDENBOT_STATE/$1" && printf '%s\n' "$3" >"$HARDENBOT_STATE/$1/.new" &&
		sync -- "$HARDENBOT_STATE/$1/.new" && mv -fT -- "$HARDENBOT_STATE/$1/.new" "$HARDENBOT_STATE/$1/$2" &&
		sync -- "$HARDENBOT_STATE/$1" || fail "$HARDENBOT_STATE cannot be written"
}

# unchanged_since DIR: fails unless each file and unit that was kept in DIR, the
# state directory of an earlier run, still is as that run has left it, or is as
# it was before that already. It also fails where it could not be put back.
unchanged_since() {
	(
		[ -d "$1" ] || fail "nothing of run ${1##*/} is kept on this host any more, so it cannot be undone"
		(HARDENBOT_STATE=$1 && kept_whole) || exit 1
		for kept in "$1"/kept/*; do
			[ -e "$kept" ] || continue
			path=$(path_of "$kept")
			is_one_of "$(state_of "$path")" "$kept/is" "$1/left/${kept##*/}" ||
				fail "$path is no longer as run ${1##*/} left it, so that run cannot be undone"
		done
		for kept in "$1"/units/*; do
			[ -e "$kept" ] || continue
			unit=${kept##*/}
			is_one_of "$(unit_state "$unit")" "$kept" "$1/left-units/$unit" ||
				fail "$unit is no longer as run ${1##*/} left it, so that run cannot be undone"
		done
	) || exit 1
}

# is_one_of STATE FILE…: whether one of the files says so.
is_one_of() {
	(
		state=$1
		shift
		for file in "$@"; do
			[ "$state" != "$(cat -- "$file" 2>/dev/null)" ] || exit 0
		done
		exit 1
	)
}

# keep_again DIR: keeps in this run whatever was kept in DIR, so that undoing
# that can be undone.
keep_again() {
	(
		for kept in "$1"/kept/*; do
			[ ! -e "$kept" ] || keep "$(path_of "$kept")"
		done
		for kept in "$1"/units/*; do
			[ ! -e "$kept" ] || keep_unit "${kept##*/}"
		done
	) || exit 1
}
