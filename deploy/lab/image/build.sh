#!/bin/bash
# Builds the base image that every host of the lab stands on.
#
#   build.sh DIR      leaves DIR/root (a Debian 12 tree) and DIR/repo (a package repository)
#
# The tree comes from Debian's main archive alone, so whatever the security
# archive has on top of it is a real pending update. Those packages are
# downloaded once into DIR/repo, which the hosts see as /srv/repo: they can
# upgrade and install without any network.
#
# The caller runs this in mount and process namespaces of its own, so that an
# interrupted build leaves files behind and nothing else.
set -euo pipefail
umask 022
# As process 1 of its namespace it would ignore them.
trap 'exit 130' INT TERM

here=$(dirname "$(readlink -f "$0")")
dir=$1
root=$dir/root
repo=$dir/repo
suite=bookworm

# What a host has from the start. libpam-systemd is what a default install has.
packages=(
	systemd systemd-sysv dbus libpam-systemd openssh-server sudo iproute2 procps
	curl openssl nginx-light mariadb-server prometheus-node-exporter
)
# What fixes install later. They are in the repository, not on the hosts.
offered=(fail2ban python3-systemd unattended-upgrades nftables at needrestart)

mirror=${LAB_MIRROR:?} security_mirror=${LAB_SECURITY_MIRROR:?}
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

in_root() { chroot "$root" /usr/bin/env -u TMPDIR PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

bootstrap() {
	local IFS=,
	debootstrap --variant=minbase --components=main --include="${packages[*]}" \
		"$suite" "$root" "$mirror"
}

# The archives as the real hosts of this release have them. The machine's own
# resolver is lent for the download and taken away again.
open_archives() {
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	cat >"$root/etc/apt/sources.list" <<-LIST
		deb $mirror $suite main
		deb $security_mirror $suite-security main
	LIST
	in_root apt-get -q -o Acquire::Check-Valid-Until=false update
}

# Downloads what is pending and what is offered. The address a package comes
# from decides which part of the repository it belongs to.
download() {
	local uris url file part
	uris=$(in_root apt-get -y --print-uris -d dist-upgrade)
	uris+=$'\n'$(in_root apt-get -y --print-uris -d --no-install-recommends install "${offered[@]}")
	in_root apt-get -q -y -d dist-upgrade
	in_root apt-get -q -y -d --no-install-recommends install "${offered[@]}"
	mkdir -p "$repo/debian/pool" "$repo/debian-security/pool"
	while read -r url file _; do
		[[ $url == \'http* ]] || continue
		part=debian
		[[ $url == "'$security_mirror/"* ]] && part=debian-security
		# apt would decode the %3a of an epoch in a file name; archives drop it.
		[[ ! -e $root/var/cache/apt/archives/$file ]] ||
			mv "$root/var/cache/apt/archives/$file" "$repo/$part/pool/${file/_*%3a/_}"
	done <<<"$uris"
}

# release_field FILE FIELD: one field of a downloaded InRelease file.
release_field() { sed -n "s/^$2: //p" "$1" | head -n 1; }

# index_part PART CODENAME: writes dists/CODENAME the way the real archive has
# it, with the names (Origin, Label, Suite, …) taken from the real archive.
index_part() {
	local part=$1 codename=$2 arch real field dists
	local fields=()
	arch=$(in_root dpkg --print-architecture)
	real=$(grep -lx "Codename: $codename" "$root"/var/lib/apt/lists/*_InRelease | head -n 1)
	for field in Origin Label Suite Version Codename; do
		fields+=(-o "APT::FTPArchive::Release::$field=$(release_field "$real" "$field")")
	done
	fields+=(-o "APT::FTPArchive::Release::Architectures=$arch" -o APT::FTPArchive::Release::Components=main)
	cd "$repo/$part"
	dists=dists/$codename
	mkdir -p "$dists/main/binary-$arch"
	apt-ftparchive packages pool >"$dists/main/binary-$arch/Packages"
	apt-ftparchive "${fields[@]}" release "$dists" >"$dir/Release"
	mv "$dir/Release" "$dists/Release"
	cd "$dir"
}

# From here on the hosts know the local repository and nothing else.
close_archives() {
	in_root apt-get clean
	rm -rf "$root"/var/lib/apt/lists/* "$root/etc/resolv.conf"
	: >"$root/etc/resolv.conf"
	cat >"$root/etc/apt/sources.list" <<-LIST
		deb [trusted=yes] file:/srv/repo/debian $suite main
		deb [trusted=yes] file:/srv/repo/debian-security $suite-security main
	LIST
	mkdir -p "$root/srv/repo"
	mount --bind "$repo" "$root/srv/repo"
	in_root apt-get -q update
	umount "$root/srv/repo"
}

# The state of the story: what a host looks like that nobody hardened.
furnish() {
	cp -R "$here/root/." "$root/"
	sed -i -e 's/^#\?PasswordAuthentication .*/PasswordAuthentication yes/' \
		-e 's/^#\?PermitRootLogin .*/PermitRootLogin yes/' "$root/etc/ssh/sshd_config"
	sed -i 's/^bind-address.*/bind-address = 0.0.0.0/' "$root/etc/mysql/mariadb.conf.d/50-server.cnf"
	rm -f "$root"/etc/ssh/ssh_host_*
	in_root useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin app
	in_root useradd --create-home --shell /bin/bash ops
	chmod 0440 "$root/etc/sudoers.d/ops"
	in_root openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=web.example \
		-keyout /etc/ssl/private/web.key -out /etc/ssl/certs/web.crt 2>/dev/null
	in_root systemctl enable -q systemd-networkd app.service app-exporter.service
	# Debian's mariadb.socket would hold the port whatever bind-address says;
	# trait mariadb-socket turns it back on.
	in_root systemctl disable -q mariadb.socket
	in_root systemctl mask -q systemd-networkd-wait-online.service console-getty.service
	# /health asks the database as this user. Starting once also shrinks the
	# redo log to the size set in 90-lab.cnf, which every host would copy.
	in_root install -d -o mysql -g mysql /run/mysqld
	in_root mariadbd --user=mysql --bootstrap <<-SQL
		FLUSH PRIVILEGES;
		CREATE USER app@localhost IDENTIFIED VIA unix_socket;
	SQL
}

mkdir -p "$root" "$repo"
bootstrap
open_archives
download
index_part debian "$suite"
index_part debian-security "$suite-security"
close_archives
furnish
