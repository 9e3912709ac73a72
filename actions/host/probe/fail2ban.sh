# Each answer of fail2ban-client comes after a line with its question.
if ! command -v fail2ban-client >/dev/null; then
	echo '> none'
	exit
fi
need_root
fail2ban-client ping >/dev/null 2>&1 || { echo '> stopped'; exit 0; }
ask() { printf '> %s\n' "$*"; fail2ban-client "$@" 2>&1; }
ask status
if fail2ban-client status sshd >/dev/null 2>&1; then
	ask status sshd
	ask get sshd journalmatch
	ask get sshd ignoreip
fi
exit 0
