# The dead-man switch on the host. Before it, $run, $state and $wait are set.
#
# In $state/switch:
#   undo.sh   what puts the host back
#   fire.sh   runs it, once
#   decision  a link to nowhere whose text is "fired" or "disarmed". Making a
#             link is atomic: of a timer and a disarming that race, one wins.
#   result    exit status of undo.sh; there when it has ended
#   undo.log  what it printed
# Two things run fire.sh: a timer, and something at the next boot, for a host
# that restarts while it waits. timer.sh has both.
#
# Each function prints one word that says how it ended.
dir=$state/switch

decision() { readlink "$dir/decision" || echo none; }

die() {
	printf '%s\n' "$1" >&2
	exit 1
}

tell() { logger -t hardenbot -- "run $run: $1" 2>/dev/null || true; }

# arm SECONDS UNDO FIRE UNDO_DIGEST FIRE_DIGEST: the digests are hex SHA-256.
arm() {
	[ ! -e "$state/over" ] || die "this run was put back already, so its switch is not armed"
	mkdir -p -m 0700 "${state%/*}" "$state" "$dir"
	stop_timer
	# An earlier timer may have begun to fire. Nothing but a disarming is taken
	# back, so that its decision stays where it comes to one after this.
	if [ "$(decision)" = fired ] || firing; then
		echo fired
		return
	fi
	[ "$(decision)" = none ] || rm -f "$dir/decision" "$dir/result"
	keep_script undo.sh "$2" "$4"
	keep_script fire.sh "$3" "$5"
	(HARDENBOT_STATE=$state && kept_whole) || exit 1
	# The timer first: starting it may have systemd read its files again, and
	# what is there for the next boot only would stay in its memory.
	start_timer "$1" && waiting && fire_at_boot && sync "$dir" "$state" || {
		if [ "$(decision)" = fired ]; then
			echo fired
			return
		fi
		no_timer
		die "the timer of the switch could not be set ($(kind_of_timer))"
	}
	tell "this host puts itself back in $1 s, unless hardenbot confirms that it can be reached ($(kind_of_timer))"
	echo "armed $(kind_of_timer)"
}

# keep_script NAME TEXT DIGEST: at once or not at all. It must be what was sent,
# and a script, when nobody is there any more to see it fail.
keep_script() {
	(
		umask 077
		printf '%s' "$2" >"$dir/$1.new" && sync "$dir/$1.new"
	) || die "$dir cannot be written, so the switch is not armed"
	[ "$(sha256sum <"$dir/$1.new")" = "$3  -" ] || die "$dir/$1 is not what was sent, so the switch is not armed"
	said=$(/bin/sh -n "$dir/$1.new" 2>&1) || die "$dir/$1 is no script that could be run, so the switch is not armed: $(printf '%s\n' "$said" | head -n 1)"
	mv "$dir/$1.new" "$dir/$1"
}

disarm() {
	[ -e "$dir/undo.sh" ] || die "it was never armed on this host"
	ln -sT disarmed "$dir/decision" 2>/dev/null || true
	decided=$(decision)
	if [ "$decided" = disarmed ]; then
		sync "$dir"
		no_timer
	fi
	echo "$decided"
}

fire() {
	[ -e "$dir/undo.sh" ] || die "it was never armed on this host"
	if [ "$(decision)" = none ]; then
		fire_apart || die "it could not be begun to put the host back"
		left=100
		while [ "$(decision)" = none ]; do
			[ "$left" -gt 0 ] || die "it has begun to put the host back, and cannot write down that it has"
			left=$((left - 1))
			sleep 0.1
		done
	fi
	report
}

# report: armed, disarmed, none, or what became of the undo.
report() {
	decided=$(decision)
	if [ ! -e "$dir/undo.sh" ]; then
		echo none
	elif [ "$decided" = disarmed ]; then
		echo disarmed
	elif [ "$decided" = fired ]; then
		outcome
	elif waiting || starting; then
		echo armed
	else
		die "it is armed, but its timer is gone"
	fi
}

# outcome: waits until the undo has ended.
outcome() {
	left=$((wait * 5))
	while [ ! -e "$dir/result" ]; do
		[ "$left" -gt 0 ] || die "it has begun to put the host back and has not ended yet"
		left=$((left - 1))
		sleep 0.2
	done
	if [ "$(cat "$dir/result")" = 0 ]; then
		echo fired
	else
		echo failed
		tail -n 3 "$dir/undo.log" >&2
	fi
}
