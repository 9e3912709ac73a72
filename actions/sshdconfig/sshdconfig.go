// Package sshdconfig is the one place that knows how sshd puts its
// configuration together: a main file, and files that it includes, which may
// include others (sshd_config(5), Include).
//
// Out comes shell text. The probe and the guards put it before their own.
package sshdconfig

import _ "embed" // the functions

// Functions is POSIX sh: sshd_lines and sshd_files.
//
//go:embed functions.sh
var Functions string
