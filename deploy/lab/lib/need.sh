# shellcheck shell=bash
# What the machine must have. A fresh Debian machine gets the missing packages
# installed; anything else is told what is missing.

# Commands the lab runs, with the Debian package each comes from.
readonly NEEDS=(
	debootstrap:debootstrap
	systemd-nspawn:systemd-container
	apt-ftparchive:apt-utils
	ip:iproute2
	unshare:util-linux
	flock:util-linux
	nsenter:util-linux
	ssh-keygen:openssh-client
	ssh:openssh-client
)

die() {
	echo "lab: $1" >&2
	exit 1
}

require_root_on_linux() {
	[[ $(uname -s) == Linux ]] ||
		die "the lab needs Linux (Debian 12 or a machine with its packages); this is $(uname -s)"
	[[ $(id -u) == 0 ]] || die "the lab makes hosts and a network: run it as root"
	grep -q 'overlay$' /proc/filesystems || modprobe overlay 2>/dev/null ||
		die "the lab needs overlayfs, which this kernel does not have"
	export PATH=$PATH:/usr/sbin:/sbin
}

# missing_packages: the packages whose commands are not here, one a line.
missing_packages() {
	local need
	for need in "${NEEDS[@]}"; do
		command -v "${need%%:*}" >/dev/null || echo "${need#*:}"
	done | sort -u
}

install_needs() {
	local packages
	mapfile -t packages < <(missing_packages)
	((${#packages[@]})) || return 0
	command -v apt-get >/dev/null || die "these Debian packages are needed: ${packages[*]}"
	echo "lab: installing ${packages[*]}" >&2
	apt-get -q update >&2
	DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${packages[@]}" >&2
}
