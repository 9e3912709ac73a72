# dpkg.sh: wait for others who change packages, and finish what dpkg left undone.

# How long a step waits for another package manager, in seconds.
dpkg_patience=120

# dpkg_wait: waits for those who hold a lock of apt or dpkg, and says who that
# is. It fails when one still does after dpkg_patience; nobody is ever ended.
dpkg_wait() {
	(
		named='' until=$(($(date +%s) + dpkg_patience))
		while holder=$(dpkg_holder) && [ -n "$holder" ]; do
			[ "$holder" = "$named" ] || echo "waiting, because $holder"
			named=$holder
			[ "$(date +%s)" -lt "$until" ] ||
				fail "packages cannot be changed: after $dpkg_patience s $holder; wait until it is done, or look at it on the host and end it by hand"
			sleep 1
		done
	) || exit 1
}

# dpkg_holder: says who holds a lock, if anybody does.
dpkg_holder() {
	dpkg_holders | awk -F '\t' 'NR == 1 {
		print $3 " (process " $2 ($4 == "" ? "" : " of " $4) ", since " $5 ") holds " $1
	}'
}

# dpkg_finish [PIN…]: has dpkg finish what was cut off. The pins' packages, which
# were cut off while they were unpacked, are installed again in these versions.
# It fails when anything is left unfinished.
dpkg_finish() {
	(
		dpkg_wait
		to_the_end quietly dpkg --force-confdef --force-confold --configure -a ||
			[ $# -gt 0 ] || fail "dpkg could not finish what was cut off; what it printed says why"
		[ $# = 0 ] || apt_again "$@"
		left=$(dpkg_unfinished | awk -F '\t' '{ print $1 " is " $4 }' | paste -sd , | sed 's/,/, /g')
		[ -z "$left" ] || fail "dpkg ended well, but something is not finished: $left"
		! dpkg_half_written || fail "dpkg ended well, but its database still has a change that was cut off"
	) || exit 1
}

# apt_again PIN…: installs the packages that are unfinished again, in these
# versions, and touches no others.
apt_again() {
	todo=$(for pin in "$@"; do
		! dpkg_unfinished | cut -f 1 | grep -qxF -e "${pin%%=*}" || printf '%s\n' "$pin"
	done)
	[ -n "$todo" ] || return 0
	would=$(apt_quiet --reinstall --no-remove -s install $todo 2>&1) ||
		fail "apt cannot do exactly this: $(printf '%s\n' "$would" | grep '^E:')"
	other=$(printf '%s\n' "$would" | apt_strangers "$@" | paste -sd , | sed 's/,/, /g')
	[ -z "$other" ] || fail "apt would also $other, which the plan does not name"
	apt_to_the_end --reinstall --no-remove install $todo || fail "apt failed; what it printed says why"
	apt_reached "$@"
}
