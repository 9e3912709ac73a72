# Prints what the tools say of the rules in effect, each after a line with its
# name. Rules may be there without a tool to read them: systemd-networkd and
# others make their own. So where neither nft nor iptables is, the kernel is
# asked whether it has any table at all.
need_root
# Tables of the old kind, which nft does not show. Their tool loads modules of
# the kernel, so it is only run where there are some.
old=$(cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null)

# saved WORD COMMAND: prints the rules by iptables-save(8) of one kind.
saved() { echo "$1" && "$2"; }

# is_new COMMAND: whether it reads tables of nftables (iptables-nft).
is_new() {
	case $("$1" -V 2>/dev/null) in *nf_tables*) return 0 ;; esac
	return 1
}

# old_tables: those of iptables-legacy.
old_tables() {
	[ -n "$old" ] || return 0
	if command -v iptables-legacy-save >/dev/null; then
		saved "legacy iptables" iptables-legacy-save && saved "legacy ip6tables" ip6tables-legacy-save
	elif command -v iptables-save >/dev/null && ! is_new iptables-save; then
		saved "legacy iptables" iptables-save && saved "legacy ip6tables" ip6tables-save
	else
		echo unread
	fi
}

if command -v nft >/dev/null; then
	rules=$(nft -j list ruleset | head -c 1048576)
	if [ "${#rules}" -lt 1048576 ]; then
		echo nft
	else
		echo "nft terse"
		rules=$(nft -t -j list ruleset)
	fi
	[ -n "$rules" ] || exit 1
	printf '%s\n' "$rules"
	# Of rules by iptables-nft, nft tells not all.
	case $rules in
	*'"xt"'*)
		if command -v iptables-nft-save >/dev/null; then
			saved iptables iptables-nft-save && saved ip6tables ip6tables-nft-save || exit 1
		elif command -v iptables-save >/dev/null && is_new iptables-save; then
			saved iptables iptables-save && saved ip6tables ip6tables-save || exit 1
		fi
		;;
	esac
	old_tables
	exit
fi
if command -v iptables-save >/dev/null; then
	if is_new iptables-save; then
		saved iptables iptables-save && saved ip6tables ip6tables-save && old_tables
	else
		saved iptables iptables-save && saved ip6tables ip6tables-save
	fi
	exit
fi
[ -z "$old" ] ||
	fail "there are rules, but neither nft nor iptables to read them with"
# Tables of nftables: NFT_MSG_GETTABLE (nfnetlink 10, 1), a dump for all
# families. The first answer is a table, the end of the list (3), or an error
# (2), which is EINVAL (22) where the kernel has no nftables.
need perl
perl -e '
	socket(my $s, 16, 3, 12) or die "netlink: $!\n";
	syswrite($s, pack("L S S L L C C n", 20, 10 << 8 | 1, 0x301, 1, 0, 0, 0, 0)) or die "netlink: $!\n";
	sysread($s, my $answer, 65536) or die "netlink: $!\n";
	my (undef, $type, undef, undef, undef, $error) = unpack("L S S L L l", $answer);
	exit 0 if $type == 3 || $type == 2 && $error == -22;
	die $type == 2 ? "netlink: error $error\n" : "there are rules, but neither nft nor iptables to read them with\n";
' || exit 1
echo none
