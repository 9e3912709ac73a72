# Lines: as apt-get prints them, then S package source.
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
exit 0
