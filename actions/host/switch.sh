# The dead-man switch on the host. Before it, $run, $state and $wait are set.
#
# In $state/switch:
#   undo.sh   what puts the host back
#   fire.sh   runs it, once
#   decision  a link to nowhere whose text is "fired" or "disarmed". Making a
#             link is atomic: of a timer and a disarming that race, one wins.
#   result    exit status of undo.sh; there when it has ended
#   undo.log  what it printed
# Two things run fire.sh: a timer that lives in systemd's memory, and a unit
# enabled for the next boot, for a host that restarts while it waits.
#
# Each function prints one word that says how it ended.
dir=$state/switch
unit=hardenbot-$run
boot=/etc/systemd/system/$unit-boot.service
wants=/etc/systemd/system/multi-user.target.wants/$unit-boot.service

decision() { readlink "$dir/decision" || echo none; }
waiting() { systemctl is-active -q "$unit.timer"; }

# starting: the host has been restarted, and the unit for that has yet to run.
starting() { [ -e "$wants" ] && [ "$(systemctl is-system-running 2>/dev/null)" = starting ]; }

# no_timer: stops the timer and makes sure.
no_timer() {
	! waiting || systemctl stop "$unit.timer"
	! waiting || die "the timer $unit.timer does not stop"
	rm -f "$wants" "$boot"
}

die() {
	printf '%s\n' "$1" >&2
	exit 1
}

# arm SECONDS UNDO FIRE
arm() {
	command -v systemd-run >/dev/null && [ -d /run/systemd/system ] ||
		die "there is no systemd on the host to run the switch with"
	[ ! -e "$state/over" ] || die "this run was put back already, so its switch is not armed"
	mkdir -p -m 0700 "${state%/*}" "$state" "$dir"
	! waiting || systemctl stop "$unit.timer"
	if [ "$(decision)" = fired ] || systemctl is-active -q "$unit.service"; then
		echo fired
		return
	fi
	rm -f "$dir/decision" "$dir/result"
	umask 077
	printf '%s' "$2" >"$dir/undo.sh"
	printf '%s' "$3" >"$dir/fire.sh"
	umask 022
	cat >"$boot" <<-UNIT
		[Unit]
		Description=hardenbot puts this host back after a restart (run $run)
		After=network.target ssh.service sshd.service ssh.socket
		RequiresMountsFor=$dir
		[Service]
		Type=oneshot
		ExecStart=/bin/sh $dir/fire.sh boot
	UNIT
	mkdir -p "${wants%/*}"
	ln -sf "$boot" "$wants"
	sync "$dir/undo.sh" "$dir/fire.sh" "$boot" "$dir" "$state" "${boot%/*}" "${wants%/*}"
	systemd-run --quiet --collect --unit="$unit" --on-active="$1s" --timer-property=AccuracySec=1s \
		/bin/sh "$dir/fire.sh" deadline ||
		die "systemd-run could not start the timer"
	waiting || die "the timer $unit.timer was started and does not wait"
	echo armed
}

disarm() {
	[ -e "$dir/undo.sh" ] || die "it was never armed on this host"
	ln -sT disarmed "$dir/decision" 2>/dev/null || true
	decided=$(decision)
	if [ "$decided" = disarmed ]; then
		sync "$dir"
		no_timer
	fi
	echo "$decided"
}

# fire: a unit of its own, so that it ends well even if this connection does not.
fire() {
	[ -e "$dir/undo.sh" ] || die "it was never armed on this host"
	if [ "$(decision)" = none ]; then
		systemd-run --quiet --collect --unit="$unit-now" /bin/sh "$dir/fire.sh" now
		left=100
		while [ "$(decision)" = none ]; do
			[ "$left" -gt 0 ] || die "it has begun to put the host back, and cannot write down that it has"
			left=$((left - 1))
			sleep 0.1
		done
	fi
	report
}

# report: armed, disarmed, none, or what became of the undo.
report() {
	decided=$(decision)
	if [ ! -e "$dir/undo.sh" ]; then
		echo none
	elif [ "$decided" = disarmed ]; then
		echo disarmed
	elif [ "$decided" = fired ]; then
		outcome
	elif waiting || starting; then
		echo armed
	else
		die "it is armed, but its timer is gone"
	fi
}

# outcome: waits until the undo has ended.
outcome() {
	left=$((wait * 5))
	while [ ! -e "$dir/result" ]; do
		[ "$left" -gt 0 ] || die "it has begun to put the host back and has not ended yet"
		left=$((left - 1))
		sleep 0.2
	done
	if [ "$(cat "$dir/result")" = 0 ]; then
		echo fired
	else
		echo failed
		tail -n 3 "$dir/undo.log" >&2
	fi
}
