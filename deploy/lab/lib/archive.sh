# shellcheck shell=bash
# For traits that bring packages of their own: put before each trait's script,
# and run like it inside the new host's tree.

# lab_package NAME VERSION: builds the package from the tree ./NAME, whose DEBIAN
# folder may have scripts and conffiles, into the host's own archive.
lab_package() {
	mkdir -p "$1/DEBIAN" /srv/own
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: lab <lab@example>\nDescription: of the lab\n' "$1" "$2" >"$1/DEBIAN/control"
	dpkg-deb -b --root-owner-group "$1" "/srv/own/$1_$2_all.deb" >/dev/null
}

# lab_publish: has apt know the archive, under the name of the security archive.
# What apt knows of the other archives stays.
lab_publish() (
	cd /srv/own || exit 1
	for deb in *.deb; do
		dpkg-deb -f "$deb"
		printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d ' ' -f 1)"
	done >Packages
	printf 'Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nCodename: own-security\nDate: %s\nSHA256:\n %s %s Packages\n' \
		"$(date -Ru)" "$(sha256sum Packages | cut -d ' ' -f 1)" "$(stat -c %s Packages)" >Release
	echo 'deb [trusted=yes] file:/srv/own ./' >/etc/apt/sources.list.d/own.list
	apt-get -qq update -o Dir::Etc::sourcelist=sources.list.d/own.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0
)
