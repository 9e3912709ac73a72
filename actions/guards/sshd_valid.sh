# Makes the change on a copy of sshd's configuration and asks sshd about it.
#
# In: $path and $content of the drop-in; $include, true if the main file is to
# include it; $keywords, joined by |; and a user as each argument. Out, a line each:
#   invalid WORDS              what sshd has against the copy, and nothing more
#   counts N KEYWORD VALUE     what would count for the Nth argument, 0 for everybody
#   line FILE:LINE<tab>MATCH LINE<tab>KEYWORD<tab>VALUE   where a keyword is set
#   end                        nothing was cut off
umask 077
copy=$(mktemp -d /run/hardenbot-sshd.XXXXXX) || fail "there is no room for a copy of /etc/ssh in /run"
trap 'rm -rf -- "$copy"' EXIT
trap 'exit 1' HUP INT TERM

cp -a /etc/ssh/sshd_config "$copy/" || fail "/etc/ssh/sshd_config cannot be copied"
[ -d "${path%/*}" ] || fail "there is no directory ${path%/*}"
cp -a /etc/ssh/sshd_config.d "$copy/" || fail "/etc/ssh/sshd_config.d cannot be copied"
printf '%s\n' "$content" >"$copy/sshd_config.d/${path##*/}"
if [ "$include" = true ]; then
	{ printf '%s\n' "Include ${path%/*}/00-hardenbot-*.conf" && cat /etc/ssh/sshd_config; } >"$copy/sshd_config"
fi

# The copy's files include the copy's files.
find "$copy" -type f -exec sed -i -E \
	-e '/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]/s,("|[[:space:]=])(/etc/ssh/)?(sshd_config\.d/),\1'"$copy"'/\3,g' {} +

if ! words=$(sshd_itself -t -f "$copy/sshd_config" 2>&1); then
	printf 'invalid %s\n' "$(printf '%s' "$words" | tr '\n' ' ' | sed "s,$copy,/etc/ssh,g")"
	exit 0
fi

n=0
for user in '' "$@"; do
	counts=$(sshd_effective "$user" -f "$copy/sshd_config") || fail "sshd does not say what would count for $user"
	printf '%s\n' "$counts" | grep -Ei "^($keywords) " | sed "s/^/counts $n /"
	n=$((n + 1))
done

# Where the keywords are set now, in all files but the drop-in itself.
for file in /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config; do
	[ -f "$file" ] && [ "$file" != "$path" ] || continue
	awk -v file="$file" -v keywords="^($keywords)$" '
		{ sub(/#.*/, ""); gsub(/[="\t]/, " "); sub(/^ +/, "") }
		tolower($1) == "match" { within = $0; next }
		tolower($1) ~ keywords { print "line " file ":" FNR "\t" within "\t" tolower($1) "\t" $2 }
	' "$file"
done
echo end
