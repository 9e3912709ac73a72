# Who changes packages now, and what dpkg has left undone.

# dpkg_holders: a line for each lock of apt(8) and dpkg(1) that a process holds:
# FILE, PID, NAME, UNIT and SINCE, tabs between them. UNIT is the systemd unit
# that the process belongs to and may be empty; SINCE is when the process began.
# It takes root to see the processes of others.
dpkg_holders() {
	find /proc/[0-9]*/fd \
		'(' -lname /var/lib/dpkg/lock-frontend -o -lname /var/lib/dpkg/lock \
		-o -lname /var/lib/apt/lists/lock -o -lname /var/cache/apt/archives/lock ')' \
		-printf '%p %l\n' 2>/dev/null | sort -u | while read -r fd lock; do
		process=${fd%/fd/*}
		# fdinfo names the locks that the process has on the open file (proc(5)).
		grep -qs '^lock:' "$process/fdinfo/${fd##*/}" || continue
		printf '%s\t%s\t%s\t%s\t%s\n' "$lock" "${process#/proc/}" "$(tr -cd '[:print:]' <"$process/comm")" \
			"$(unit_of_process "$process")" "$(start_of_process "$process")"
	done 2>/dev/null
}

# unit_of_process /proc/PID: its systemd unit, or nothing.
unit_of_process() {
	sed -n -e 's,^0::.*/\([^/]*\.\(service\|scope\)\).*,\1,p' -e 's,^[0-9]*:name=systemd:.*/\([^/]*\.\(service\|scope\)\).*,\1,p' "$1/cgroup" |
		head -n 1 | tr -cd '[:print:]'
}

# start_of_process /proc/PID: when it began, in UTC.
start_of_process() {
	# Field 22 of proc(5) stat; the name before it may have spaces.
	ticks=$(sed 's/.*) //' "$1/stat" | cut -d ' ' -f 20)
	boot=$(sed -n 's/^btime //p' /proc/stat)
	date -u -d "@$((boot + ticks / $(getconf CLK_TCK)))" '+%Y-%m-%d %H:%M:%S UTC'
}

# dpkg_unfinished: a line for each package that dpkg began something with and
# did not finish: NAME, VERSION, WANT, STATUS and AGAIN, tabs between them. AGAIN
# is "yes" if it has to be installed once more.
dpkg_unfinished() {
	dpkg-query -W -f '${binary:Package}\t${Version}\t${db:Status-Want}\t${db:Status-Status}\t${db:Status-Eflag}\n' | awk -F '\t' '
		$5 == "ok" && $4 ~ /^(installed|config-files|not-installed)$/ { next }
		{ print $1 "\t" $2 "\t" $3 "\t" $4 "\t" ($5 == "ok" ? "" : "yes") }'
}

# dpkg_half_written: whether dpkg was cut off while it wrote its database. Only
# files named by digits tell of that; tmp.i may stay.
dpkg_half_written() {
	find /var/lib/dpkg/updates -name '[0-9]*' ! -name '*[!0-9]*' 2>/dev/null | grep -q .
}
