# Lines: A name:uid:gid:shell:password; G name:gid:members; R name, for one who
# may act as root; W name TAB keyword value, what sshd has for the account; K name
# TAB what ssh-keygen -l says of a key, and before it X name TAB word for each
# reason that it may not count: an option of its line, "expired", "modes PATH" or
# "unreadable". No hash leaves the host, and nothing of a key but its digest.
need_root
passwd=$(getent passwd) || fail "getent cannot list the accounts"
{ getent shadow; echo; printf '%s\n' "$passwd"; } | awk -F: '
	# Without an entry in shadow the password is kept elsewhere (LDAP, SSSD),
	# where it may well be usable.
	function state(field) { return field == "" ? "empty" : field ~ /^[!*]/ ? "locked" : "usable" }
	!rest && NF == 0 { rest = 1; next }
	!rest { shadow[$1] = state($2); next }
	NF >= 7 {
		print "A\t" $1 ":" $3 ":" $4 ":" $7 ":" ($2 != "x" ? state($2) : $1 in shadow ? shadow[$1] : "usable")
	}'
getent group | awk -F: '{ print "G\t" $1 ":" $3 ":" $4 }'

people=$(people)
matched=
for file in $(sshd_files); do
	if grep -qi '^[[:space:]]*match[[:space:]=]' "$file"; then matched=yes; fi
done
ways_for() {
	sshd_test "$1" | grep -E '^(authorizedkeysfile|authenticationmethods|permitrootlogin|pubkeyauthentication|strictmodes) '
}
if command -v sshd >/dev/null; then
	general=$(ways_for "")
else
	general="authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2"
fi
case $(ssh -V 2>&1) in
*Debian* | *Ubuntu*) own_group=yes ;;
*) own_group= ;;
esac
# alone GID NAME: whether the account is all that is in the group. The builds of
# Debian and Ubuntu let such a group write.
alone() {
	[ -n "$own_group" ] && members=$(getent group "$1" | cut -d: -f4) || return 1
	[ "$members" = "$2" ] || { [ -z "$members" ] && [ "$(id -g "$2")" = "$1" ]; } || return 1
	! printf '%s\n' "$passwd" | awk -F: -v gid="$1" -v name="$2" '$4 == gid && $1 != name { print }' | grep -q .
}
# too_open FILE HOME UID NAME: the first of the file and the directories above
# it, up to the home, that StrictModes refuses: not the account's or root's, or
# writable for others.
too_open() {
	path=$(realpath -- "$1") && home=$(realpath -- "$2" || printf '%s\n' "$2") || return 0
	while :; do
		mode=$(stat -c '%u %a' -- "$path")
		group=$(stat -c %g -- "$path")
		case $mode in
		"0 "* | "$3 "*) ;;
		*) printf '%s\n' "$path" && return ;;
		esac
		case $mode in
		*[2367]) printf '%s\n' "$path" && return ;;
		*[2367]?) alone "$group" "$4" || { printf '%s\n' "$path" && return; } ;;
		esac
		[ "$path" != / ] && [ "$path" != "$home" ] || return 0
		path=${path%/*}
		path=${path:-/}
	done
}
# keys FILE: its lines with a key, the names of their options and a tab before
# each, "-" for none.
keys() {
	awk -v now="$(date +%Y%m%d%H%M%S)" -v utc="$(date -u +%Y%m%d%H%M%S)" '
		function expired(until) {
			gsub(/"/, "", until)
			at = (until ~ /Z$/) ? utc : now
			gsub(/[^0-9]/, "", until)
			return substr(until "00000000000000", 1, 14) < at
		}
		{
			sub(/^[ \t]+/, "")
			sub(/\r$/, "")
		}
		/^#/ || /^$/ { next }
		/^(ssh-|ecdsa-|sk-)/ { print "-\t" $0; next }
		{
			names = option = ""
			quoted = 0
			for (i = 1; i <= length($0); i++) {
				c = substr($0, i, 1)
				if (c == "\\" && substr($0, i + 1, 1) == "\"") { option = option c "\""; i++; continue }
				if (c == "\"") quoted = !quoted
				if (quoted || c !~ /[, \t]/) { option = option c; continue }
				name = tolower(option)
				sub(/=.*/, "", name)
				names = names "," name
				if (name == "expiry-time" && expired(substr(option, 13))) names = names ",expired"
				option = ""
				if (c != ",") break
			}
			gsub(/[^-a-z,]/, "", names)
			print substr(names, 2) "\t" $0
		}' "$1" | head -n 50
}
set -f
printf '%s\n' "$people" | while read -r name; do
	[ -n "$name" ] || continue
	ways=$general
	[ -z "$matched" ] || ways=$(ways_for "$name")
	printf '%s\n' "$ways" | sed "s/^/W	$name	/"
	home=$(getent passwd "$name" | cut -d: -f6)
	uid=$(id -u "$name")
	for file in $(printf '%s\n' "$ways" | sed -n 's/^authorizedkeysfile //p'); do
		[ "$file" != none ] || continue
		file=$(printf '%s\n' "$file" | awk -v home="$home" -v name="$name" -v uid="$uid" '{
			out = ""
			while (match($0, /%./)) {
				token = substr($0, RSTART + 1, 1)
				out = out substr($0, 1, RSTART - 1) \
					(token == "h" ? home : token == "u" ? name : token == "U" ? uid : token)
				$0 = substr($0, RSTART + 2)
			}
			out = out $0
			print (out ~ /^\// ? out : home "/" out)
		}')
		# A regular file only: reading a pipe would never end.
		[ -f "$file" ] || continue
		open=$(too_open "$file" "$home" "$uid" "$name")
		unread=
		if command -v setpriv >/dev/null; then
			setpriv --reuid="$uid" --regid="$(id -g "$name")" --init-groups test -r "$file" 2>/dev/null || unread=yes
		fi
		keys "$file" | while IFS='	' read -r options line; do
			digest=$(printf '%s\n' "$line" | ssh-keygen -lf - 2>/dev/null) || continue
			[ "$options" = - ] || printf '%s\n' "$options" | tr , '\n' | sed "s/^/X	$name	/"
			[ -z "$open" ] || printf 'X\t%s\tmodes %s\n' "$name" "$open"
			[ -z "$unread" ] || printf 'X\t%s\tunreadable\n' "$name"
			printf 'K\t%s\t%s\n' "$name" "$digest"
		done
	done
done

if command -v sudo >/dev/null; then
	{
		printf '%s\n' "$people"
		getent group sudo admin wheel | cut -d: -f4 | tr ',' '\n'
		# Others whom a rule may name.
		printf '%s\n' "$passwd" | cut -d: -f1 |
			grep -owFf - /etc/sudoers -r /etc/sudoers.d -h 2>/dev/null
	} | sort -u | head -n 300 | while read -r name; do
		[ -n "$name" ] || continue
		sudo -n -l -U "$name" 2>/dev/null | awk -v name="$name" '
			/^ +\(/ {
				as = $0
				sub(/^ +\(/, "", as)
				sub(/[:)].*/, "", as)
				n = split(as, who, /[ ,]+/)
				for (i = 1; i <= n; i++) if (who[i] == "ALL" || who[i] == "root" || who[i] == "#0") root = 1
			}
			END { if (root) print "R\t" name }'
	done
fi
exit 0
