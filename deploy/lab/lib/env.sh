# shellcheck shell=bash
# What users of the lab read: known_hosts, the ready configuration, and the
# KEY=value lines of `lab env`.

# login_of NAME: the user the bot comes in as.
login_of() { if has_trait "$1" root-only; then echo root; else echo ops; fi; }

known_hosts() {
	local name key
	for name in $(host_names); do
		for key in "$LAB_STATE/keys/$name"/*.pub; do
			[[ ! -e $key ]] || echo "$name,$(host_address "$name") $(cut -d ' ' -f 1,2 "$key")"
		done
	done
}

# per_group FORMAT: one line for each group of hosts, the group for each %s.
per_group() {
	local group
	for group in $(host_names | sed 's/-[0-9]*$//' | sort -u); do
		# shellcheck disable=SC2059
		printf "$1\n" "$group"
	done
}

inventory() {
	local name
	for name in $(host_names); do
		echo "    - {name: $name, address: $(host_address "$name"), port: 22, user: $(login_of "$name"), groups: [${name%-*}], public: true}"
	done
}

config() {
	cat <<-YAML
		store: $LAB_STATE/hardenbot.db
		inventory:
		  hosts:
		$(inventory)
		ssh: {identity_file: $LAB_STATE/id_ops, known_hosts: $LAB_STATE/known_hosts, connect_timeout: 5s, parallel: 32}
		expected:
		$(per_group '  - {hosts: "%s-*", internet: [22, 80, 443], internal: [8080, 9090, 9100], host: []}')
		health:
		$(per_group '  - {hosts: "%s-*", url: "http://127.0.0.1:8080/health"}')
		policy: {channels: {C0SECURITY: ["*"]}, requesters: [U0ALICE], approvers: [U0BOB], approvals: 1, approval_ttl: 1h}
		slack: {mode: socket}
	YAML
}

# write_config: replaces known_hosts and the configuration, each in one step.
write_config() {
	(
		flock 7
		known_hosts >"$LAB_STATE/known_hosts.new"
		mv "$LAB_STATE/known_hosts.new" "$LAB_STATE/known_hosts"
		config >"$LAB_STATE/hardenbot.yaml.new"
		mv "$LAB_STATE/hardenbot.yaml.new" "$LAB_STATE/hardenbot.yaml"
	) 7>"$LAB_STATE/config.lock"
}

print_env() {
	local name
	cat <<-TEXT
		HARDENBOT_CONFIG=$LAB_STATE/hardenbot.yaml
		LAB_IDENTITY=$LAB_STATE/id_ops
		LAB_KNOWN_HOSTS=$LAB_STATE/known_hosts
		LAB_PASSWORD=$(cat "$LAB_STATE/password")
		LAB_BRIDGE=$BRIDGE_ADDRESS
		LAB_HOSTS="$(host_names | paste -sd ' ')"
	TEXT
	for name in $(host_names); do
		echo "LAB_ADDR_${name//-/_}=$(host_address "$name")"
	done
}
