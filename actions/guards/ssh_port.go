package guards

import (
	"cmp"
	"net/netip"

	"hardenbot/actions"
)

// ourAddressStays tells whether the bot's own connections still get to the SSH
// port once the security groups are changed: by the address that the host sees,
// to the address and the port on which they arrive.
func ourAddressStays(q actions.Question) actions.Answer {
	if no, missing := needs(q.Facts, actions.SectionLogin, actions.SectionSSHD); missing {
		return no
	}
	before, after, no := inCloud(q)
	if no != nil {
		return *no
	}
	from, err := netip.ParseAddr(q.Facts.Login.From)
	from = from.Unmap()
	l := actions.Listener{Proto: "tcp", Address: q.Facts.SSHD.Address, Port: cmp.Or(q.Facts.SSHD.Port, q.Facts.Host.Port)}
	if l.Address == "" && len(before.Interfaces) == 1 {
		l.Address = "*"
	}
	ask := "let the bot's address in by a rule of its own and ask again"
	switch {
	case err != nil:
		return actions.Refuse("the host does not say from which address the bot comes, so it is not known whether that stays let in", ask)
	case from.IsLoopback():
		return actions.Allow("the bot comes from the host itself, which no security group stops")
	case l.Address == "":
		return actions.Refuse("the host does not say by which of its addresses the bot comes in, so it is not known which security groups let it in",
			"take all but one network interface off the host, or mend this by hand")
	case !before.Answers(l):
		return actions.Refuse("the bot comes in by "+said(l.Address)+", which no network interface has, so it is not known which rules carry that way",
			"have the bot reach the host by an address of its network interfaces")
	}
	switch judge(before, after, l, from) {
	case admitted:
		return actions.Allow("the bot comes from %s, which is still let in to port %d", from, l.Port)
	case asMember:
		return actions.Allow("the bot comes from %s and is let in to port %d as a member of a group, and no such rule changes", from, l.Port)
	case cutOff:
		return actions.Refuse("the bot comes from "+from.String()+", which the change no longer lets in to the SSH port",
			"declare its network among networks.internal or trusted in the configuration, or have the bot come from an internal network, and ask again")
	}
	return actions.Refuse("the bot comes from "+from.String()+", and no rule that is understood lets that in to the SSH port, so it is not known whether the change closes its way", ask)
}
