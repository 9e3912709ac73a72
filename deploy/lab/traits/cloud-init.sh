# shellcheck shell=bash
# Trait: cloud-init. The provider's image left a drop-in that allows passwords.
# sshd takes the first value it reads, so this beats any drop-in sorted later.
#
# How a trait is made: one file, traits/NAME.sh, run by bash -eu inside the new
# host's tree before its first boot, as root, with
#   LAB_HOST           the host's name
#   LAB_KEY            the public key the bot uses
#   LAB_PASSWORD_HASH  the lab's password as shadow(5) has it
# Nothing runs in there yet: `systemctl enable` and `disable` work, `start`
# does not. Packages of its own it makes with the functions of lib/archive.sh.
# What needs the running host goes into traits/NAME.after, run on the machine by
# bash -eu once the host is up, with LAB_HOST, LAB_ADDRESS, LAB_STATE, LAB_DIR.
cat >/etc/ssh/sshd_config.d/50-cloud-init.conf <<'CONF'
PasswordAuthentication yes
CONF
