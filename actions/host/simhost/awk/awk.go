// Package awk runs programs of POSIX awk inside the process.
//
// In come the text of a program, its input and what the world outside lets it
// open; out comes what it prints. It touches no file and starts no process by
// itself: reading a file and running a command go through the functions of
// [Config], and writing to files is refused.
//
// lex.go makes tokens of the text, parse.go a tree of the tokens, and run.go,
// value.go and builtin.go run the tree. What a program uses and this package has
// not is an error when it is parsed, and never passed over.
package awk

import (
	"io"
)

// Config is what a program meets.
type Config struct {
	Separator string            // -F; empty stands for blanks
	Vars      map[string]string // -v
	Files     []string          // the operands; none stands for Stdin
	Stdin     io.Reader
	Stdout    io.Writer
	Open      func(name string) (io.ReadCloser, error) // for operands and getline
	Command   func(line string) string                 // for COMMAND | getline
	Ended     func() bool                              // nil, or whether the program is to end in the middle
}

// Run runs the program and returns its exit status. Its errors are for people.
func Run(program string, c Config) (status int, err error) {
	tree, err := parse(program)
	if err != nil {
		return 2, err
	}
	m := newMachine(tree, c)
	defer m.closeAll()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exiting:
			status = int(r)
		case failure:
			status, err = 2, r
		case nexting, breaking, skipping, returning:
			status, err = 2, failure("next, break, continue or return stands where it leaves nothing")
		default:
			panic(r)
		}
	}()
	m.run()
	return m.status, nil
}
