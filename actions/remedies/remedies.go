// Package remedies is the catalogue: every weakness that hardenbot knows, one
// file each, and the shell functions that their fixes call.
//
// In come the facts of one host (actions.Facts); out go evidence of what is
// wrong and, where it can be mended safely, a change that does so
// (actions.Change). Checks and plans are pure: they touch no host, and the same
// facts give the same change, byte for byte.
//
// To add a remedy, read one of the files, write its like with a test beside it,
// and add a line to All.
package remedies

import "hardenbot/actions"

// All returns the catalogue, in the order in which weaknesses should be mended.
func All() []actions.Remedy {
	return []actions.Remedy{
		// exposure: what can be reached
		portExposed,
		portLBBypass,
		sgOpenAll,
		sgOpenUnused,
		portUndeclared,
		imdsV1,
		sgDefaultUsed,
		sgUnused,

		// access: who may log in
		sshPasswordAuth,
		sshRootLogin,
		sshMaxAuthTries,

		// patch: what is out of date
		dpkgInterrupted,
		pkgSecurityUpdates,
		rebootRequired,

		// prevention: what keeps it so
		unattendedUpgrades,
		fail2ban,
	}
}
