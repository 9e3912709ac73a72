# sshd_lines: every line that sshd reads, files in the order in which they are
# read. A line of output each: FILE, the number of the line (0 begins a file),
# the criteria of the Match block that it stands in, the line without spaces
# around it; tabs between. A Match block that includes a file holds for all of
# that file, and ends with its own file.
sshd_lines() {
	awk '
		function show(file, n, match_, line) {
			gsub(/\t/, " ", line)
			printf "%s\t%d\t%s\t%s\n", file, n, match_, line
		}
		function read(file, outer, depth,   line, words, n, i, nr, within, cmd, found) {
			if (depth > 16 || open[file] || seen[file, outer]++ || count++ > 300) return
			open[file] = 1
			within = outer
			show(file, 0, outer, "")
			while ((getline line <file) > 0) {
				nr++
				sub(/^[ \t]+/, "", line)
				sub(/[ \t\r]+$/, "", line)
				show(file, nr, within, line)
				sub(/#.*/, "", line)
				gsub(/["\t\r]/, " ", line)
				sub(/^ +/, "", line)
				n = split(line, words, /[ =]+/)
				if (tolower(words[1]) == "match") {
					within = outer
					for (i = 2; i <= n; i++)
						if (words[i] != "") within = within (within == "" ? "" : " ") words[i]
				}
				if (tolower(words[1]) != "include") continue
				for (i = 2; i <= n; i++) {
					if (words[i] !~ /^[-A-Za-z0-9_.,\/*?\[\]@+]+$/) continue
					if (words[i] !~ /^\//) words[i] = "/etc/ssh/" words[i]
					cmd = "ls -d -- " words[i] " 2>/dev/null"
					while ((cmd | getline found) > 0) read(found, within, depth + 1)
					close(cmd)
				}
			}
			close(file)
			open[file] = 0
		}
		BEGIN { read("/etc/ssh/sshd_config", "", 0) }'
}

# sshd_files: the files of the configuration, each once, the main file first.
sshd_files() { sshd_lines | awk -F '\t' '$2 == 0 && !seen[$1]++ { print $1 }'; }
