# url NUMBER SECONDS URL: prints the number and the status of the answer, or why
# there is none. One request, no redirects, no proxy.
url() {
	if command -v curl >/dev/null; then
		said=$(curl -q -sS -o /dev/null --noproxy '*' --proto '=http,https' -m "$2" -w '%{http_code}\n' --url "$3" 2>&1) ||
			said=$(printf '%s\n' "$said" | sed -n 's/^curl: ([0-9]*) //p')
	elif command -v wget >/dev/null; then
		said=$(wget -nv -S -O /dev/null --no-proxy --no-config --max-redirect=0 --tries=1 -T "$2" -- "$3" 2>&1)
		status=$(printf '%s\n' "$said" | sed -n 's|^ *HTTP/[0-9.]* \([0-9]*\).*|\1|p' | tail -n 1)
		said=${status:-$(printf '%s\n' "$said" | head -n 1)}
	elif command -v python3 >/dev/null; then
		said=$(timeout "$2" python3 -I -c '
import sys, urllib.error, urllib.request
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *a): return None
try:
    opener = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))
    print(opener.open(sys.argv[1], timeout=float(sys.argv[2])).status)
except urllib.error.HTTPError as e: print(e.code)
except Exception as e: print(e)' "$3" "$2" 2>&1)
	else
		said="neither curl nor wget nor python3 is there to ask with"
	fi
	printf '%s %s\n' "$1" "$(printf '%s' "${said:-it did not answer in time}" | head -n 1)"
}

# run NUMBER SECONDS WORD...: runs a command, ends it with all that it has begun
# if it takes too long, and prints the number, the first line that it printed,
# and its status. The status takes the way of 3, the line that of 4.
run() {
	printf '%s ' "$1"
	limit=$2
	shift 2
	{
		status=$({ { timeout -k 1 "$limit" "$@" 2>&1 3>&- 4>&-; echo "$?" >&3; } | first_line >&4; } 3>&1)
	} 4>&1
	printf ' %s\n' "$status"
}

# The rest is read, too: a command that prints a lot has not failed for that.
first_line() {
	head -c 400 | sed -n '/./{p;q;}' | tr '\n\r' '  '
	cat >/dev/null
}

# tcp NUMBER SECONDS HOST PORT: as run, of a connection on which nothing is sent.
tcp() {
	if command -v python3 >/dev/null; then
		run "$1" "$2" python3 -I -c '
import socket, sys
try: socket.create_connection(sys.argv[1:])
except OSError as e: sys.exit(e.strerror or str(e))' "$3" "$4"
	elif command -v bash >/dev/null; then
		run "$1" "$2" bash --norc -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$3" "$4"
	else
		printf '%s neither python3 nor bash is there to connect with 1\n' "$1"
	fi
}
