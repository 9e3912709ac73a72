# shellcheck shell=bash
# A host as this machine sees it: systemd-nspawn in control groups of its own.
# The groups are how its processes are found again, whatever became of the
# command that started them.

# control_groups NAME: the host's directory in each hierarchy that systemd
# uses: the unified one, the named one, or both on a hybrid machine.
control_groups() {
	awk '$3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /name=systemd/) { print $2 }' /proc/mounts |
		sed "s|$|/hardenbot-lab/$1|"
}

# enter_control_groups NAME: moves the calling process into them.
enter_control_groups() {
	local group
	for group in $(control_groups "$1"); do
		mkdir -p "$group"
		echo "$BASHPID" >"$group/cgroup.procs"
	done
}

# start_host NAME: boots it in a session of its own; output: console.log. Under
# --keep-unit nspawn ends with 133 when the host reboots and leaves it to its
# caller to boot it again.
start_host() {
	local dir=$LAB_STATE/hosts/$1
	(
		exec 8>&- 9>&-
		enter_control_groups "$1"
		exec setsid bash -c 'until "$@"; (($? != 133)); do :; done' boot \
			systemd-nspawn -q -b --directory="$dir/root" --machine="$1" \
			--register=no --keep-unit --network-bridge="$BRIDGE" --link-journal=no \
			--resolv-conf=off --timezone=off --bind-ro="$(image_dir)/repo:/srv/repo" \
			</dev/null >"$dir/console.log" 2>&1
	) &
	disown
}

# processes NAME: all process ids of the host, nspawn and its caller included.
# A process of another namespace shows as 0.
processes() {
	local group
	for group in $(control_groups "$1"); do
		find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null || true
	done | sort -u | sed '/^0$/d'
}

# init_of NAME: the process that is number 1 inside the host.
init_of() {
	local pid
	for pid in $(processes "$1"); do
		if grep -qE '^NSpid:[[:space:]][0-9]+[[:space:]]1$' "/proc/$pid/status" 2>/dev/null; then
			echo "$pid"
			return
		fi
	done
	return 1
}

# exec_in_host NAME CMD...: like standing at its console; needs no network.
#
# nsenter must not fork: its parent half stops itself when the command is
# stopped, as systemd does to everything on the way down, and then never reaps
# it, and the host never ends. So a shell of the host, still outside its process
# namespace, forks the command into it. (exit keeps it from exec'ing instead.)
exec_in_host() {
	local pid
	pid=$(init_of "$1") || die "$1 is not running; lab reset $1 makes it afresh"
	shift
	# shellcheck disable=SC2016 # for the host's shell
	nsenter --no-fork -t "$pid" -m -u -i -n -p -r -w -- /usr/bin/env -i \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
		/bin/sh -c '"$@"; exit $?' sh "$@"
}

# kill_host NAME: ends every process of the host; the end of its process 1
# takes the others along.
kill_host() {
	local pids deadline=$((SECONDS + 20)) group
	while pids=$(processes "$1") && [[ -n $pids ]]; do
		((SECONDS < deadline)) || die "these processes of $1 do not end: ${pids//$'\n'/ }"
		# shellcheck disable=SC2086 # one word per process
		kill -KILL $pids 2>/dev/null || true
		sleep 0.05
	done
	for group in $(control_groups "$1"); do
		[[ ! -d $group ]] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
	done
}
