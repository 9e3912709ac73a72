# apt.sh: install and upgrade exactly what was approved, and nothing else.
#
# A PIN is NAME=VERSION. What apt_install brought is listed, one name a line,
# in $HARDENBOT_STATE/apt-installed, so that apt_remove can take it away again.
# Whatever changes packages waits first for others who do (dpkg_wait), and looks
# only then at what there is to do.

# apt_upgrade PIN…: upgrades installed packages to these versions. It fails
# when one is newer by now, or when apt would touch a package that has no pin.
apt_upgrade() {
	(
		dpkg_wait
		todo=$(apt_todo upgrade "$@") && apt_foresee upgrade "$@" >/dev/null || exit 1
		[ -z "$todo" ] || apt_to_the_end --only-upgrade --no-remove install $todo || fail "apt failed; what it printed says why"
		apt_reached "$@"
	) || exit 1
}

# apt_install PIN…: installs these versions and what they depend on. It fails
# when apt would upgrade or remove anything that is there.
apt_install() {
	(
		dpkg_wait
		todo=$(apt_todo install "$@") && would=$(apt_foresee install "$@") || exit 1
		[ -n "$todo" ] || exit 0
		printf '%s\n' "$would" | awk '$1 == "Inst" { print $2 }' >>"$HARDENBOT_STATE/apt-installed" &&
			sync -- "$HARDENBOT_STATE/apt-installed" || fail "$HARDENBOT_STATE cannot be written"
		apt_to_the_end --no-remove install $todo || fail "apt failed; what it printed says why"
		apt_reached "$@"
	) || exit 1
}

# apt_install_stopped UNIT PIN…: apt_install, but the packages cannot start
# UNIT meanwhile.
apt_install_stopped() {
	(
		unit=$1
		shift
		trap 'systemctl unmask --runtime -- "$unit"' EXIT
		trap 'exit 1' HUP INT TERM
		systemctl mask --runtime -- "$unit" || fail "$unit could not be masked"
		apt_install "$@"
	) || exit 1
}

# apt_remove: purges what apt_install brought in this run, unless something
# else has come to need it.
apt_remove() {
	(
		[ -s "$HARDENBOT_STATE/apt-installed" ] || exit 0
		dpkg_wait
		names=$(sort -u "$HARDENBOT_STATE/apt-installed" | while read -r name; do
			case $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) in
			'' | not-installed) ;;
			*) printf '%s\n' "$name" ;;
			esac
		done)
		[ -n "$names" ] || exit 0
		would=$(apt_quiet -s purge $names) || fail "apt cannot remove what was installed: $names"
		other=$(printf '%s\n' "$would" | apt_strangers $names)
		[ -z "$other" ] || fail "packages that were installed stay, because apt would also have to $other"
		apt_to_the_end purge $names || fail "apt could not remove what was installed"
	) || exit 1
}

# apt_autoremove PIN…: removes those of the packages that are at these versions
# and that apt calls unneeded, and nothing else.
apt_autoremove() {
	(
		dpkg_wait
		unneeded=$(apt_quiet -s autoremove) || fail "apt cannot say what is not needed any more"
		names=$(for pin in "$@"; do
			[ "$(installed_version "${pin%%=*}")" = "${pin#*=}" ] || continue
			printf '%s\n' "$unneeded" | awk -v name="${pin%%=*}" '$1 == "Remv" && $2 == name { print name }'
		done)
		[ -n "$names" ] || exit 0
		would=$(apt_quiet -s remove $names) || fail "apt cannot remove what is not needed any more: $names"
		other=$(printf '%s\n' "$would" | apt_strangers $names)
		[ -z "$other" ] || fail "packages that are not needed any more stay, because apt would also have to $other"
		apt_to_the_end remove $names || fail "apt failed; what it printed says why"
	) || exit 1
}

