# The way to try a connection that sends nothing: bash's /dev/tcp, which some
# builds of it lack, or nc. Each sees to it that 3 seconds are enough.
if command -v bash >/dev/null && command -v timeout >/dev/null &&
	! bash --norc -c 'exec 3<>/dev/tcp/127.0.0.1/0' 2>&1 | grep -q 'No such file'; then
	connect() { timeout 3 bash --norc -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"; }
elif command -v nc >/dev/null; then
	connect() { nc -v -z -w 3 "$1" "$2"; }
else
	tell none
	exit 0
fi

# try NUMBER ADDRESS PORT: tells whether a connection is accepted, or nothing
# where that is not known: no route from here, or a name that nobody knows.
try() {
	said=$(connect "$2" "$3" 2>&1)
	case $?:$said in
	0:*) tell "$1 open" ;;
	124:* | 143:* | *'Connection refused'* | *'Connection reset'* | *'timed out'* | *'No route to host'*) tell "$1 closed" ;;
	esac
}
