# watch.sh: the timer of a host without systemd. It is fire.sh itself, called
# with "watch" and the uptime at which to fire, as timer.sh counts it.
if [ "$1" = watch ]; then
	cd /
	read -r stat </proc/self/stat
	printf '%s\n' "$stat" >"$dir/watch.new" && mv "$dir/watch.new" "$dir/watch" || exit 1
	# The end of the login must not take along what it has started.
	for procs in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/elogind/cgroup.procs /sys/fs/cgroup/systemd/cgroup.procs; do
		[ ! -e "$procs" ] || echo 0 >"$procs" || true
	done 2>/dev/null
	while [ "$(cut -d ' ' -f 1 /proc/uptime | tr -d .)" -lt "$2" ]; do
		[ ! -L "$dir/decision" ] || exit 0
		sleep 0.5
	done
	# Who ends the watch must not end this.
	/bin/sh "$dir/fire.sh" deadline
	exit
fi

