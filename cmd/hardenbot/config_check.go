package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mvdan.cc/sh/v3/syntax"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

var (
	userID    = regexp.MustCompile(`^[UW][A-Z0-9]{2,30}$`)
	groupID   = regexp.MustCompile(`^S[A-Z0-9]{2,30}$`)
	channelID = regexp.MustCompile(`^[CGD][A-Z0-9]{2,30}$`)
)

func checkUserID(s string) error {
	if userID.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%q is no Slack user ID: it begins with U or W, as U024BE7LH, and stands in the person's profile under Copy member ID", printable(s, 40))
}

// checkMemberID takes a person or a user group.
func checkMemberID(s string) error {
	if groupID.MatchString(s) {
		return nil
	}
	if err := checkUserID(s); err != nil {
		return fmt.Errorf("%w; the ID of a user group begins with S", err)
	}
	return nil
}

func checkStepUp(s string) error {
	if slices.Contains([]actions.StepUp{actions.StepUpLockout, actions.StepUpAll}, actions.StepUp(s)) {
		return nil
	}
	return fmt.Errorf("%q is no kind of step-up: there are lockout and all; leave it out where no second factor is wanted", printable(s, 40))
}

func checkChannelID(s string) error {
	if channelID.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%q is no Slack channel ID: it begins with C, G or D, as C024BE91L, and stands at the end of the channel's details", printable(s, 40))
}

func checkMode(s string) error {
	if s == "socket" || s == "http" {
		return nil
	}
	return fmt.Errorf("%q is no mode: there are socket and http", printable(s, 40))
}

func checkTransport(s string) error {
	if s == "ssh" || s == actions.TransportSSM {
		return nil
	}
	return fmt.Errorf("%q is no transport: there are ssh and ssm", printable(s, 40))
}

// checkSecureURL sees to it that what goes there does not travel in clear text.
func checkSecureURL(key, because string) func(string) error {
	return func(s string) error {
		u, err := parseURL(s)
		if err != nil {
			return err
		}
		if u.Scheme == "http" && !loopback(u.Hostname()) {
			return fmt.Errorf("%s has to begin with https://, because %s; http:// is for this machine only", key, because)
		}
		return nil
	}
}

func checkHealthURL(s string) error {
	_, err := parseURL(s)
	return err
}

// checkConnectable takes what a TCP connection can be made to: no address with
// the name of an interface, which not all that connect there understand.
func checkConnectable(s string) error {
	if hostPort(s) == nil && !strings.Contains(s, "%") {
		return nil
	}
	return fmt.Errorf("%q is nothing to connect to: write ADDRESS:PORT, for example 127.0.0.1:3306 or \"[::1]:22\"", printable(s, 80))
}

// checkArgument takes what every shell can be given as one word.
func checkArgument(s string) error {
	if _, err := syntax.Quote(s, syntax.LangPOSIX); err == nil && len(s) <= 1000 {
		return nil
	}
	return fmt.Errorf("%q cannot be a word of a command: write up to 1000 characters that can be printed, in one line", printable(s, 40))
}

func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case strings.Contains(s, "@"): // first: a password must not be repeated
		return nil, errors.New("a URL with a user or a password is not supported: take it out, this file holds no secrets")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, fmt.Errorf("%q is no URL that begins with http:// or https://", printable(s, 80))
	}
	return u, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// checkStatsSocket takes a path, or HOST:PORT.
func checkStatsSocket(s string) error {
	if filepath.IsAbs(s) || checkListen(s) == nil {
		return nil
	}
	return fmt.Errorf("%q is no stats socket: write its path, or HOST:PORT", printable(s, 80))
}

func checkDriver(s string) error {
	if slices.Contains([]string{driverAWS, driverHAProxy, actions.NoRotation}, s) {
		return nil
	}
	return fmt.Errorf("%q is no rotation driver: there are aws, haproxy and none", printable(s, 40))
}

func checkListen(s string) error {
	if hostPort(s) == nil {
		return nil
	}
	return fmt.Errorf("%q is nothing to listen on: write HOST:PORT, for example 127.0.0.1:8080", printable(s, 80))
}

// hostPort takes HOST:PORT, where an IPv6 address stands in brackets.
func hostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return err
	}
	if err := inventory.CheckAddress(host); err != nil {
		return err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	return inventory.CheckPort(n)
}

// checkNetwork refuses what is no address, and the network of all addresses: to
// trust everybody is to ban nobody, and what everybody reaches is not internal.
func checkNetwork(instead string) func(string) error {
	return func(s string) error {
		if _, err := netip.ParseAddr(s); err == nil {
			return nil
		}
		network, err := netip.ParsePrefix(s)
		switch {
		case err != nil:
			return fmt.Errorf("%q is neither an IP address nor a network such as 192.0.2.0/24", printable(s, 60))
		case network.Bits() == 0:
			return fmt.Errorf("%s is every address: %s", s, instead)
		}
		return nil
	}
}

// checkWords refuses what is too long to stand in a message.
func checkWords(s string) error {
	if len(s) <= 200 && strings.TrimSpace(s) != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return nil
	}
	return fmt.Errorf("%q cannot be used: write a few words, up to 200 characters in one line", printable(s, 40))
}

// repeated returns a port that stands in the lists more than once.
func repeated(lists ...[]int) (int, bool) {
	seen := map[int]bool{}
	for _, list := range lists {
		for _, port := range list {
			if seen[port] {
				return port, true
			}
			seen[port] = true
		}
	}
	return 0, false
}
