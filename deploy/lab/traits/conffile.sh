# shellcheck shell=bash
# Trait: conffile. An upgrade of lab-conffile is pending from the security
# archive. Its new version brings another /etc/lab-conffile.conf, which somebody
# has edited on the host, and /etc/lab-untouched.conf, which nobody has.
cd "$(mktemp -d)" || exit 1
mkdir -p lab-conffile/etc lab-conffile/DEBIAN
printf '%s\n' /etc/lab-conffile.conf /etc/lab-untouched.conf >lab-conffile/DEBIAN/conffiles
for version in 1.0 1.1; do
	echo "of version $version" | tee lab-conffile/etc/lab-conffile.conf >lab-conffile/etc/lab-untouched.conf
	lab_package lab-conffile "$version"
done
dpkg -i /srv/own/lab-conffile_1.0_all.deb >/dev/null
echo 'edited on the host' >/etc/lab-conffile.conf
lab_publish
