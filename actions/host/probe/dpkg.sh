# Lines: busy, if packages are being changed; half written; and U package TAB
# version TAB want TAB status TAB again TAB candidate of each that is unfinished,
# the candidate of those only that have to be installed again.
need dpkg-query
@DPKG_FUNCTIONS@
unfinished() {
	! dpkg_half_written || echo 'half written'
	dpkg_unfinished | while IFS= read -r line; do
		again=
		case $line in
		*'	half-installed	'* | *'	yes')
			again=$(apt-cache policy "${line%%	*}" | sed -n 's/^ *Candidate: //p' | grep -vxF '(none)')
			;;
		esac
		printf 'U\t%s\t%s\n' "$line" "$again"
	done
}
[ -n "$(unfinished)" ] || exit 0
# What is under way looks the same, and only root sees who is at work. They are
# looked for before and after, because they may end or begin meanwhile.
need_root
before=$(dpkg_holders)
found=$(unfinished)
[ -n "$found" ] || exit 0
[ -z "$before$(dpkg_holders)" ] || echo busy
printf '%s\n' "$found"