# apt_foresee upgrade|install PIN…: prints what apt would do, and fails if that
# is anything else than what the pins say. It changes nothing.
apt_foresee() {
	(
		how=$1
		shift
		todo=$(apt_todo "$how" "$@") || exit 1
		[ -n "$todo" ] || exit 0
		[ "$how" = install ] && only= || only=--only-upgrade
		would=$(apt_quiet $only --no-remove -s install $todo 2>&1) ||
			fail "apt cannot do exactly this; a version may be gone from the archive: $(printf '%s\n' "$would" | grep '^E:')"
		other=$(printf '%s\n' "$would" | apt_strangers "$@")
		[ "$how" = upgrade ] || other=$(printf '%s\n' "$other" | sed '/^install /d')
		[ -z "$other" ] || fail "apt would also $(printf '%s\n' "$other" | paste -sd , | sed 's/,/, /g'), which the plan does not name"
		printf '%s\n' "$would"
	) || exit 1
}

# apt_todo upgrade|install PIN…: prints the pins that are not there yet. It
# fails when a package is neither as the plan found it nor as it wants it.
apt_todo() {
	how=$1
	shift
	for pin in "$@"; do
		name=${pin%%=*} version=${pin#*=} have=$(installed_version "${pin%%=*}")
		case $how,$have in
		*,"$version") continue ;;
		upgrade,) fail "$name is not installed any more: ask for a new plan" ;;
		install,?*) fail "$name is at $have by now, not absent: ask for a new plan" ;;
		upgrade,*)
			dpkg --compare-versions "$have" lt "$version" ||
				fail "$name is at $have by now, which is newer than $version: ask for a new plan"
			;;
		esac
		printf '%s\n' "$pin"
	done
}

# apt_reached PIN…: fails unless each package is at its version.
apt_reached() {
	for pin in "$@"; do
		[ "$(installed_version "${pin%%=*}")" = "${pin#*=}" ] || fail "apt ended well, but ${pin%%=*} is not at ${pin#*=}"
	done
}

# apt_strangers NAME|PIN… <SIMULATION: prints what apt would do to packages
# that are not named, as "upgrade NAME", "install NAME" or "remove NAME".
apt_strangers() {
	awk -v named=" $(echo "$@") " '
		index(named, " " $2 " ") || index(named, " " $2 "=") { next }
		$1 == "Inst" { print ($3 ~ /^\[/ ? "upgrade" : "install"), $2 }
		$1 == "Remv" || $1 == "Purg" { print "remove", $2 }
	'
}

# apt_quiet ARG…: apt-get asks nobody, keeps the host's configuration files,
# waits two minutes for a lock that somebody took meanwhile, and leaves restarts
# to the plan.
apt_quiet() {
	quietly apt-get -q -y --no-install-recommends \
		-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 -o APT::Get::AutomaticRemove=false \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
		"$@"
}

# quietly COMMAND…: so that the packages' own scripts ask nobody, keep the
# host's configuration files (ucf(1)) and restart nothing (needrestart(1)).
quietly() {
	LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 NEEDRESTART_MODE=l "$@" </dev/null
}

# apt_to_the_end ARG…: apt_quiet to its end.
apt_to_the_end() { to_the_end apt_quiet "$@"; }

# to_the_end COMMAND…: runs it so that a lost connection does not break it off in
# the middle of a package: what it prints goes to a file first, and not into a
# pipe that nobody reads any more. When it failed, its errors are said again
# where errors belong.
to_the_end() {
	"$@" >"$HARDENBOT_STATE/apt.log" 2>&1 && ended=0 || ended=$?
	cat -- "$HARDENBOT_STATE/apt.log"
	[ "$ended" = 0 ] || grep -E '^(E:|dpkg: error)' "$HARDENBOT_STATE/apt.log" >&2 || true
	return "$ended"
}

# installed_version NAME: prints it, or nothing if the package is not installed.
installed_version() {
	dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null |
		awk '$1 == "installed" { print $2; exit }'
}
