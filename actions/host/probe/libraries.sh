# Lines: unit TAB path. One pass over all maps; a process may end meanwhile. A
# child that has just begun is left out, unless what it maps was replaced: most of
# them, such as the helper of a health check, are gone again at once.
need_root
read -r uptime _ </proc/uptime
grep -sE '/(libssl|libcrypto|libc)\.so|/libc-[0-9.]+\.so|\.so[^/]* \(deleted\)$' /proc/[0-9]*/maps /dev/null | awk -v uptime="$uptime" -v ticks="$(getconf CLK_TCK || echo 100)" '
	# young: whether a child of another process than init began less than 5 s
	# ago, by proc(5) stat.
	function young(pid,   file, line, fields) {
		file = "/proc/" pid "/stat"
		if ((getline line <file) > 0) sub(/^.*\) /, "", line)
		close(file)
		return split(line, fields, " ") < 20 || fields[2] != 1 && uptime - fields[20] / ticks < 5
	}
	function unit(pid,   file, line, parts, n, i, own) {
		file = "/proc/" pid "/cgroup"
		own = ""
		while ((getline line <file) > 0) {
			# Version 2, or the hierarchy of version 1 that systemd keeps.
			if (line !~ /^0::/ && line !~ /:name=systemd:/) continue
			n = split(substr(line, index(line, "/")), parts, "/")
			for (i = 1; i <= n && own == ""; i++)
				if (parts[i] ~ /\.(service|scope|socket|mount|swap)$/) own = parts[i]
			if (own != "") break
		}
		close(file)
		if (own == "") {
			file = "/proc/" pid "/comm"
			if ((getline line <file) > 0) own = "process " line
			close(file)
		}
		return own
	}
	{
		pid = $1
		sub(/^\/proc\//, "", pid)
		sub(/\/.*/, "", pid)
		path = $0
		if (!sub(/^[^\/]*\/proc\/[0-9]+\/maps:[^\/]*/, "", path)) next
		if (seen[pid, path]++) next
		if (!(pid in new)) new[pid] = young(pid)
		if (new[pid] && path !~ / \(deleted\)$/) next
		if (!(pid in units)) units[pid] = unit(pid)
		if (units[pid] != "" && !told[units[pid], path]++) print units[pid] "\t" path
	}'
