package guards

import "hardenbot/actions"

// notBySSH refuses where the bot reaches the host by something else than SSH.
// It has no login there, so that none can be proven, and nothing that it sees
// of its own way in says how people get in.
func notBySSH(h actions.Host) (no actions.Answer, refused bool) {
	if h.Transport == "" {
		return actions.Answer{}, false
	}
	by := "by the transport " + said(h.Transport)
	if h.Transport == actions.TransportSSM {
		by = "through AWS Systems Manager"
	}
	return actions.Refuse("the bot reaches the host "+by+", where a login by key cannot be proven",
		"have the bot reach the host by SSH (take its transport out of the configuration) and ask again"), true
}
