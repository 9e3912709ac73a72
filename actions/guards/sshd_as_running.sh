# Tells what sshd would do differently if it read its configuration now.
#
# In: $user, $from, $address and $port of the connection by which the bot comes.
# Out, a line each:
#   unit NAME            what runs the sshd that let this script in, if sshd can be reloaded by that
#   by NAME              another unit that it belongs to
#   started each         every connection has an sshd of its own, which reads the configuration anew
#   started FILE         FILE is as old as sshd's last look at its configuration
#   started unknown      it is not known when sshd last looked
#   other                sshd reads another file than /etc/ssh/sshd_config; nothing more
#   newer PATH           PATH was changed after that
#   group NAME           the user is in the group
#   counts KEYWORD VALUE what would count for such a connection
#   end                  nothing was cut off

# The sshd that let the bot in is the highest one above this script.
sshd=
above=$$
while [ "${above:-0}" -gt 1 ]; do
	case $(cat "/proc/$above/comm" 2>/dev/null) in
	sshd*) sshd=$above ;;
	esac
	above=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$above/status" 2>/dev/null) || above=
done
[ -n "$sshd" ] || fail "the sshd that let hardenbot in is not found above its own process"
title=$(tr '\0' ' ' <"/proc/$sshd/cmdline")

# With what it was started counts before what the file says.
started=
case $title in
"sshd: "*" [listener]"*)
	started=${title#sshd: }
	started=${started%%" [listener]"*}
	;;
esac
options=
for word in ${started#* }; do
	case $word in
	-f*)
		printf 'other\nend\n'
		exit 0
		;;
	-D | -d | -e | -i | -q | "$started") ;;
	*) options="$options $word" ;;
	esac
done

unit=
for name in ssh sshd; do
	[ "$(systemctl show -p MainPID "$name.service" 2>/dev/null)" != "MainPID=$sshd" ] || unit=${unit:-$name.service}
done
if [ -n "$unit" ] || [ -z "$started" ]; then
	for name in ssh.socket sshd.socket; do
		! systemctl is-active -q "$name" 2>/dev/null || unit=$name
	done
fi
if [ -n "$unit" ]; then
	printf 'unit %s\n' "$unit"
else
	printf 'by %s\n' "$(sed -n 's,.*/\([^/]*\.service\)$,\1,p' "/proc/$sshd/cgroup" | head -n 1)"
fi

counts=$(sshd_itself -T $options -C "user=$user,host=$from,addr=$from,laddr=$address,lport=$port" 2>&1) ||
	fail "sshd -T: $(printf '%s\n' "$counts" | tail -n 1)"

# sshd writes its pid file each time it has read its configuration, at a start
# and at SIGHUP. systemd knows of those reloads only that went through it.
since=
for file in $(printf '%s\n' "$counts" | sed -n 's/^pidfile //p') /run/sshd.pid; do
	if [ -z "$since" ] && [ -f "$file" ] && [ "$(cat "$file")" = "$sshd" ]; then since=$file; fi
done
if [ -n "$started" ] && [ -z "$since" ]; then
	echo "started unknown"
elif [ -z "$started" ]; then
	echo "started each"
else
	printf 'started %s\n' "$(date -u -r "$since" '+%Y-%m-%d %H:%M:%S UTC')"
	{
		sshd_files
		printf '%s\n' "$counts" | sed -n -E 's/^(hostkey|hostcertificate) (\/.*)$/\2/p'
		ls -d /etc/ssh/sshd_config.d /etc/ssh/sshd_config.d/00-hardenbot-*.conf 2>/dev/null || true
	} | sort -u | while IFS= read -r file; do
		# The change time, which nobody sets at will; a link's and its target's.
		# The directory tells of files that were removed.
		[ -z "$(find -P "$file" -maxdepth 0 -newercm "$since"; find -L "$file" -maxdepth 0 -newercm "$since")" ] ||
			printf 'newer %s\n' "$file"
	done
fi

id -Gn "$user" | tr ' ' '\n' | sed 's/^/group /'
printf '%s\n' "$counts" | grep -E '^(listenaddress|allowusers|denyusers|allowgroups|denygroups|authenticationmethods|pubkeyauthentication|permitrootlogin|authorizedkeysfile) ' |
	sed 's/^/counts /'
echo end
