package guards

import (
	"context"
	_ "embed" // the script
	"slices"
	"strings"

	"hardenbot/actions"
)

//go:embed boots_again.sh
var bootsAgainScript string

// bootsAgain looks for what would keep a host from coming back after a restart:
// the kernel and what loads it, the file systems that boot waits for, and what
// lets the bot in. That the host did come back is seen afterwards. Its
// arguments:
//
//	kernel      release that the host should come back with; empty if it has none of its own
//	container   kind of container that the host is; empty if it is none
var bootsAgain = actions.Guard{
	Name: "boots-again",
	Says: "the host can be expected to come back after a restart",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		var b strings.Builder
		err := assign(&b, [][2]string{{"kernel", q.Args["kernel"]}, {"doors", strings.Join(doors(q.Facts.Host), " ")}})
		if err != nil {
			return actions.Refuse("this could not be checked: "+err.Error(), "look at the host's kernel packages")
		}
		out, no := look(ctx, q, b.String()+bootsAgainScript)
		if no != nil {
			return *no
		}
		return judgeBoot(out.Stdout, q.Args["kernel"], q.Args["container"])
	},
}

// doors are the units one of which has to be started at boot.
func doors(h actions.Host) []string {
	if h.Transport == actions.TransportSSM {
		return []string{"amazon-ssm-agent.service", "snap.amazon-ssm-agent.amazon-ssm-agent.service"}
	}
	return []string{"ssh.service", "sshd.service", "ssh.socket", "sshd.socket"}
}

// bootFaults are the script's words for what is wrong: what that means, with
// the detail after it, and how to mend it.
var bootFaults = map[string]struct{ says, mend string }{
	"kernel": {"the newest kernel is not whole, this is missing or empty: ", "install the kernel's package again"},
	"loader": {"the boot loader would start another kernel: ", "run update-grub on the host"},
	"mount":  {"boot would wait for a file system in vain: ", "mend /etc/fstab on the host"},
	"unlock": {"boot would ask at the console for the passphrase of ", "restart this host by hand, with somebody at the console"},
	"full":   {"there is no room: ", "make room on the host"},
	"door":   {"nothing that lets the bot in is started at boot, of ", "enable it on the host with systemctl enable"},
	"sshd":   {"sshd would not start again: ", "mend sshd's configuration on the host"},
	"failed": {"what the way in needs has failed: ", "mend that unit on the host, and see it run"},
}

func judgeBoot(stdout, kernel, container string) actions.Answer {
	var faults, mends, stays []string
	var complete, unseen bool
	for line := range strings.SplitSeq(stdout, "\n") {
		word, detail, _ := strings.Cut(line, " ")
		fault, known := bootFaults[word]
		switch {
		case known:
			faults, mends = append(faults, fault.says+said(detail)), append(mends, fault.mend)
		case word == "stays":
			stays = append(stays, said(detail))
		case line == "unseen loader":
			unseen = true
		case line == "end":
			complete = true
		}
	}
	switch {
	case len(faults) > 0:
		return actions.Refuse(listed(faults), listed(uniq(mends)))
	case !complete:
		return actions.Refuse("this could not be checked: the answer was cut off", "ask again")
	}
	says := "nothing was found that would keep the host from coming back; " + kernelSeen(kernel, container, unseen)
	if len(stays) > 0 {
		says += "; these run now and are not started at boot: " + listed(stays)
	}
	return actions.Allow("%s", says)
}

// kernelSeen says what was looked at of the kernel, and what was not.
func kernelSeen(kernel, container string, unseen bool) string {
	switch {
	case container != "":
		return "it is a container (" + said(container) + "), so its kernel is another machine's and was not checked"
	case kernel == "":
		return "no package brought its kernel, so what starts it lies elsewhere and was not checked"
	case unseen:
		return "kernel " + said(kernel) + " is there; it has no GRUB, so its boot loader was not checked"
	}
	return "kernel " + said(kernel) + " is there, and GRUB names it"
}

// uniq drops what was said before.
func uniq(words []string) []string {
	var kept []string
	for _, w := range words {
		if !slices.Contains(kept, w) {
			kept = append(kept, w)
		}
	}
	return kept
}
