// Package dpkgstate is the one place that knows how apt and dpkg lock each other
// out, and what dpkg leaves behind when it is cut off in the middle.
//
// Out comes shell text. The probe and the remedies' prelude put it before their
// own.
package dpkgstate

import _ "embed" // the functions

// Functions is POSIX sh: dpkg_holders, dpkg_unfinished and dpkg_half_written.
// They only read.
//
//go:embed functions.sh
var Functions string
