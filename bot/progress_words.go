package bot

import "hardenbot/actions"

// doing words what has begun and has no result yet.
var doing = map[actions.HostState]string{
	actions.Probed:   "reading the host again",
	actions.Guarded:  "asking the guards",
	actions.Drained:  "taking it out of rotation and waiting until it is drained",
	actions.Prepared: "making the part of the change that cannot lock people out",
	actions.Armed:    "arming the dead-man switch",
	actions.Applied:  "making the change",
	actions.Proven:   "proving a new login",
	actions.Disarmed: "switching the dead-man switch off",
	actions.Verified: "checking that the weakness is gone",
	actions.Healthy:  "checking its health",
	actions.Rejoined: "putting it back into rotation",
	actions.Undone:   "putting it back as it was",
	actions.Soaked:   "watching it in rotation before the next one",
}

// standing words what is known to be so, with a sign that is not the only one
// to tell it.
var standing = map[actions.HostState]string{
	actions.Queued:       "· waits",
	actions.Probed:       "· read again, as planned",
	actions.Guarded:      "· every guard agreed",
	actions.Drained:      "· drained, nothing sends it traffic",
	actions.Prepared:     "· prepared for the part that could lock people out",
	actions.Armed:        "· puts itself back unless a new login works",
	actions.Applied:      "· changed",
	actions.Proven:       "· a new login works",
	actions.Disarmed:     "· keeps the change",
	actions.Verified:     "· the weakness is gone",
	actions.Healthy:      "· healthy",
	actions.Rejoined:     "· in rotation again",
	actions.Soaked:       "· stayed healthy in rotation",
	actions.Done:         "✓ done",
	actions.AlreadySound: "✓ was sound already",
	actions.Refused:      "✗ refused, nothing was changed",
	actions.Undone:       "✗ undone, it is as it was",
	actions.Failed:       "✗ FAILED: changed, and neither verified nor undone; somebody has to look at it now",
	actions.Outside:      "✗ OUT OF ROTATION: nothing sends it traffic; somebody has to look at it now",
	actions.Lost:         "✗ could not be reached",
	actions.Untouched:    "– untouched",
}

func stateOf(h actions.HostRun) string {
	text := standing[h.State]
	if h.Doing != "" {
		text = "→ " + doing[h.Doing] + "…"
	}
	if !h.Until.IsZero() && h.Doing != "" && h.State == actions.Armed {
		text += " (until " + at(h.Until) + ")"
	}
	return text
}
