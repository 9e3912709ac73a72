# Lines: a kind, a tab, the rest. G keyword value: in general. P: an account
# that the general settings hold for. U name TAB keyword value: an account's own.
# M file:line: a Match line. I: our drop-ins are included first. O name TAB line:
# one of our drop-ins. S: the unit. V: the version. D: the address and the port
# that this connection came in by.
need_root
need sshd

global=$(sshd_test "") || fail "sshd -T: $(printf '%s\n' "$global" | tail -n 1)"
printf '%s\n' "$global" | sed 's/^/G	/'

matches=$(sshd_lines | awk -F '\t' 'tolower($4) ~ /^match[ =]/ { print $1 ":" $2 ": " $4 }')
[ -z "$matches" ] || printf '%s\n' "$matches" | sed 's/^/M	/'

# named: the users that a Match line names, patterns left out.
named() {
	printf '%s\n' "$matches" | awk '{
		gsub(/[="]/, " ")
		for (i = 3; i < NF; i++)
			if (tolower($i) == "user") {
				n = split($(i + 1), names, ",")
				for (j = 1; j <= n; j++)
					if (names[j] ~ /^[A-Za-z0-9_][-A-Za-z0-9_.@]*$/) print names[j]
			}
	}'
}
users=$({ people; named; } | sort -u)
if [ -z "$matches" ]; then
	printf '%s\n' "$users" | sed 's/^/P	/'
else
	[ -n "$probe_connection" ] ||
		fail "there are Match blocks, which cannot be evaluated because the host is not reached by SSH"
	[ "$(printf '%s\n' "$users" | wc -l)" -le 200 ] ||
		fail "there are Match blocks and more than 200 accounts to evaluate them for"
	for user in $users; do
		own=$(sshd_test "$user") || fail "sshd -T for $user: $(printf '%s\n' "$own" | tail -n 1)"
		printf '%s\n' "$own" | sed "s/^/U	$user	/"
	done
fi

awk '
	{ sub(/^[ \t]+/, ""); gsub(/["\r]/, "") }
	/^#/ || /^$/ { next }
	{
		n = split($0, words, /[ \t=]+/)
		if (tolower(words[1]) != "include") exit
		for (i = 2; i <= n; i++)
			if (words[i] ~ "^(/etc/ssh/)?sshd_config[.]d/(00-hardenbot-)?[*][.]conf$") {
				print "I\tyes"
				exit
			}
	}' /etc/ssh/sshd_config

for file in /etc/ssh/sshd_config.d/00-hardenbot-*.conf; do
	[ -f "$file" ] || continue
	awk -v name="${file##*/}" '{ print "O\t" name "\t" $0 }' "$file"
done

for unit in ssh.service sshd.service ssh.socket sshd.socket; do
	if systemctl is-active -q "$unit" 2>/dev/null; then
		printf 'S\t%s\n' "$unit"
		break
	fi
done

set -- $probe_connection
[ $# -lt 4 ] || printf 'D\t%s\t%s\n' "$3" "$4"

{ ssh -V 2>&1 || sshd -V 2>&1; } | sed -n 's/.*\(OpenSSH_[^,]*\).*/V	\1/p' | head -n 1
exit 0
