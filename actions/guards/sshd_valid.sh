# Makes the change on a copy of sshd's configuration and asks sshd about it.
#
# In: $path and $content of the drop-in; $include, true if the main file is to
# include it; $keywords, joined by |; and a user as each argument. Out, a line each:
#   link PATH                  PATH would be written, and is no regular file; nothing more
#   odd FILE:LINE              an Include line that is not understood; nothing more
#   invalid WORDS              what sshd has against the copy, and nothing more
#   counts N KEYWORD VALUE     what would count for the Nth argument, 0 for everybody
#   line FILE:LINE<tab>MATCH CRITERIA<tab>KEYWORD<tab>VALUE   where a keyword is set
#   end                        nothing was cut off
umask 077
copy=$(mktemp -d /run/hardenbot-sshd.XXXXXX) || fail "there is no room for a copy of /etc/ssh in /run"
trap 'rm -rf -- "$copy"' EXIT
trap 'exit 1' HUP INT TERM

[ -d "${path%/*}" ] || fail "there is no directory ${path%/*}"
main=/etc/ssh/sshd_config
written=$path
[ "$include" != true ] || written="$path $main"
for file in $written; do
	if [ -L "$file" ] || { [ -e "$file" ] && [ ! -f "$file" ]; }; then
		printf 'link %s\n' "$file"
		exit 0
	fi
done

# copy_of FILE: puts it below the copy, where it includes the copy's files.
copy_of() {
	mkdir -p "$copy${1%/*}" && awk -v copy="$copy" '
		{ line = $0; gsub(/["\t\r]/, " ", line); sub(/#.*/, "", line); sub(/^ +/, "", line); n = split(line, words, /[ =]+/) }
		tolower(words[1]) != "include" { print; next }
		{
			line = words[1]
			for (i = 2; i <= n; i++)
				if (words[i] != "") line = line " " copy (words[i] ~ /^\// ? "" : "/etc/ssh/") words[i]
			print line
		}' "$1" >"$copy$1" || fail "$1 cannot be copied"
}
now=$(sshd_lines) || fail "sshd's configuration cannot be read"
odd=$(printf '%s\n' "$now" | awk -F '\t' '
	tolower($4) ~ /^include[ ="]/ {
		line = $4
		sub(/#.*/, "", line)
		if (line ~ /[^-A-Za-z0-9_.,\/*?\[\]@+ ="]/ || line ~ /"[^"]* [^"]*"/) { print $1 ":" $2; exit }
	}')
if [ -n "$odd" ]; then
	printf 'odd %s\n' "$odd"
	exit 0
fi
files=$(printf '%s\n' "$now" | awk -F '\t' '$2 == 0 && !seen[$1]++ { print $1 }')
mkdir -p "$copy${path%/*}"
printf '%s\n' "$files" "${path%/*}"/00-hardenbot-*.conf | while IFS= read -r file; do
	[ ! -f "$file" ] || copy_of "$file" || exit 1
done || exit 1
printf '%s\n' "$content" >"$copy$path"
if [ "$include" = true ]; then
	{ printf '%s\n' "Include $copy${path%/*}/00-hardenbot-*.conf" && cat "$copy$main"; } >"$copy/new" && mv "$copy/new" "$copy$main"
fi

if ! words=$(sshd_itself -t -f "$copy$main" 2>&1); then
	printf 'invalid %s\n' "$(printf '%s' "$words" | tr '\n' ' ' | sed "s,$copy,,g")"
	exit 0
fi

n=0
for user in '' "$@"; do
	counts=$(sshd_effective "$user" -f "$copy$main") || fail "sshd does not say what would count for $user"
	printf '%s\n' "$counts" | grep -Ei "^($keywords) " | sed "s/^/counts $n /"
	n=$((n + 1))
done

# Where the keywords are set now, in all files but the drop-in itself.
printf '%s\n' "$now" | awk -F '\t' -v path="$path" -v keywords="^($keywords)$" '
	$2 == 0 || $1 == path { next }
	{
		line = $4
		sub(/#.*/, "", line)
		gsub(/[="\t]/, " ", line)
		sub(/^ +/, "", line)
		split(line, words, / +/)
		if (tolower(words[1]) ~ keywords)
			print "line " $1 ":" $2 "\t" ($3 == "" ? "" : "Match " $3) "\t" tolower(words[1]) "\t" words[2]
	}'
echo end
