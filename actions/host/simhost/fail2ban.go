package simhost

import (
	"slices"
	"strings"
	"sync"
)

// fail2ban is the daemon: it counts refused logins by their address, and bans
// an address with too many that its jail's configuration does not spare.
type fail2ban struct {
	h  *Host
	mu sync.Mutex

	runs    bool
	jail    bool // one for sshd
	spares  []string
	failed  map[string]int
	total   int
	banned  []string
	bannedN int
}

// maxRetry is fail2ban's default.
const maxRetry = 5

// start reads jail.conf and what comes after it.
func (f *fail2ban) start() {
	spares, on := []string{}, false
	for _, file := range append([]string{"/etc/fail2ban/jail.conf"}, append(f.h.glob("/etc/fail2ban/jail.d/*.conf"), f.h.glob("/etc/fail2ban/jail.d/*.local")...)...) {
		raw, err := f.h.files.read(file)
		if err != nil {
			continue
		}
		section := ""
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimSpace(line)
			key, value, _ := strings.Cut(line, "=")
			key, value = strings.TrimSpace(key), strings.TrimSpace(value)
			switch {
			case strings.HasPrefix(line, "["):
				section = line
			case section == "[sshd]" && key == "enabled":
				on = value == "true"
			case (section == "[sshd]" || section == "[DEFAULT]") && key == "ignoreip":
				spares = strings.Fields(value)
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs, f.jail, f.spares, f.failed, f.banned, f.total, f.bannedN = true, on, spares, map[string]int{}, nil, 0, 0
}

func (f *fail2ban) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs, f.banned = false, nil
}

func (f *fail2ban) count(from string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.runs || !f.jail || slices.Contains(f.spares, from) {
		return
	}
	f.failed[from]++
	f.total++
	if f.failed[from] >= maxRetry && !slices.Contains(f.banned, from) {
		f.banned = append(f.banned, from)
		f.bannedN++
	}
}

func (f *fail2ban) bans(from string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.banned, from)
}

// fail2banClient knows the questions that scripts of this project ask.
func fail2banClient(c *call) int {
	f := c.h.fail2ban
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.runs || c.uid != 0 {
		return c.fail("Failed to access socket path: /var/run/fail2ban/fail2ban.sock. Is fail2ban running?")
	}
	question := strings.Join(c.args[1:], " ")
	switch {
	case question == "ping":
		c.printf("Server replied: pong\n")
		return 0
	case question == "status" && f.jail:
		c.printf("Status\n|- Number of jail:\t1\n`- Jail list:\tsshd\n")
		return 0
	case question == "status":
		c.printf("Status\n|- Number of jail:\t0\n`- Jail list:\t\n")
		return 0
	case strings.HasPrefix(question, "unban "):
		f.banned = slices.DeleteFunc(f.banned, func(ip string) bool { return c.args[2] == "--all" || has(c.args[2:], ip) })
		f.failed = map[string]int{}
		return 0
	case !f.jail:
		return c.fail("Sorry but the jail 'sshd' does not exist")
	}
	switch {
	case question == "status sshd":
		c.printf("Status for the jail: sshd\n|- Filter\n|  |- Currently failed:\t%d\n|  |- Total failed:\t%d\n", len(f.failed), f.total)
		c.printf("|  `- Journal matches:\t%s\n`- Actions\n   |- Currently banned:\t%d\n   |- Total banned:\t%d\n   `- Banned IP list:\t%s\n",
			journalMatch, len(f.banned), f.bannedN, strings.Join(f.banned, " "))
	case question == "get sshd journalmatch":
		c.printf("Current match filter:\n%s\n", journalMatch)
	case question == "get sshd ignoreip":
		c.printf("These IP addresses/networks are ignored:\n")
		for i, ip := range f.spares {
			branch := "|- "
			if i == len(f.spares)-1 {
				branch = "`- "
			}
			c.printf("%s%s\n", branch, ip)
		}
	case question == "get sshd maxretry":
		c.printf("%d\n", maxRetry)
	case strings.HasPrefix(question, "get sshd banned ") && len(c.args) == 5:
		banned := 0
		if slices.Contains(f.banned, c.args[4]) {
			banned = 1
		}
		c.printf("%d\n", banned)
	default:
		return c.unknown(question)
	}
	return 0
}

const journalMatch = "_SYSTEMD_UNIT=ssh.service + _COMM=sshd + _COMM=sshd-session"
