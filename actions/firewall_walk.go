package actions

// walk follows packets through chains. It errs on the side of those who come:
// a rule that is not understood accepts what it may accept and drops nothing.
type walk struct {
	attempt
	chains  map[string]FirewallChain // by their words
	wanted  FirewallVerdict          // accept, or dnat to see what is sent elsewhere
	steps   *int                     // that may still be made
	unclear string                   // a rule that is not understood and lets somebody through
}

const (
	// mostJumps is how deep chains may call each other (NFT_JUMP_STACK_SIZE).
	mostJumps = 16
	// mostSteps bounds how many rules are looked at for one socket, and in all:
	// chains that jump to each other twice double the way at every level.
	mostSteps    = 10000
	mostStepsAll = 2000000
)

// through returns from where packets get the wanted verdict in the chain, and
// from where they come out at its end, out of those that go in.
func (w *walk) through(c FirewallChain, in ranges, depth int) (got, rest ranges) {
	for _, r := range c.Rules {
		if len(in) == 0 {
			break
		}
		if *w.steps -= 1 + len(in)/8 + len(r.From.Any)/8; *w.steps < 0 {
			w.doubt(c, "there are too many ways through it")
			return got.union(in), rest.union(in)
		}
		surely, perhaps := w.sources(r)
		if perhaps = in.intersect(perhaps); len(perhaps) == 0 {
			continue
		}
		stays := in.minus(surely)
		switch r.Verdict {
		case w.wanted:
			w.doubt(c, r.Unclear)
			got, in = got.union(perhaps), stays
		case FirewallAccept, FirewallDrop:
			in = stays
		case FirewallReturn:
			rest, in = rest.union(perhaps), stays
		case FirewallJump, FirewallGoto:
			more, back := w.jump(c, r.Target, perhaps, depth)
			got = got.union(more)
			if r.Verdict == FirewallGoto {
				rest, in = rest.union(back), stays
			} else {
				in = stays.union(back)
			}
		default:
			w.doubt(c, "a verdict")
			got = got.union(perhaps)
		}
	}
	return got, rest.union(in)
}

func (w *walk) jump(c FirewallChain, target string, in ranges, depth int) (got, rest ranges) {
	next := c
	next.Name = target
	next, known := w.chains[next.Words()]
	if !known || depth == mostJumps {
		w.doubt(c, "the jump to "+target)
		return in, in
	}
	return w.through(next, in, depth+1)
}

func (w *walk) doubt(c FirewallChain, what string) {
	if w.unclear == "" && what != "" {
		w.unclear = c.Words() + ": " + what
	}
}
