package guards

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hardenbot/actions"
)

// shut is why what would count keeps the bot out, or empty.
func (now sshdNow) shut(f *actions.Facts) string {
	user := f.Login.User
	switch {
	case !strings.HasSuffix(now.unit, ".socket") && !now.listens(f.SSHD.Address, f.SSHD.Port):
		return "it would not listen on port " + strconv.Itoa(f.SSHD.Port) + " of " + said(f.SSHD.Address) + " (" + now.said("listenaddress") + ")"
	case now.first("pubkeyauthentication") != "yes":
		return "PubkeyAuthentication would be " + now.said("pubkeyauthentication")
	case !keyAlone(now.first("authenticationmethods")):
		return "AuthenticationMethods would ask for " + now.said("authenticationmethods")
	case user == "root" && slices.Contains([]string{"no", "forced-commands-only"}, now.first("permitrootlogin")):
		return "PermitRootLogin would be " + now.said("permitrootlogin")
	}
	if list := now.notAdmitted(user, f.Login.From); list != "" {
		return list + " would leave " + user + " out (" + now.said(strings.ToLower(list)) + ")"
	}
	return now.keyGone(f)
}

func (now sshdNow) first(keyword string) string {
	if values := now.counts[keyword]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func (now sshdNow) said(keyword string) string {
	return orElse(strings.Join(now.counts[keyword], " "), "nothing")
}

// listens reports whether one of the listen addresses is the one by which the
// bot came, or any address of its family.
func (now sshdNow) listens(address string, port int) bool {
	came, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	came = came.Unmap().WithZone("")
	return slices.ContainsFunc(now.counts["listenaddress"], func(value string) bool {
		at, err := netip.ParseAddrPort(value)
		if err != nil || int(at.Port()) != port {
			return false
		}
		on := at.Addr().Unmap().WithZone("")
		return on == came || on.IsUnspecified() && on.Is4() == came.Is4()
	})
}

// notAdmitted returns which list of users or groups leaves the user out, in
// sshd_config(5)'s order, or nothing.
func (now sshdNow) notAdmitted(user, from string) string {
	byUser := func(word string) bool { return userAt(user, from, word) }
	byGroup := func(word string) bool {
		return slices.ContainsFunc(now.groups, func(g string) bool { return inPattern(g, word) })
	}
	for _, list := range []struct {
		keyword string
		admits  bool
		holds   func(string) bool
	}{
		{"DenyUsers", false, byUser}, {"AllowUsers", true, byUser},
		{"DenyGroups", false, byGroup}, {"AllowGroups", true, byGroup},
	} {
		words := strings.Fields(strings.Join(now.counts[strings.ToLower(list.keyword)], " "))
		if len(words) > 0 && slices.ContainsFunc(words, list.holds) != list.admits {
			return list.keyword
		}
	}
	return ""
}

// keyGone is why sshd would find no key of the bot's user any more. The facts
// were read with the configuration as it is on the disk.
func (now sshdNow) keyGone(f *actions.Facts) string {
	sshd, ok := f.SSHD.PerUser[f.Login.User]
	if !ok {
		sshd = f.SSHD.Global
	}
	at := slices.IndexFunc(f.Accounts, func(a actions.Account) bool { return a.Name == f.Login.User })
	if keysElsewhere(sshd) || at >= 0 && len(f.Accounts[at].Keys) > 0 {
		return ""
	}
	return "there would be no key of " + f.Login.User + " where it looks for one (AuthorizedKeysFile " + now.said("authorizedkeysfile") + ")"
}

// keyAlone reports whether AuthenticationMethods lets a key in without more.
func keyAlone(methods string) bool {
	return methods == "" || methods == "any" || slices.Contains(strings.Fields(methods), "publickey")
}
