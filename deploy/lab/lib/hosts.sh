# shellcheck shell=bash
# One host, from nothing to ready and back: an overlay over the base image,
# prepared in a chroot, booted, waited for.

# host_is_ready NAME TRAITS: up, of the current image, with these traits
# ("unset": whatever it has).
host_is_ready() {
	local dir=$LAB_STATE/hosts/$1
	[[ -e $dir/ready && $(cat "$dir/image") == "$(image_dir)" ]] || return 1
	[[ $2 == unset || $2 == "$(host_traits "$1")" ]] || return 1
	init_of "$1" >/dev/null
}

# host_state NAME: down, unready (being made, or failed to come up), cut, or
# what systemd says of itself: running, degraded, …
host_state() {
	if ! init_of "$1" >/dev/null; then
		echo down
	elif [[ ! -e $LAB_STATE/hosts/$1/ready ]]; then
		echo unready
	elif is_cut "$1"; then
		echo cut
	else
		exec_in_host "$1" systemctl is-system-running 2>/dev/null || true
	fi
}

# make_host NAME: throws the host away, if there is one, and makes it afresh.
make_host() {
	local name=$1 dir=$LAB_STATE/hosts/$1
	throw_away "$name"
	mkdir -p "$dir"/{upper,work,root}
	image_dir >"$dir/image"
	# volatile: no fsync reaches the disk. Nothing here outlives a crash.
	mount -t overlay hardenbot-lab -o \
		"lowerdir=$(image_dir)/root,upperdir=$dir/upper,workdir=$dir/work,volatile" "$dir/root"
	prepare_host "$name"
	run_traits "$name"
	write_config
	start_host "$name"
	wait_for_host "$name"
	run_after_boot "$name"
	touch "$dir/ready"
}

# prepare_host NAME: what tells this host from the next.
prepare_host() {
	local root=$LAB_STATE/hosts/$1/root address
	address=$(host_address "$1")
	make_host_keys "$1"
	cp "$LAB_STATE/keys/$1"/* "$root/etc/ssh/"
	echo "$1" >"$root/etc/hostname"
	printf '127.0.0.1 localhost\n%s %s\n%s lab\n' "$address" "$1" "$BRIDGE_ADDRESS" >"$root/etc/hosts"
	tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
	cat >"$root/etc/systemd/network/10-lab.network" <<-UNIT
		[Match]
		Name=host0
		[Network]
		Address=$address/24
		LinkLocalAddressing=no
		IPv6AcceptRA=no
	UNIT
	in_new_host "$1" <<-'SH'
		echo "root:$LAB_PASSWORD_HASH" | chpasswd -e
		echo "ops:$LAB_PASSWORD_HASH" | chpasswd -e
		install -d -m 0700 -o ops -g ops /home/ops/.ssh
		echo "$LAB_KEY" >/home/ops/.ssh/authorized_keys
		chown ops:ops /home/ops/.ssh/authorized_keys
		chmod 0600 /home/ops/.ssh/authorized_keys
	SH
}

# in_new_host NAME: runs the script on standard input inside the new host's
# tree, before its first boot.
in_new_host() {
	chroot "$LAB_STATE/hosts/$1/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		LAB_HOST="$1" LAB_KEY="$(cat "$LAB_STATE/id_ops.pub")" LAB_PASSWORD_HASH="$(password_hash)" \
		/bin/bash -eu -s
}

run_traits() {
	local trait
	for trait in $(host_traits "$1" | tr ',' ' '); do
		cat "$LAB_DIR/lib/archive.sh" "$LAB_DIR/traits/$trait.sh" | in_new_host "$1"
	done
}

# run_after_boot NAME: what a trait does from outside once the host is up.
run_after_boot() {
	local trait
	for trait in $(host_traits "$1" | tr ',' ' '); do
		[[ ! -e $LAB_DIR/traits/$trait.after ]] ||
			env LAB_HOST="$1" LAB_ADDRESS="$(host_address "$1")" LAB_DIR="$LAB_DIR" \
				bash -eu "$LAB_DIR/traits/$trait.after"
	done
}

# wait_for_host NAME: until systemd has started everything, sshd answers over
# the network, and the application is healthy.
wait_for_host() {
	local deadline=$((SECONDS + 120)) missing=boot
	while ((SECONDS < deadline)); do
		missing=$(what_is_missing "$1")
		[[ -n $missing ]] || return 0
		[[ $missing != degraded ]] || break
		sleep 0.2
	done
	exec_in_host "$1" systemctl --failed --no-legend --plain >&2 || tail -n 20 "$LAB_STATE/hosts/$1/console.log" >&2
	die "$1 did not come up: $missing"
}

# what_is_missing NAME: nothing when the host is up; "degraded" when it never
# will be.
what_is_missing() {
	local state
	init_of "$1" >/dev/null || { echo "it does not run" && return; }
	state=$(exec_in_host "$1" systemctl is-system-running 2>/dev/null) || true
	case $state in
	running) ;;
	degraded) echo degraded && return ;;
	*) echo "systemd is ${state:-not there}" && return ;;
	esac
	ssh_answers "$1" || { echo "sshd does not answer" && return; }
	exec_in_host "$1" curl -fsS -o /dev/null -m 3 http://127.0.0.1:8080/health 2>/dev/null ||
		echo "the application is not healthy"
}

ssh_answers() {
	local banner
	# shellcheck disable=SC2016
	banner=$(timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/22" && head -c 4 <&3' - "$(host_address "$1")" 2>/dev/null) || true
	[[ $banner == SSH- ]]
}

# throw_away NAME: its processes, its cable, its file system. Finds its way
# from any half-made state.
throw_away() {
	local dir=$LAB_STATE/hosts/$1
	kill_host "$1"
	ip link delete "$(port_of "$1")" 2>/dev/null || true
	[[ ! -s $dir/address ]] || ip neighbour flush to "$(host_address "$1")" 2>/dev/null || true
	rmdir "/run/systemd/nspawn/propagate/$1" 2>/dev/null || true
	while mountpoint -q "$dir/root" 2>/dev/null; do umount -l "$dir/root"; done
	rm -rf --one-file-system "$dir"/{upper,work,root,console.log,image,ready}
}

stop_host() {
	throw_away "$1"
	rm -rf --one-file-system "$LAB_STATE/hosts/$1" "$LAB_STATE/hosts/$1.lock"
}
