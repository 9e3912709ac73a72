# Lines: as apt-get prints them, then S package source, and C package file for
# each configuration file that is not as the installed version brought it.
need apt-get
ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 ||
	fail "apt has no package lists: apt-get update has never run"
pending=$(apt-get -s -q -o Debug::NoLocking=1 -o APT::Get::Show-User-Simulation-Note=0 -o APT::Get::AutomaticRemove=true upgrade) ||
	fail "apt-get -s upgrade failed: apt-get check says what is broken"
pending=$(printf '%s\n' "$pending" | grep -E '^(Inst|Remv) ')
printf '%s\n' "$pending"
dpkg-query -W -f '${Package} ${source:Package}\n' | awk -v names="$(printf '%s\n' "$pending" | cut -d ' ' -f 2)" '
	BEGIN { n = split(names, list, "\n"); for (i = 1; i <= n; i++) want[list[i]] = 1 }
	$1 in want { print "S", $1, $2 }'
conffiles=$(printf '%s\n' "$pending" | sed -n 's/^Inst \([^ ]*\) .*/\1/p' |
	xargs -r dpkg-query -W -f '@ ${Package}\n${Conffiles}\n' 2>/dev/null | awk '
	$1 == "@" { name = $2; next }
	NF == 2 && length($1 $2) > 32 && $1 ~ /^\// { print name, $2, $1 }' | while read -r name sum file; do
		# A regular file only: reading a pipe would never end.
		[ ! -f "$file" ] || printf '%s %s  %s\n' "$name" "$sum" "$file"
	done)
printf '%s\n' "$conffiles" | cut -d ' ' -f 2- | md5sum -c 2>/dev/null | sed -n 's/: FAILED$//p' | while IFS= read -r file; do
	printf '%s\n' "$conffiles" | awk -v file="$file" '$3 == file { print "C", $1, $3 }'
done
exit 0
