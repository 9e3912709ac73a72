# fail2ban.sh: start fail2ban, prove that it bans and whom it spares, and let
# everybody back in.

# fail2ban_start: starts fail2ban afresh and waits until its sshd jail answers.
fail2ban_start() {
	(
		: >"$HARDENBOT_STATE/fail2ban-started" || fail "$HARDENBOT_STATE cannot be written"
		systemctl unmask -- fail2ban.service && systemctl enable -- fail2ban.service &&
			systemctl restart -- fail2ban.service || fail "fail2ban could not be started: $(unit_says fail2ban.service)"
		within 30 fail2ban-client status sshd || fail "fail2ban runs no jail for sshd: $(unit_says fail2ban.service)"
	) || exit 1
}

# fail2ban_spares ADDRESS|NETWORK…: fails unless the sshd jail ignores each.
fail2ban_spares() {
	(
		spared=$(fail2ban-client get sshd ignoreip) || fail "fail2ban does not say whom it spares"
		for address in "$@"; do
			printf '%s\n' "$spared" | sed 's/^[|` -]*//' | grep -Fxq -e "$address" ||
				fail "fail2ban's sshd jail would ban $address"
		done
	) || exit 1
}

# fail2ban_frees ADDRESS…: lifts bans of these.
fail2ban_frees() {
	fail2ban-client unban "$@" || fail "fail2ban did not lift the bans of $*"
}

# fail2ban_bans FROM TO PORT: makes sshd refuse logins from FROM, an address of
# the host itself, until the jail must ban it, and fails unless FROM then cannot
# reach sshd. The ban is lifted again.
fail2ban_bans() {
	(
		trap 'fail2ban-client unban "$from" >/dev/null' EXIT
		trap 'exit 1' HUP INT TERM
		from=$1 to=$2 port=$3 left=$(fail2ban-client get sshd maxretry) || fail "fail2ban does not say when it bans"
		while [ "$left" -gt 0 ]; do
			sshd_refuses "$from" "$to" "$port" || fail2ban_has_banned "$from" || fail "sshd could not be reached from $from to prove that fail2ban sees refused logins"
			left=$((left - 1))
		done
		within 30 fail2ban_has_banned "$from" || fail "fail2ban runs, but it does not see the logins that sshd refuses"
		within 15 fail2ban_keeps_out "$from" "$to" "$port" || fail "fail2ban has banned $from, but the ban does not keep it out"
	) || exit 1
}

fail2ban_has_banned() { [ "$(fail2ban-client get sshd banned "$1")" = 1 ]; }

fail2ban_keeps_out() { ! sshd_refuses "$@"; }

# fail2ban_release: lifts all bans and stops fail2ban, if this run started it.
fail2ban_release() {
	(
		[ -e "$HARDENBOT_STATE/fail2ban-started" ] && command -v fail2ban-client >/dev/null || exit 0
		! unit_runs fail2ban.service || fail2ban-client unban --all >/dev/null || echo "the bans end with the service" >&2
		systemctl stop -- fail2ban.service || fail "fail2ban could not be stopped"
	) || exit 1
}

# sshd_refuses FROM TO PORT: whether sshd answers FROM and refuses a login that
# nobody has. The host's own key is checked as any other. A ban in the middle of
# the login leaves the client waiting, hence the time limit.
sshd_refuses() {
	(
		keys=$HARDENBOT_STATE/own-host-keys
		sshd_itself -T | awk '$1 == "hostkey" { print $2 ".pub" }' | xargs cat | sed 's/^/hardenbot-self /' >"$keys"
		LC_ALL=C timeout 10 ssh -n -F /dev/null -o BatchMode=yes -o ConnectTimeout=5 -o PreferredAuthentications=none \
			-o StrictHostKeyChecking=yes -o HostKeyAlias=hardenbot-self -o "UserKnownHostsFile=$keys" -o GlobalKnownHostsFile=/dev/null \
			-b "$1" -p "$3" -- "hardenbot-probe@$2" true 2>&1 | grep -q 'Permission denied'
	)
}

# within SECONDS COMMAND…: tries the command each second until it succeeds.
within() {
	(
		left=$1
		shift
		until "$@" >/dev/null 2>&1; do
			left=$((left - 1))
			[ "$left" -gt 0 ] || exit 1
			sleep 1
		done
	)
}
