package simhost

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Account is one that people log in with.
type Account struct {
	Name     string
	UID      int
	Password string // empty: none that could be used
	Keys     []string
	Sudo     Sudo
}

// Sudo is what sudo lets an account do.
type Sudo string

// The rules of sudo. Without one, it lets nobody do anything.
const (
	sudoFree Sudo = "without a password"
	sudoAsks Sudo = "with a password"

	SudoFree = sudoFree
	SudoAsks = sudoAsks
)

// systemAccounts are those that no human logs in with.
var systemAccounts = []struct {
	name  string
	uid   int
	shell string
}{
	{"daemon", 1, "/usr/sbin/nologin"}, {"bin", 2, "/usr/sbin/nologin"}, {"sys", 3, "/usr/sbin/nologin"},
	{"www-data", 33, "/usr/sbin/nologin"}, {"mysql", 100, "/bin/false"}, {"sshd", 103, "/usr/sbin/nologin"},
	{"app", 999, "/usr/sbin/nologin"}, {"nobody", 65534, "/usr/sbin/nologin"},
}

// writeAccounts writes passwd, group and shadow, and the keys of people. What is
// in shadow stands for a password and is no hash of it.
func (h *Host) writeAccounts() error {
	passwd, shadow, group := "", "", "sudo:x:27:\nadm:x:4:\n"
	add := func(a Account, home, shell string) {
		passwd += fmt.Sprintf("%s:x:%d:%[2]d::%s:%s\n", a.Name, a.UID, home, shell)
		group += fmt.Sprintf("%s:x:%d:\n", a.Name, a.UID)
		hash := "!"
		if a.Password != "" {
			hash = "$y$simulated"
		}
		shadow += a.Name + ":" + hash + ":20000:0:99999:7:::\n"
	}
	for _, a := range h.cfg.Accounts {
		home := homeOf(a)
		add(a, home, "/bin/bash")
		if err := h.files.makeAll(home + "/.ssh"); err != nil {
			return err
		}
		if len(a.Keys) > 0 {
			if err := h.files.write(home+"/.ssh/authorized_keys", strings.Join(a.Keys, "\n")+"\n", 0o600); err != nil {
				return err
			}
		}
		if err := h.files.chown(home, owner{a.UID, a.UID}); err != nil {
			return err
		}
		if a.Sudo == sudoFree {
			if err := h.files.write("/etc/sudoers.d/"+a.Name, a.Name+" ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440); err != nil {
				return err
			}
		}
	}
	for _, a := range systemAccounts {
		add(Account{Name: a.name, UID: a.uid}, "/nonexistent", a.shell)
	}
	for name, text := range map[string]string{"/etc/passwd": passwd, "/etc/group": group} {
		if err := h.files.write(name, text, 0o644); err != nil {
			return err
		}
	}
	return h.files.write("/etc/shadow", shadow, 0o640)
}

func homeOf(a Account) string {
	if a.UID == 0 {
		return "/root"
	}
	return "/home/" + a.Name
}

// account finds a person's account in the configuration of the host.
func (h *Host) account(name string) (Account, bool) {
	i := slices.IndexFunc(h.cfg.Accounts, func(a Account) bool { return a.Name == name })
	if i < 0 {
		return Account{}, false
	}
	return h.cfg.Accounts[i], true
}

func (h *Host) sudoRule(name string) Sudo {
	if name == "root" {
		return sudoAsks
	}
	a, _ := h.account(name)
	return a.Sudo
}

// entries are the lines of passwd(5), group(5) or shadow(5).
func (h *Host) entries(database string) [][]string {
	raw, err := h.files.read("/etc/" + database)
	if err != nil {
		return nil
	}
	var all [][]string
	for line := range strings.Lines(string(raw)) {
		all = append(all, strings.Split(strings.TrimSpace(line), ":"))
	}
	return all
}

// entry finds one by name or number.
func (h *Host) entry(database, key string) []string {
	for _, e := range h.entries(database) {
		if e[0] == key || len(e) > 2 && e[2] == key && database != "shadow" {
			return e
		}
	}
	return nil
}

func (h *Host) nameOf(uid int) string {
	if e := h.entry("passwd", strconv.Itoa(uid)); e != nil {
		return e[0]
	}
	return strconv.Itoa(uid)
}

func (h *Host) groupOf(gid int) string {
	if e := h.entry("group", strconv.Itoa(gid)); e != nil {
		return e[0]
	}
	return strconv.Itoa(gid)
}

func (h *Host) home(uid int) string {
	if e := h.entry("passwd", strconv.Itoa(uid)); len(e) > 5 {
		return e[5]
	}
	return "/"
}
