# timer.sh: what calls fire.sh when the time is up, and when the host is
# restarted before that. There are three kinds of timer:
#   systemd-run  a timer that lives in systemd's memory
#   systemctl    the same from files, where the program systemd-run is missing
#   process      where there is no systemd; $dir/watch is its proc(5) stat
unit=hardenbot-$run
units=/run/systemd/system
boot=/etc/systemd/system/$unit-boot.service
wants=/etc/systemd/system/multi-user.target.wants/$unit-boot.service
cron=/etc/cron.d/$unit

kind_of_timer() {
	if [ ! -d "$units" ]; then
		echo process
	elif command -v systemd-run >/dev/null; then
		echo systemd-run
	else
		echo systemctl
	fi
}

# start_timer SECONDS
start_timer() {
	case $(kind_of_timer) in
	systemd-run)
		systemd-run --quiet --collect --unit="$unit" --on-active="$1s" --timer-property=AccuracySec=1s \
			/bin/sh "$dir/fire.sh" deadline
		;;
	systemctl)
		cat >"$units/$unit.timer" <<-UNIT || return
			[Unit]
			Description=hardenbot puts this host back, unless it is disarmed (run $run)
			[Timer]
			OnActiveSec=$1s
			AccuracySec=1s
		UNIT
		service_for deadline && systemctl start "$unit.timer"
		;;
	process)
		rm -f "$dir/watch"
		setsid /bin/sh "$dir/fire.sh" watch "$(($(uptime_now) + $1 * 100))" </dev/null >/dev/null 2>&1 &
		shortly waiting
		;;
	esac
}

# fire_apart: runs fire.sh at once, so that it ends well even if this connection
# does not.
fire_apart() {
	case $(kind_of_timer) in
	systemd-run) systemd-run --quiet --collect --unit="$unit-now" /bin/sh "$dir/fire.sh" now ;;
	systemctl) service_for now && systemctl start --no-block "$unit.service" ;;
	process) setsid /bin/sh "$dir/fire.sh" now </dev/null >/dev/null 2>&1 & ;;
	esac
}

# service_for WHY: writes the service that fires.
service_for() {
	cat >"$units/$unit.service" <<-UNIT || return
		[Unit]
		Description=hardenbot puts this host back (run $run)
		[Service]
		ExecStart=/bin/sh $dir/fire.sh $1
	UNIT
	systemctl daemon-reload
}

# uptime_now: in hundredths of a second. It goes on while the host is suspended,
# and nobody can set it.
uptime_now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }

# shortly COMMAND: waits up to 5 s until it succeeds.
shortly() {
	left=50
	until "$1"; do
		[ "$left" -gt 0 ] || return 1
		left=$((left - 1))
		sleep 0.1
	done
}

waiting() { systemctl is-active -q "$unit.timer" 2>/dev/null || watching; }

# watching: whether the process is there. Its start time tells it from another
# that has its number by now.
watching() {
	(
		read -r pid _ <"$dir/watch" || exit 1
		[ "$(cut -d ' ' -f 22 "$dir/watch")" = "$(cut -d ' ' -f 22 "/proc/$pid/stat")" ] &&
			[ "$(cut -d ' ' -f 3 "/proc/$pid/stat")" != Z ]
	) 2>/dev/null
}

not_waiting() { ! waiting; }

# stop_timer: stops it and makes sure. What it has begun goes on.
stop_timer() {
	! systemctl is-active -q "$unit.timer" 2>/dev/null || systemctl stop "$unit.timer"
	! watching || kill -s KILL "$(cut -d ' ' -f 1 "$dir/watch")" || true
	shortly not_waiting || die "the timer of the switch does not stop"
}

# firing: whether fire.sh has begun, and may not have decided yet.
firing() { systemctl is-active -q "$unit.service" 2>/dev/null; }

# fire_at_boot: for a host that restarts while it waits.
fire_at_boot() {
	if [ -d "$units" ]; then
		cat >"$boot" <<-UNIT || return
			[Unit]
			Description=hardenbot puts this host back after a restart (run $run)
			After=network.target ssh.service sshd.service ssh.socket
			RequiresMountsFor=$dir
			[Service]
			Type=oneshot
			ExecStart=/bin/sh $dir/fire.sh boot
		UNIT
		mkdir -p "${wants%/*}" && ln -sf "$boot" "$wants" && sync "$boot" "${boot%/*}" "${wants%/*}"
	elif [ -d "${cron%/*}" ] && cat /proc/[0-9]*/comm | grep -qx -e cron -e crond; then
		printf '@reboot root /bin/sh %s/fire.sh boot\n' "$dir" >"$cron" && sync "$cron" "${cron%/*}"
	else
		tell "no cron runs here to put this host back after a restart: if it restarts before this is confirmed, it stays as it is then"
	fi
}

# starting: the host has been restarted, and what fires then has yet to run.
starting() {
	[ -e "$wants" ] && [ "$(systemctl is-system-running 2>/dev/null)" = starting ] ||
		{ [ -e "$cron" ] && [ "$(uptime_now)" -lt 12000 ]; }
}

no_timer() {
	stop_timer
	rm -f "$wants" "$boot" "$cron" "$units/$unit.timer" "$units/$unit.service"
}
