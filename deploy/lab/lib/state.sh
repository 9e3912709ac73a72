# shellcheck shell=bash
# Where the lab keeps things, and what it makes once per machine: the key pair,
# the password and the host keys. None of it is ever committed.
#
#   $LAB_STATE/id_ops, id_ops.pub      the key of user ops (or root: trait root-only)
#   $LAB_STATE/password, password.hash the password of ops, root and alice
#   $LAB_STATE/keys/NAME/              host keys; kept, so that a reset host stays known
#   $LAB_STATE/known_hosts             a line per host and key
#   $LAB_STATE/hardenbot.yaml          the ready configuration
#   $LAB_STATE/hosts/NAME/             address, traits, image, upper, work, root, console.log
#                                      ready: the host came up; absent in a half-made one

LAB_STATE=${HARDENBOT_LAB_STATE:-/var/lib/hardenbot-lab}
LAB_CACHE=${HARDENBOT_LAB_CACHE:-/var/cache/hardenbot-lab}
export LAB_STATE # for traits/NAME.after
# shellcheck disable=SC2034 # used in image.sh
readonly LAB_STATE LAB_CACHE

# lock_lab: one up or down at a time. Until the script ends.
lock_lab() {
	install -d -m 0700 "$LAB_STATE"
	exec 9>"$LAB_STATE/lock"
	flock 9
}

# lock_host NAME: work on different hosts may run side by side, but not with
# up or down.
lock_host() {
	exec 9>"$LAB_STATE/lock" 8>"$LAB_STATE/hosts/$1.lock"
	flock --shared 9
	flock 8
	require_host "$1"
}

make_secrets() {
	install -d -m 0700 "$LAB_STATE/hosts" "$LAB_STATE/keys"
	[[ -s $LAB_STATE/id_ops.pub ]] ||
		{ rm -f "$LAB_STATE/id_ops" && ssh-keygen -q -t ed25519 -N '' -C ops@lab -f "$LAB_STATE/id_ops"; }
	[[ -s $LAB_STATE/password ]] ||
		(umask 077 && head -c 12 /dev/urandom | base64 | tr '+/' 'xy' >"$LAB_STATE/password")
}

# password_hash: as shadow(5) has it, made by the openssl of the base image.
password_hash() {
	chroot "$(image_dir)/root" /usr/bin/openssl passwd -6 -stdin <"$LAB_STATE/password"
}

# make_host_keys NAME: the three kinds that Debian's sshd has. The directory
# appears complete or not at all.
make_host_keys() {
	local dir=$LAB_STATE/keys/$1 type
	[[ ! -d $dir ]] || return 0
	rm -rf "$dir.new" && mkdir "$dir.new"
	for type in ed25519 ecdsa rsa; do
		ssh-keygen -q -t "$type" -N '' -C "root@$1" -f "$dir.new/ssh_host_${type}_key"
	done
	mv "$dir.new" "$dir"
}

host_names() {
	local dir
	for dir in "$LAB_STATE"/hosts/*/; do
		[[ ! -d $dir ]] || basename "$dir"
	done | sort -V
}

host_address() { cat "$LAB_STATE/hosts/$1/address"; }
host_traits() { cat "$LAB_STATE/hosts/$1/traits" 2>/dev/null || true; }

# has_trait NAME TRAIT
has_trait() { [[ ,$(host_traits "$1"), == *,"$2",* ]]; }

trait_names() {
	local file
	for file in "$LAB_DIR"/traits/*.sh; do basename "$file" .sh; done | paste -sd ' '
}

require_host() {
	[[ -n $1 ]] || die "which host? there are: $(host_names | paste -sd ' ')"
	[[ $1 =~ ^[a-z0-9]+-[0-9]+$ && -s $LAB_STATE/hosts/$1/address ]] ||
		die "there is no host $1; there are: $(host_names | paste -sd ' ')"
}

# free_address: the lowest address of the range that no host has.
free_address() {
	local used i
	used=$(cat "$LAB_STATE"/hosts/*/address 2>/dev/null || true)
	for ((i = 11; i <= 254; i++)); do
		grep -qx "198\.18\.0\.$i" <<<"$used" || { echo "198.18.0.$i" && return; }
	done
	die "the lab's range has no free address left"
}

# reserve_host NAME TRAITS: writes down what the host is to be. Its address,
# once given, stays its own.
reserve_host() {
	local dir=$LAB_STATE/hosts/$1 address
	mkdir -p "$dir"
	if [[ ! -s $dir/address ]]; then
		address=$(free_address)
		echo "$address" >"$dir/address"
	fi
	rm -f "$dir/ready"
	echo "$2" >"$dir/traits"
}
