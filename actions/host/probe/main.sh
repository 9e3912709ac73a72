# The frame of the probe. Before it, $mark is set; after it come calls of
# section. Arguments: the login, SSH_CONNECTION, and how the script came to run:
# root (the login is root), sudo, refused (sudo was), missing (there is no sudo).
#
# It reads, and writes no file. Each section runs on its own, for so long and
# with so much output at most. A section's script says why it fails in the last
# line of its standard error; exit status 77 means that it needs root.
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset LANG LANGUAGE LC_MESSAGES
probe_login=$1
probe_connection=$2
probe_way=$3
probe_root=
[ "$(id -u)" != 0 ] || probe_root=yes
export probe_login probe_connection probe_way probe_root

# limited SECONDS COMMAND...: without timeout(1), the caller's patience counts.
if command -v timeout >/dev/null 2>&1; then
	limited() { timeout -k 1 "$@"; }
else
	limited() { shift && "$@"; }
fi

# section NAME SECONDS BYTES SCRIPT
section() {
	printf '\n%s begin %s\n' "$mark" "$1"
	{
		said=$({
			{
				limited "$2" /bin/sh -c "$4" 4>&-
				printf '\n%d' "$?" >&2
			} | head -c "$3" >&4
		} 2>&1 | tail -c 1000)
	} </dev/null 4>&1
	printf '\n%s said %s\n%s\n%s end %s\n' "$mark" "$1" "$said" "$mark" "$1"
}
