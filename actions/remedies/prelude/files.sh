# files.sh: keep files as they are, put new ones, and restore what was kept.
#
# POSIX sh. Every function does its work in a subshell, so that no variable
# leaks, and ends the whole script when it fails: that holds after `||` and in
# an undo script too, where the shell ignores `set -e`.
#
# What is kept lies in $HARDENBOT_STATE, one directory for each run:
#   kept/PATH/file     a copy of PATH (PATH with % as %25 and / as %2F)
#   kept/PATH/absent   PATH did not exist
#   kept/PATH/is       what state_of said of PATH
#   left/PATH          what it said once the run had written it (see again.sh)
#   units/UNIT         what systemd said of UNIT (see units.sh)

# fail MESSAGE: ends the script.
fail() {
	printf '%s\n' "$1" >&2
	exit 1
}

# keep PATH: remembers the file, its owner, mode, times and attributes, or that
# it does not exist. Only the first keep of a path counts.
keep() {
	(
		kept=$(kept_at "$1") || exit 1
		[ ! -e "$kept" ] || exit 0
		[ ! -d "$1" ] || [ -L "$1" ] || fail "$1 is a directory, which cannot be kept"
		mkdir -p -m 0700 "$HARDENBOT_STATE/kept" || fail "$HARDENBOT_STATE cannot be written"
		new=$(mktemp -d "$HARDENBOT_STATE/keep.XXXXXX") || fail "$HARDENBOT_STATE cannot be written"
		trap 'rm -rf -- "$new"' EXIT
		if [ -e "$1" ] || [ -L "$1" ]; then
			cp -a -- "$1" "$new/file" && { [ -L "$1" ] || sync -- "$new/file"; } || fail "$1 cannot be copied"
		else
			: >"$new/absent" || fail "$HARDENBOT_STATE cannot be written"
		fi
		state_of "$1" >"$new/is" && sync -- "$new/is" || fail "$HARDENBOT_STATE cannot be written"
		kept_is_whole "$new" || fail "$1 changed while it was copied, or was not copied whole"
		# All or nothing: the copy is on the disk before it has its name.
		sync -- "$new" && mv -T -- "$new" "$kept" && sync -- "$HARDENBOT_STATE/kept" ||
			fail "$1 could not be kept"
	) || exit 1
}

# put PATH MODE: writes standard input to PATH at once or not at all, owned by
# who runs it. It does not write through a symbolic link.
put() {
	(
		[ ! -L "$1" ] || fail "$1 is a symbolic link, which is not written through"
		[ ! -d "$1" ] || fail "$1 is a directory"
		# A dot first and no suffix: no include pattern picks the file up.
		new=$(mktemp "${1%/*}/.hardenbot.XXXXXX") || fail "${1%/*} cannot be written"
		trap 'rm -f -- "$new"' EXIT
		trap 'exit 1' HUP INT TERM
		cat >"$new" && chmod -- "$2" "$new" && chown "$(id -u):$(id -g)" "$new" ||
			fail "$1 could not be written"
		note_left "$1" "$new"
		move_into_place "$new" "$1"
	) || exit 1
}

# restore PATH: makes it as it was kept, or removes it if it did not exist, and
# fails unless it then is so. It does nothing where PATH was never kept.
restore() {
	(
		kept=$(kept_at "$1") || exit 1
		[ -e "$kept" ] || exit 0
		kept_is_whole "$kept" || fail "what was kept of $1 is damaged, so it was not put back"
		put_back "$kept" "$1"
		[ "$(state_of "$1")" = "$(cat -- "$kept/is")" ] || fail "$1 was put back, but is not as it was kept"
	) || exit 1
}

# put_back KEPT PATH: restore's work, once KEPT is known to be whole.
put_back() {
	(
		kept=$1
		shift
		if [ -e "$kept/absent" ]; then
			rm -f -- "$1" && sync -- "${1%/*}/" || fail "$1 could not be removed"
			exit 0
		fi
		new=$(mktemp -d "${1%/*}/.hardenbot.XXXXXX") || fail "${1%/*} cannot be written"
		trap 'rm -rf -- "$new"' EXIT
		trap 'exit 1' HUP INT TERM
		cp -a -- "$kept/file" "$new/file" || fail "$1 could not be restored"
		move_into_place "$new/file" "$1"
	) || exit 1
}

# was_kept PATH: whether keep was called for PATH in this run.
was_kept() {
	kept_at "$1" >/dev/null || exit 1
	[ -e "$(kept_at "$1")" ]
}

# kept_whole: fails unless everything that was kept can be put back.
kept_whole() {
	(
		for kept in "$HARDENBOT_STATE"/kept/*; do
			[ ! -e "$kept" ] || kept_is_whole "$kept" ||
				fail "what was kept of $(path_of "$kept") is damaged, so it could not be put back"
		done
		for kept in "$HARDENBOT_STATE"/units/*; do
			[ ! -e "$kept" ] || [ "$(sed -n '$s/=.*//p' "$kept")" = runs ] ||
				fail "what was kept of ${kept##*/} is damaged, so it could not be put back"
		done
	) || exit 1
}

# kept_is_whole KEPT: whether the copy there still is what was copied.
kept_is_whole() {
	(
		is=$(cat -- "$1/is") || exit 1
		if [ -e "$1/absent" ]; then
			[ "$is" = absent ]
		else
			[ "$is" = "$(state_of "$1/file")" ]
		fi
	) 2>/dev/null
}

# state_of PATH: prints its digest, mode and owner, "link TARGET", or "absent".
state_of() {
	if [ -L "$1" ]; then
		printf 'link %s\n' "$(readlink -- "$1")"
	elif [ -f "$1" ]; then
		printf '%s %s\n' "$(sha256sum <"$1")" "$(stat -c '%a %u:%g' -- "$1")"
	elif [ -e "$1" ]; then
		echo "no file"
	else
		echo absent
	fi
}

# kept_at PATH: prints where the copy of PATH is kept.
kept_at() {
	[ -n "${HARDENBOT_STATE:-}" ] || fail "HARDENBOT_STATE is not set, so nothing can be kept"
	case $1 in
	*"
"*) fail "a path with a line break cannot be kept" ;;
	/*) ;;
	*) fail "$1 is not an absolute path" ;;
	esac
	printf '%s/kept/' "$HARDENBOT_STATE"
	printf '%s\n' "$1" | sed -e 's/%/%25/g' -e 's,/,%2F,g'
}

# path_of KEPT: the path whose copy is kept there.
path_of() { printf '%s\n' "${1##*/}" | sed -e 's,%2F,/,g' -e 's/%25/%/g'; }

# move_into_place NEW PATH: renames NEW to PATH, both of them on the disk.
move_into_place() {
	[ -L "$1" ] || sync -- "$1" || fail "$2 could not be written to disk"
	mv -fT -- "$1" "$2" && sync -- "${2%/*}/" || fail "$2 could not be replaced"
}
