# Lines: port TAB address TAB count: who holds connections to the TCP ports that
# the host listens on, those with the most connections first, so many of a port
# and so many in all at most. Nothing is resolved. Each line of ss ends with the
# local address and the peer's.
need ss
listening=$(ss -Htln) || fail "ss does not tell the listeners"
connections=$(ss -Htn state established) || fail "ss does not tell the connections"
printf '%s\nconnections\n%s\n' "$listening" "$connections" | awk '
	function port(address) { sub(/.*:/, "", address); return address }
	NF == 0 { next }
	$0 == "connections" { connected = 1; next }
	!connected { listens[port($(NF - 1))] = 1; next }
	port($(NF - 1)) in listens {
		address = $NF
		sub(/:[^:]*$/, "", address)
		count[port($(NF - 1)) "\t" address]++
	}
	END { for (key in count) print key "\t" count[key] }' |
	sort -t "$(printf '\t')" -k 3,3nr -k 1,2 |
	awk -F '\t' 'of[$1]++ < @PEERS_OF_PORT@ && all++ < @PEERS@'
