# sshd.sh: test sshd's configuration, make it count, and read what counts.

# include_dropins: makes the main file read hardenbot's drop-ins before
# anything else. keep the main file first.
include_dropins() {
	(
		main=/etc/ssh/sshd_config
		line='Include /etc/ssh/sshd_config.d/00-hardenbot-*.conf'
		[ "$(sed -n 1p "$main")" != "$line" ] || exit 0
		mode=$(stat -c %a "$main") || fail "$main cannot be read"
		{ printf '%s\n' "$line" && cat "$main"; } | put "$main" "$mode"
	) || exit 1
}

# exclude_dropins: restores the main file, unless changes that were made since
# have drop-ins of their own that it has to go on including.
exclude_dropins() {
	(
		main=/etc/ssh/sshd_config
		kept=$(kept_at "$main") || exit 1
		for other in /etc/ssh/sshd_config.d/00-hardenbot-*.conf; do
			[ ! -f "$other" ] || [ ! -e "$kept" ] || [ ! "$other" -nt "$kept" ] || exit 0
		done
		restore "$main"
	) || exit 1
}

# test_sshd PATH…: has sshd check its configuration. Where it is refused, each
# PATH is restored at once, because an invalid file would keep sshd from
# starting again.
test_sshd() {
	(
		said=$(valid_sshd) && exit 0
		for path in "$@"; do restore "$path"; done
		fail "sshd refuses the new configuration, which was taken back: $said"
	) || exit 1
}

# reload_sshd: has sshd read its configuration. Open sessions go on.
#
# An sshd that ssh.socket has started must not be reloaded: it would try to bind
# the port that the socket holds, fail, and end. It is restarted instead, while
# the socket keeps listening; its unit stops the listener only (KillMode=process).
# Where it has not been started yet, the next connection does that.
reload_sshd() {
	(
		said=$(valid_sshd) || fail "sshd was not reloaded, because it refuses its configuration: $said"
		for name in ssh sshd; do
			unit_runs "$name.socket" || continue
			unit_runs "$name.service" || exit 0
			# Changes in quick succession must not run into systemd's limit for
			# starts, which would close the socket as well.
			systemctl reset-failed -- "$name.service" 2>/dev/null || true
			systemctl restart -- "$name.service" || fail "$name.service could not be restarted under its socket"
			exit 0
		done
		for name in ssh sshd; do
			unit_runs "$name.service" || continue
			systemctl reload -- "$name.service" || fail "$name.service could not be reloaded"
			exit 0
		done
		fail "none of ssh.service, sshd.service and ssh.socket runs, so the configuration would not take effect"
	) || exit 1
}

# unload_sshd: has sshd read its configuration after a change was taken back.
# Where nothing runs that could be reloaded, nothing can have read the change.
unload_sshd() {
	for name in ssh.socket sshd.socket ssh.service sshd.service; do
		! unit_runs "$name" || {
			reload_sshd
			return
		}
	done
}

# sshd_counts USER 'KEYWORD VALUE'…: fails unless each setting is what counts
# for the user, or in general where USER is empty. A value may be a choice:
# '(1|2|3)'.
sshd_counts() {
	(
		user=$1
		shift
		counts=$(sshd_effective "$user") || fail "sshd does not say what counts for ${user:-everybody}"
		for want in "$@"; do
			printf '%s\n' "$counts" | grep -Eixq -e "$want" ||
				fail "for ${user:-everybody}, sshd does not have: $want"
		done
	) || exit 1
}

# sshd_effective USER [ARG…]: prints every setting that counts for the user, one
# keyword and value a line; in general where USER is empty.
sshd_effective() {
	(
		user=$1
		shift
		if [ -n "$user" ]; then
			sshd_itself -T "$@" -C "user=$user,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22"
		else
			# Some Match blocks make sshd insist on a connection: here is one that
			# no block is meant for.
			sshd_itself -T "$@" 2>/dev/null ||
				sshd_itself -T "$@" -C "user=-,host=192.0.2.1,addr=192.0.2.1,laddr=192.0.2.2,lport=22"
		fi
	)
}

# valid_sshd: whether sshd accepts its configuration; prints what it has against
# it. sshd wants the directory that its unit makes, which is gone where a socket
# starts sshd and nobody is logged in.
valid_sshd() {
	[ -d /run/sshd ] || mkdir -m 0755 /run/sshd || return 1
	sshd_itself -t 2>&1
}

# sshd_itself ARG…: runs sshd, which wants to be called by its full path.
sshd_itself() {
	(
		sshd=$(command -v sshd) || sshd=/usr/sbin/sshd
		"$sshd" "$@" </dev/null
	)
}
