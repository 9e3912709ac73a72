# shellcheck shell=bash
# Trait: reboot-required. Packages ask for a restart, as unattended-upgrades and
# Ubuntu's update-notifier write it down. /run is empty again after one, so the
# file is put there once the host is up: see reboot-required.after.
