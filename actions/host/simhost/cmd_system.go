package simhost

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func uname(c *call) int {
	switch strings.Join(c.args[1:], " ") {
	case "-r":
		c.printf("%s\n", c.h.cfg.Kernel)
	case "-v":
		c.printf("#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)\n")
	default:
		return c.unknown("this use")
	}
	return 0
}

// date knows +FORMAT, -u, -d @SECONDS and -r FILE.
func date(c *call) int {
	set, rest, bad := options(c.args[1:], "ud:r:")
	if bad != "" || len(rest) != 1 || !strings.HasPrefix(rest[0], "+") {
		return c.unknown(bad)
	}
	at := time.Now()
	if since, is := strings.CutPrefix(set["d"], "@"); is {
		n, err := strconv.ParseFloat(since, 64)
		if err != nil {
			return c.fail("invalid date '%s'", set["d"])
		}
		at = time.Unix(int64(n), 0)
	}
	if set["r"] != "" {
		info, err := c.h.files.stat(c.abs(set["r"]), true)
		if err != nil {
			return c.complain(set["r"], err)
		}
		at = info.ModTime()
	}
	at = at.UTC() // the host's time zone
	line, known := filled(rest[0][1:], map[byte]string{
		'Y': at.Format("2006"), 'm': at.Format("01"), 'd': at.Format("02"), 'H': at.Format("15"), 'M': at.Format("04"),
		'S': at.Format("05"), 'z': "+0000", 'Z': "UTC", 's': strconv.FormatInt(at.Unix(), 10),
	})
	if !known {
		return c.unknown(rest[0])
	}
	c.printf("%s\n", line)
	return 0
}

func getconf(c *call) int {
	if len(c.args) == 2 && c.args[1] == "CLK_TCK" {
		c.printf("%d\n", ticksPerSecond)
		return 0
	}
	return c.unknown("this variable")
}

func logger(c *call) int {
	_, words, bad := options(c.args[1:], "t:")
	if bad != "" {
		return c.unknown(bad)
	}
	c.h.journal.add("", strings.Join(words, " "))
	return 0
}

// ps knows -o unit= -p PID.
func ps(c *call) int {
	set, _, bad := options(c.args[1:], "o:p:")
	if bad != "" || set["o"] != "unit=" {
		return c.unknown(bad)
	}
	pid := count(set["p"], 0)
	found := c.h.list(func(p *process) bool { return p.pid == pid })
	if len(found) == 0 {
		return 1
	}
	c.printf("%s\n", found[0].unit)
	return 0
}

// nothingToSay is systemd-detect-virt of a host that is no container, findmnt
// --verify of one whose file systems are all there, and such.
func nothingToSay(*call) int { return 0 }

func detectVirt(c *call) int {
	c.printf("none\n")
	return 1
}

// writeUptime refreshes /proc/uptime.
func (h *Host) writeUptime() {
	up := time.Since(h.booted).Seconds()
	f, err := h.files.open("/proc/uptime", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return // who reads it gets the earlier one
	}
	defer f.Close()
	fmt.Fprintf(f, "%.2f %.2f\n", up, up)
}

// ss knows -tulpn and -tln for listeners, and -tn state established; -H in all.
func ss(c *call) int {
	switch strings.Join(c.args[1:], " ") {
	case "-H -tulpn":
		c.listeners(c.uid == 0)
	case "-Htln":
		c.listeners(false)
	case "-Htn state established":
		for _, peer := range c.h.peers() {
			c.printf("0 0 %s:22 %s\n", c.h.cfg.Address, peer)
		}
	default:
		return c.unknown(strings.Join(c.args[1:], " "))
	}
	return 0
}

func (c *call) listeners(processes bool) {
	for _, u := range c.h.units.running() {
		for _, l := range u.Listens {
			who := ""
			if processes {
				who = fmt.Sprintf(" users:((\"%.15s\",pid=%d,fd=3))", u.Process, u.pid)
			}
			proto, port, _ := strings.Cut(l, " ")
			state, any := "LISTEN", "0.0.0.0:*"
			if proto == "udp" {
				state = "UNCONN"
			}
			if strings.HasPrefix(port, "[") {
				any = "[::]:*"
			}
			if strings.HasPrefix(port, "*") {
				any = "*:*"
			}
			if c.args[1] == "-H" {
				c.printf("%s %s 0 128 %s %s%s\n", proto, state, port, any, who)
			} else {
				c.printf("%s 0 128 %s %s\n", state, port, any)
			}
		}
	}
}

// nft has no rules to tell of.
func nft(c *call) int {
	if strings.Join(c.args[1:], " ") != "-j list ruleset" {
		return c.unknown("this use")
	}
	c.printf(`{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}]}` + "\n")
	return 0
}

// curl asks the application of the host. Its health is that of the services it
// needs; every other address refuses the connection.
func curl(c *call) int {
	set, _, _ := options(c.args[1:], "qsSo:m:w:", "noproxy=", "proto=", "url=")
	asked, is := strings.CutPrefix(set["url"], "http://127.0.0.1:")
	port, path, _ := strings.Cut(asked, "/")
	u := c.h.units.listening(port)
	if !is || u == nil {
		fmt.Fprintf(c.err, "curl: (7) Failed to connect to %s port %s: Connection refused\n", "127.0.0.1", port)
		return 7
	}
	status := 200
	if path == "health" && !c.h.healthy() {
		status = 503
	}
	c.printf("%03d\n", status)
	return 0
}
