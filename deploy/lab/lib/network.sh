# shellcheck shell=bash
# The network: one bridge, on which this machine stands as 198.18.0.1. The
# range is the one for benchmarks (RFC 2544), which no real network uses.
#
# Nothing leaves the machine. The hosts have no default route, the bridge
# forwards nothing, and an unreachable route for the whole range, with the
# highest metric, answers whenever the bridge is not there. That route stays
# after down.

readonly BRIDGE=hblab0 BRIDGE_ADDRESS=198.18.0.1 RANGE=198.18.0.0/24

fallback_route() {
	ip route show type unreachable exact "$RANGE" | grep -q . ||
		ip route add unreachable "$RANGE" metric 4294967295
}

network_up() {
	fallback_route
	# A fixed hardware address: otherwise the bridge takes another one each
	# time a host joins, and neighbours lose it.
	[[ -d /sys/class/net/$BRIDGE ]] ||
		ip link add "$BRIDGE" address 02:00:c6:12:00:01 type bridge
	echo 1 >"/proc/sys/net/ipv6/conf/$BRIDGE/disable_ipv6"
	echo 0 >"/proc/sys/net/ipv4/conf/$BRIDGE/forwarding"
	ip address replace "$BRIDGE_ADDRESS/24" dev "$BRIDGE"
	ip link set "$BRIDGE" up
}

# network_down: the bridge goes with its last host, whose lab it may be.
network_down() {
	local ports=("/sys/class/net/$BRIDGE/brif/"*)
	fallback_route
	[[ ! -d /sys/class/net/$BRIDGE || -e ${ports[0]} ]] || ip link delete "$BRIDGE"
}

# port_of NAME: the machine's end of the host's cable. nspawn names it.
port_of() { echo "vb-$1"; }

is_cut() { [[ ! -e /sys/class/net/$(port_of "$1")/master ]]; }
cut_host() { ip link set "$(port_of "$1")" nomaster; }
heal_host() { ip link set "$(port_of "$1")" up master "$BRIDGE"; }
