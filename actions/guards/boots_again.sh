# Looks for what would keep the host from coming back after a restart, as far as
# that can be seen before.
# In: $kernel, the release that it should come back with, empty if no package of
# the host brought one; $doors, the units one of which lets the bot in. Out, a
# line each:
#   FAULT DETAIL   see boots_again.go
#   stays UNIT     runs now and is not started at boot
#   end

# lacks FILE: whether it is missing or empty.
lacks() { [ ! -s "$1" ]; }

if [ -n "$kernel" ]; then
	! lacks "/boot/vmlinuz-$kernel" || echo "kernel /boot/vmlinuz-$kernel"
	# Kernels can do without; where the running one has it, so must the next.
	[ ! -e "/boot/initrd.img-$(uname -r)" ] || ! lacks "/boot/initrd.img-$kernel" || echo "kernel /boot/initrd.img-$kernel"
	if [ -e /boot/grub/grub.cfg ]; then
		grep -qsE "^[[:space:]]*linux[^[:space:]]*[[:space:]].*/vmlinuz-$(printf '%s' "$kernel" | sed 's/[.+]/[&]/g')([[:space:]]|\$)" /boot/grub/grub.cfg ||
			echo "loader /boot/grub/grub.cfg does not name $kernel"
	else
		echo "unseen loader"
	fi
fi

# The file systems that boot waits for. A missing one ends in emergency mode.
if command -v findmnt >/dev/null; then
	findmnt --verify 2>&1 | awk '/^[^ ]/ { target = $1 } /\[E\]/ { sub(/.*\[E\] */, ""); print "mount " target ": " $0 }'
fi
if [ -e /etc/crypttab ]; then
	awk '!/^[ \t]*#/ && NF > 1 && ($3 == "" || $3 == "none" || $3 == "-") &&
		$4 !~ /(^|,)(noauto|nofail|keyscript=|tpm2-device=|fido2-device=|pkcs11-uri=|swap)/ { print "unlock " $1 }' /etc/crypttab
fi
for at in / /boot; do
	[ -d "$at" ] || continue
	left=$(df -Pk "$at" | awk 'NR == 2 { print $4 }')
	[ "$left" -ge 16384 ] || echo "full $at has ${left} KiB left"
	[ "$(df -Pi "$at" | awk 'NR == 2 && $2 > 0 && $4 < 100 { print "few" }')" = "" ] || echo "full $at has no room for new files"
done

# What lets the bot in, and what that needs.
enabled=
for unit in $doors; do
	case $(systemctl is-enabled -- "$unit" 2>/dev/null) in
	enabled | static | generated) enabled="$enabled $unit" ;;
	esac
done
[ -n "$enabled" ] || echo "door $(printf '%s' "$doors" | sed 's/ /, /g')"
case $enabled in
*ssh*)
	said=$(sshd_itself -t 2>&1) || printf 'sshd %s\n' "$(printf '%s' "$said" | tr '\n' ' ')"
	;;
esac
failed=$(systemctl list-units --failed --plain --no-legend --no-pager | cut -d ' ' -f 1)
{
	# shellcheck disable=SC2086 # words
	[ -z "$enabled" ] || systemctl list-dependencies --plain --no-pager -- $enabled
	printf '%s\n' systemd-networkd.service networking.service NetworkManager.service
} | tr -d ' ' | sort -u | while read -r unit; do
	! printf '%s\n' "$failed" | grep -qxF -e "$unit" || echo "failed $unit"
done

# Services that somebody started by hand.
systemctl list-units --type=service --state=running --plain --no-legend --no-pager | cut -d ' ' -f 1 | while read -r unit; do
	[ "$(systemctl is-enabled -- "$unit" 2>/dev/null)" = disabled ] || continue
	[ -n "$(systemctl show --property=WantedBy,RequiredBy,TriggeredBy,BoundBy,UpheldBy --value -- "$unit" | tr -d '\n ')" ] || echo "stays $unit"
done
echo end
