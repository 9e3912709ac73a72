# restart.sh: restart services, find those that run with a replaced library, and
# restart the host.

# restart_service UNIT: restarts it if it runs and makes sure that it runs
# again. sshd is restarted only if it accepts its configuration; sessions stay.
restart_service() {
	(
		if ! unit_runs "$1"; then
			echo "$1 does not run: nothing to restart"
			exit 0
		fi
		case $1 in
		ssh.service | sshd.service)
			said=$(sshd_itself -t 2>&1) || fail "$1 was not restarted, because sshd refuses its configuration: $said"
			;;
		esac
		systemctl restart -- "$1" || fail "$1 could not be restarted: $(unit_says "$1")"
		sleep 2 # a service that cannot run ends soon after it was started
		[ "$(systemctl is-active -- "$1")" = active ] || fail "$1 does not run after its restart: $(unit_says "$1")"
	) || exit 1
}

# restart_stale_services KEEP…: restarts each service whose processes still map
# a library that was replaced on disk, sshd last. KEEP are patterns of units
# that are left as they are.
restart_stale_services() {
	(
		command -v ps >/dev/null || fail "ps is missing (package procps), so stale services cannot be found"
		for unit in $(stale_services); do
			for keep in "$@"; do
				# shellcheck disable=SC2254 # a pattern
				case $unit in
				$keep)
					echo "$unit keeps the old library until the next boot"
					continue 2
					;;
				esac
			done
			# What a oneshot unit does is a task, not to be done again unasked.
			if [ "$(systemctl show --property=Type --value -- "$unit")" = oneshot ]; then
				echo "$unit is a task and is left to end"
				continue
			fi
			echo "restarting $unit"
			restart_service "$unit"
		done
	) || exit 1
}

# stale_services: prints the services that map a replaced library, sshd last.
stale_services() {
	for process in /proc/[0-9]*; do
		grep -qs '\.so[.0-9]* (deleted)$' "$process/maps" || continue
		ps -o unit= -p "${process#/proc/}"
	done | grep '\.service$' | sort -u | awk '/^sshd?\.service$/ { last = $0; next } { print } END { if (last) print last }'
}

# unit_says UNIT: the last line of its journal.
unit_says() {
	journalctl -q -u "$1" -n 1 -o cat --no-pager
}

# reboot_soon BOOT: restarts the host in two seconds, so that the connection can
# end before. It does so once: where the boot id is not BOOT any more, the host
# was restarted meanwhile, and nothing is done.
reboot_soon() {
	(
		if [ "$(boot_id)" != "$1" ]; then
			echo "the host was restarted since"
			exit 0
		fi
		sync
		if [ -d /run/systemd/system ]; then
			! unit_runs hardenbot-reboot.timer && [ "$(systemctl is-system-running)" != stopping ] || exit 0
			systemctl stop hardenbot-reboot.timer hardenbot-reboot.service 2>/dev/null || true
			systemd-run --quiet --collect --unit=hardenbot-reboot --on-active=2s --timer-property=AccuracySec=100ms \
				-- systemctl --no-block reboot || fail "the restart of the host could not be scheduled"
		else
			setsid sh -c 'sleep 2; exec shutdown -r now' >/dev/null 2>&1 </dev/null &
		fi
	) || exit 1
}

# boot_id: prints what changes with each boot (random(4)).
boot_id() {
	cat /proc/sys/kernel/random/boot_id || fail "the host does not tell its boot id"
}
