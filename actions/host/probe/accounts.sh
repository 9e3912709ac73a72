# Lines: A name:uid:gid:shell:password; G name:gid:members; K name TAB what
# ssh-keygen -l says of a key; R name, for one who may act as root. No hash
# leaves the host.
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
files_for() { sshd_test "$1" | awk '$1 == "authorizedkeysfile" { $1 = ""; print }'; }
if command -v sshd >/dev/null; then
	general=$(files_for "")
else
	general=".ssh/authorized_keys .ssh/authorized_keys2"
fi
set -f
printf '%s\n' "$people" | while read -r name; do
	[ -n "$name" ] || continue
	files=$general
	[ -z "$matched" ] || files=$(files_for "$name")
	home=$(getent passwd "$name" | cut -d: -f6)
	for file in $files; do
		[ "$file" != none ] || continue
		file=$(printf '%s\n' "$file" | awk -v home="$home" -v name="$name" -v uid="$(id -u "$name")" '{
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
		ssh-keygen -lf "$file" 2>/dev/null | awk -v name="$name" '{ print "K\t" name "\t" $0 }'
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
