# Looks who holds the package manager's locks and whether dpkg was interrupted.
# In: the lock files as arguments. Out, a line each:
#   held FILE<tab>PID<tab>NAME   a process holds the lock on FILE
#   broken WORDS                 dpkg was interrupted, and what it says of that
#   end
for lock in "$@"; do
	for fd in $(find /proc/[0-9]*/fd -lname "$lock" 2>/dev/null); do
		process=${fd%/fd/*}
		# fdinfo names the locks that the process has on the open file (proc(5)).
		grep -q '^lock:' "$process/fdinfo/${fd##*/}" 2>/dev/null || continue
		printf 'held %s\t%s\t%s\n' "$lock" "${process#/proc/}" "$(tr -cd '[:print:]' <"$process/comm")"
	done
done
# While dpkg runs, this is only its work under way; the lock tells.
if [ -n "$(ls /var/lib/dpkg/updates 2>/dev/null)" ]; then
	echo 'broken it left a change of its database half done'
elif ! audit=$(dpkg --audit 2>&1) || [ -n "$audit" ]; then
	printf 'broken %s\n' "$(printf '%s' "$audit" | tr -s '[:space:]' ' ')"
fi
echo end
