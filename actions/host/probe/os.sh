cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release || fail "there is no os-release file"
printf 'probe_kernel=%s\n' "$(uname -r)"
printf 'probe_boot=%s\n' "$(cat /proc/sys/kernel/random/boot_id)"
# On EC2 the firmware names the instance. In a container (systemd's interface for
# them) it is that of the machine around it.
instance=
[ -e /run/systemd/container ] || read -r instance 2>/dev/null </sys/class/dmi/id/board_asset_tag || :
case $instance in i-*) printf 'probe_instance=%s\n' "$instance" ;; esac
