# Lines: container KIND; version WORDS, in which the kernel may name its package;
# K package TAB version for each kernel that is installed; required; P package
# for each that asks for a restart.
need dpkg-query
kind=$(systemd-detect-virt --container 2>/dev/null) || kind=
[ -z "$kind" ] || [ "$kind" = none ] || printf 'container %s\n' "$kind"
printf 'version %s\n' "$(uname -v)"
dpkg-query -W -f '${db:Status-Status}\t${Package}\t${Version}\n' 'linux-image-*' 2>/dev/null | sed -n 's/^installed	/K	/p'
[ ! -e /run/reboot-required ] || echo required
[ ! -r /run/reboot-required.pkgs ] || sort -u /run/reboot-required.pkgs | head -n 200 | sed 's/^/P /'
exit 0
