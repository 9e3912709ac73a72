# shellcheck shell=bash
# Trait: dpkg-interrupted. dpkg was killed twice: while it configured
# lab-configured, and while it unpacked lab-unpacked, which therefore has to be
# installed again. Both succeed the next time.
cd "$(mktemp -d)" || exit 1
mkdir -p lab-configured/DEBIAN lab-unpacked/DEBIAN
cat >lab-configured/DEBIAN/postinst <<'SH'
#!/bin/sh
[ -e /var/lib/lab-configured ] || { touch /var/lib/lab-configured && kill -KILL "$PPID"; }
SH
cat >lab-unpacked/DEBIAN/preinst <<'SH'
#!/bin/sh
[ -e /var/lib/lab-unpacked ] || { touch /var/lib/lab-unpacked && kill -KILL "$PPID"; }
SH
chmod 0755 lab-configured/DEBIAN/postinst lab-unpacked/DEBIAN/preinst
lab_package lab-configured 1.0
lab_package lab-unpacked 1.0
lab_publish
for name in lab-configured lab-unpacked; do
	{ dpkg -i "/srv/own/${name}_1.0_all.deb" || true; } >/dev/null 2>&1
done
