package simhost

import (
	"strings"

	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

// What the interpreter has not, and scripts of POSIX need:
//
//   - descriptors from 3 on: `C 4>&1` becomes `{ @bind 4; C; }`, and `C >&4`
//     writes to the file /dev/fd/4. The descriptor keeps what it was bound to
//     until it is bound again, and not until the end of C: what has to be nested
//     in scripts is nested in the same order there.
//   - a descriptor that only holds a lock: `C 9>F` becomes
//     `{ @lock 9 F; C; @unlock 9 $?; }`.
//   - traps in subshells: a subshell with one becomes a background job that is
//     waited for, since the interpreter runs traps at the end of those.
//   - ${x%"[a]"*}: what is quoted in a pattern stands for itself.
//   - $$: the number of the simulated process.
const (
	bindCommand   = "@bind"
	lockCommand   = "@lock"
	unlockCommand = "@unlock"
	pidVariable   = "SIMHOST_PID"
)

func rewrite(file *syntax.File) {
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp:
			if n.Param != nil && n.Param.Value == "$" {
				n.Param.Value = pidVariable
			}
			if n.Exp != nil && n.Exp.Word != nil {
				asItself(n)
			}
		case *syntax.Stmt:
			trapped(n)
			descriptors(n)
		}
		return true
	})
}

// asItself puts a backslash before what a pattern has in quotes.
func asItself(p *syntax.ParamExp) {
	switch p.Exp.Op {
	case syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix:
	default:
		return
	}
	for i, part := range p.Exp.Word.Parts {
		quoted, is := part.(*syntax.DblQuoted)
		if !is || len(quoted.Parts) != 1 {
			continue
		}
		if text, is := quoted.Parts[0].(*syntax.Lit); is {
			p.Exp.Word.Parts[i] = &syntax.SglQuoted{Value: pattern.QuoteMeta(text.Value, 0)}
		}
	}
}

// trapped rewrites a subshell that sets a trap.
func trapped(s *syntax.Stmt) {
	sub, is := s.Cmd.(*syntax.Subshell)
	if !is || !setsTrap(sub.Stmts) {
		return
	}
	job := &syntax.Stmt{Background: true, Cmd: &syntax.Block{Stmts: append(sub.Stmts, statement("exit"))}}
	wait := statement("wait")
	wait.Cmd.(*syntax.CallExpr).Args = append(wait.Cmd.(*syntax.CallExpr).Args,
		&syntax.Word{Parts: []syntax.WordPart{&syntax.ParamExp{Short: true, Param: &syntax.Lit{Value: "!"}}}})
	s.Cmd = &syntax.Block{Stmts: []*syntax.Stmt{job, wait}}
}

func setsTrap(stmts []*syntax.Stmt) bool {
	for _, s := range stmts {
		call, is := s.Cmd.(*syntax.CallExpr)
		if is && len(call.Args) > 0 && call.Args[0].Lit() == "trap" {
			return true
		}
	}
	return false
}

func statement(words ...string) *syntax.Stmt {
	call := &syntax.CallExpr{}
	for _, w := range words {
		call.Args = append(call.Args, &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: w}}})
	}
	return &syntax.Stmt{Cmd: call}
}

// descriptors rewrites the redirections of a statement that name one from 3 on.
func descriptors(s *syntax.Stmt) {
	var kept []*syntax.Redirect
	var before, after []*syntax.Stmt
	for _, r := range s.Redirs {
		n := ""
		if r.N != nil && strings.Trim(r.N.Value, "3456789") == "" {
			n = r.N.Value
		}
		switch to := r.Word.Lit(); {
		case n == "" && r.Op == syntax.DplOut && len(to) == 1 && to >= "3" && to <= "9":
			r.Op = syntax.RdrOut
			r.Word = &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "/dev/fd/" + to}}}
			kept = append(kept, r)
		case n == "":
			kept = append(kept, r)
		case r.Op == syntax.DplOut && to == "1":
			before = append(before, statement(bindCommand, n))
		case r.Op == syntax.DplOut && to == "-":
		default: // a file that is locked
			lock := statement(lockCommand, n)
			call := lock.Cmd.(*syntax.CallExpr)
			call.Args = append(call.Args, r.Word)
			before = append(before, lock)
			unlock := statement(unlockCommand, n)
			call = unlock.Cmd.(*syntax.CallExpr)
			call.Args = append(call.Args, &syntax.Word{Parts: []syntax.WordPart{&syntax.ParamExp{Short: true, Param: &syntax.Lit{Value: "?"}}}})
			after = append(after, unlock)
		}
	}
	s.Redirs = kept
	if len(before) == 0 {
		return
	}
	inner := &syntax.Stmt{Cmd: s.Cmd}
	s.Cmd = &syntax.Block{Stmts: append(append(before, inner), after...)}
}
