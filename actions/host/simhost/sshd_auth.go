package simhost

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

func (s *sshd) config(lines []sshdLine) *ssh.ServerConfig {
	general := s.h.effective(lines, sshdPeer{})
	cfg := &ssh.ServerConfig{
		MaxAuthTries:  count(general.get("maxauthtries"), 6),
		ServerVersion: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6",
		AuthLogCallback: func(c ssh.ConnMetadata, method string, err error) {
			if err == nil {
				s.h.logIn(method, c.User(), s.h.cfg.From, time.Now())
			} else if method == "password" || method == "keyboard-interactive" {
				s.h.refusedLogin(c.User(), s.h.cfg.From)
			}
		},
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			return nil, s.admits(lines, c.User(), "publickey", func(set settings) bool { return s.h.hasKey(c.User(), set, key) })
		},
	}
	password := func(user, method, given string) error {
		return s.admits(lines, user, method, func(settings) bool {
			a, _ := s.h.account(user)
			return a.Password != "" && a.Password == given
		})
	}
	if offered(lines, general, "passwordauthentication") {
		cfg.PasswordCallback = func(c ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
			return nil, password(c.User(), "password", string(given))
		}
	}
	if offered(lines, general, "kbdinteractiveauthentication") && general.get("usepam") == "yes" {
		cfg.KeyboardInteractiveCallback = func(c ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err != nil || len(answers) != 1 {
				return nil, errRefused
			}
			return nil, password(c.User(), "keyboard-interactive", answers[0])
		}
	}
	cfg.AddHostKey(s.key)
	return cfg
}

// offered reports whether the method is on for anybody.
func offered(lines []sshdLine, general settings, keyword string) bool {
	if general.get(keyword) == "yes" {
		return true
	}
	for _, l := range lines {
		if l.keyword == keyword && l.match != nil && l.value == "yes" {
			return true
		}
	}
	return false
}

var errRefused = errors.New("refused")

// admits decides as sshd would whether the user may log in by the method.
func (s *sshd) admits(lines []sshdLine, user, method string, proven func(settings) bool) error {
	set := s.h.effective(lines, sshdPeer{user: user, host: s.h.cfg.From, addr: s.h.cfg.From, laddr: s.h.cfg.Address, lport: "22"})
	on := map[string]string{"publickey": "pubkeyauthentication", "password": "passwordauthentication", "keyboard-interactive": "kbdinteractiveauthentication"}
	if _, known := s.h.account(user); !known || set.get(on[method]) != "yes" || !s.h.listed(set, user) {
		return errRefused
	}
	if user == "root" && set.get("permitrootlogin") != "yes" && (set.get("permitrootlogin") == "no" || method != "publickey") {
		return errRefused
	}
	if methods := set.get("authenticationmethods"); methods != "any" && !has(strings.Fields(methods), method) {
		return errRefused
	}
	if !proven(set) {
		return errRefused
	}
	return nil
}

// listed applies AllowUsers, DenyUsers, AllowGroups and DenyGroups.
func (h *Host) listed(set settings, user string) bool {
	groups := []string{}
	if e := h.entry("passwd", user); len(e) > 3 {
		groups = append(groups, h.groupOf(count(e[3], -1)))
	}
	patterns := func(keyword string) []string { return strings.Fields(strings.Join(set.values[keyword], " ")) }
	switch {
	case anyMatches(patterns("denyusers"), []string{user}), anyMatches(patterns("denygroups"), groups):
		return false
	case len(patterns("allowusers")) > 0 && !anyMatches(patterns("allowusers"), []string{user}):
		return false
	}
	return len(patterns("allowgroups")) == 0 || anyMatches(patterns("allowgroups"), groups)
}

func (h *Host) hasKey(user string, set settings, key ssh.PublicKey) bool {
	a, _ := h.account(user)
	for name := range strings.FieldsSeq(set.get("authorizedkeysfile")) {
		if !strings.HasPrefix(name, "/") {
			name = homeOf(a) + "/" + name
		}
		raw, err := h.files.read(name)
		for err == nil && len(raw) > 0 {
			var known ssh.PublicKey
			if known, _, _, raw, err = ssh.ParseAuthorizedKey(raw); err == nil && bytes.Equal(known.Marshal(), key.Marshal()) {
				return true
			}
		}
	}
	return false
}

// refusedLogin is what sshd writes about one, and what fail2ban counts.
func (h *Host) refusedLogin(user, from string) {
	h.journal.add("ssh.service", fmt.Sprintf("Failed password for %s from %s port 50022 ssh2", user, from))
	h.fail2ban.count(from)
}
