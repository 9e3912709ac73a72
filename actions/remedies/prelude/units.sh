# units.sh: keep systemd units as they are and restore them.

# keep_unit UNIT: remembers whether the unit is enabled or masked and whether
# it runs. Only the first keep of a unit counts.
keep_unit() {
	(
		kept=$(unit_at "$1") || exit 1
		[ ! -e "$kept" ] || exit 0
		mkdir -p -m 0700 "$HARDENBOT_STATE/units" || fail "$HARDENBOT_STATE cannot be written"
		new=$HARDENBOT_STATE/units/.new
		unit_state "$1" >"$new" && sync -- "$new" && mv -fT -- "$new" "$kept" && sync -- "$HARDENBOT_STATE/units" ||
			fail "the state of $1 could not be kept"
	) || exit 1
}

# restore_unit UNIT: enables, disables, masks, starts or stops it as it was
# kept. It does nothing where the unit was never kept.
restore_unit() {
	(
		kept=$(unit_at "$1") || exit 1
		[ -e "$kept" ] || exit 0
		was=$(sed -n 1p "$kept")
		is=$(systemctl is-enabled -- "$1" 2>/dev/null | head -n 1)
		[ "$is" = "$was" ] || restore_enabled "$1" "$was" "$is"
		if grep -qx 'runs=yes' "$kept"; then
			unit_runs "$1" || systemctl start -- "$1" || fail "$1 could not be started again"
		elif unit_runs "$1"; then
			systemctl stop -- "$1" || fail "$1 could not be stopped again"
		fi
	) || exit 1
}

# restore_enabled UNIT WAS IS: makes what is-enabled says of UNIT be WAS.
restore_enabled() {
	case $3 in
	masked | masked-runtime) systemctl unmask -- "$1" ;;
	esac
	case $2 in
	masked) systemctl mask -- "$1" ;;
	masked-runtime) systemctl mask --runtime -- "$1" ;;
	enabled) systemctl enable -- "$1" ;;
	enabled-runtime) systemctl enable --runtime -- "$1" ;;
	disabled | '' | not-found) [ -z "$3" ] || [ "$3" = not-found ] || systemctl disable -- "$1" ;;
	esac || fail "$1 could not be made $2 again"
}

# unit_state UNIT: prints whether it is enabled or masked, and whether it runs.
unit_state() {
	(
		enabled=$(systemctl is-enabled -- "$1" 2>/dev/null) || true
		unit_runs "$1" && runs=yes || runs=no
		printf '%s\nruns=%s\n' "$(printf '%s\n' "$enabled" | sed 1q)" "$runs"
	)
}

# unit_runs UNIT: whether it runs or is about to.
unit_runs() {
	case $(systemctl is-active -- "$1" 2>/dev/null) in
	active | activating | reloading) return 0 ;;
	esac
	return 1
}

# unit_at UNIT: prints where the unit's state is kept.
unit_at() {
	[ -n "${HARDENBOT_STATE:-}" ] || fail "HARDENBOT_STATE is not set, so nothing can be kept"
	case $1 in
	'' | */* | .*) fail "$1 is not the name of a unit" ;;
	esac
	printf '%s/units/%s\n' "$HARDENBOT_STATE" "$1"
}
