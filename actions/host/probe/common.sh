# What the sections share.

fail() {
	printf '%s\n' "$1" >&2
	exit 1
}

need_root() {
	[ -z "$probe_root" ] || return 0
	printf '%s\n' "$probe_way" >&2
	exit 77
}

need() { command -v "$1" >/dev/null 2>&1 || fail "there is no $1 on the host"; }

# people: the accounts that people log in with, as Account.Human has it.
people() {
	getent passwd | awk -F: '
		$3 == 0 || $3 >= 1000 && $3 < 60000 {
			shell = $7
			sub(".*/", "", shell)
			if (shell !~ /^(nologin|false|true|sync|shutdown|halt)$/) print $1
		}' | head -n 500
}

# sshd_test [USER]: what sshd would do, for a connection like this one.
sshd_test() {
	set -- "$1" $probe_connection
	if [ -n "$1" ]; then
		sshd -T -C "user=$1,host=$2,addr=$2,laddr=$4,lport=$5" 2>&1
	else
		# Versions that insist on a connection where there are Match blocks get
		# one that no block is meant for.
		sshd -T 2>/dev/null || sshd -T -C "user=-,host=192.0.2.1,addr=192.0.2.1${4:+,laddr=$4,lport=$5}" 2>&1
	fi
}
