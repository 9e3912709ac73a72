package bot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"
	"mvdan.cc/sh/v3/syntax"

	"hardenbot/actions"
)

// maxDiff is the most, in bytes of JSON, that the difference takes in the plan's
// message. One that is longer is left to the commands.
const maxDiff = 1500

// diff shows what files and rules come and go, hosts with the same together.
func diff(plan actions.Plan) []slack.Block {
	texts, who := fold(plan.Hosts,
		func(h actions.HostPlan) string { return differences(h.Change) },
		func(h actions.HostPlan) string { return h.Host.Name })
	var b strings.Builder
	for i, text := range texts {
		if text != "" && len(texts) > 1 {
			text = "## " + exact(strings.Join(who[i], ", ")) + "\n" + text
		}
		b.WriteString(text)
	}
	if b.Len() == 0 || quoted(b.String()) > maxDiff {
		return nil
	}
	return []slack.Block{section("*As a difference* – files that are written whole, and rules; whatever else is done stands in the commands"), literal(b.String())}
}

// differences are the lines that a change adds and takes away, where they
// follow from its commands exactly.
func differences(c actions.Change) string {
	var b strings.Builder
	for _, s := range c.Steps {
		if s.Call != nil {
			b.WriteString(ruleLine(*s.Call))
			continue
		}
		for _, f := range written(s.Do) {
			fmt.Fprintf(&b, "+++ %s (mode %s)\n", exact(f.path), exact(f.mode))
			for line := range strings.Lines(f.content) {
				b.WriteString("+ " + strings.TrimRight(exact(line), "\n") + "\n")
			}
		}
	}
	return b.String()
}

// ruleLine is what a call adds or takes away.
func ruleLine(call actions.Call) string {
	sign := map[string]string{actions.AuthorizeIngress: "+", actions.RevokeIngress: "-", actions.ModifyMetadata: "+"}[call.Action]
	if call.Rule == nil {
		return fmt.Sprintf("%s %s HttpTokens %s\n", sign, plain(call.Instance, 100), plain(call.Tokens, 20))
	}
	r := call.Rule
	ports := fmt.Sprintf("%s %d-%d", r.Proto, r.From, r.To)
	switch {
	case r.Proto == "-1":
		ports = "all traffic"
	case r.From == r.To:
		ports = fmt.Sprintf("%s %d", r.Proto, r.From)
	}
	from := cmp.Or(r.CIDR, r.Source, r.PrefixList)
	return strings.TrimRight(fmt.Sprintf("%s %s %s from %s %s", sign, plain(r.Group, 100), plain(ports, 50), plain(from, 100), plain(r.ID, 100)), " ") + "\n"
}

// file is one that a script writes whole.
type file struct{ path, mode, content string }

// written returns the files that a script writes in any case: those put from a
// quoted here-document before anything that could end or branch the script.
func written(script string) []file {
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(script), "")
	if err != nil {
		return nil
	}
	var files []file
	vars := map[string]string{}
	for _, stmt := range parsed.Stmts {
		call, simple := stmt.Cmd.(*syntax.CallExpr)
		if !simple || stmt.Negated || stmt.Background || ends(call) {
			return files
		}
		for _, a := range call.Assigns {
			if value, ok := wordIn(a.Value, vars); ok && len(call.Args) == 0 {
				vars[a.Name.Value] = value
			} else {
				delete(vars, a.Name.Value)
			}
		}
		if f, ok := put(stmt, call, vars); ok {
			files = append(files, f)
		}
	}
	return files
}

// ends reports whether a command ends the script, or may change what its words
// mean.
func ends(call *syntax.CallExpr) bool {
	return len(call.Args) > 0 && slices.Contains([]string{"exit", "exec", "return", "eval", ".", "unset", "read", "set"}, call.Args[0].Lit())
}

// put reads `put PATH MODE <<'END'`.
func put(stmt *syntax.Stmt, call *syntax.CallExpr, vars map[string]string) (f file, ok bool) {
	var args []string
	for _, a := range call.Args {
		arg, known := wordIn(a, vars)
		if !known {
			return file{}, false
		}
		args = append(args, arg)
	}
	if len(args) != 3 || args[0] != "put" || len(stmt.Redirs) != 1 || stmt.Redirs[0].Op != syntax.Hdoc {
		return file{}, false
	}
	r := stmt.Redirs[0]
	if r.Hdoc == nil {
		return file{args[1], args[2], ""}, true
	}
	if _, quoted := r.Word.Parts[0].(*syntax.SglQuoted); !quoted {
		return file{}, false
	}
	var content strings.Builder
	for _, part := range r.Hdoc.Parts {
		line, plain := part.(*syntax.Lit)
		if !plain {
			return file{}, false
		}
		content.WriteString(line.Value)
	}
	return file{args[1], args[2], content.String()}, true
}

// wordIn is the value of a word, if it is known without running anything.
func wordIn(w *syntax.Word, vars map[string]string) (string, bool) {
	if w == nil {
		return "", true
	}
	var b strings.Builder
	for _, part := range w.Parts {
		value, ok := valueOf(part, vars)
		if !ok {
			return "", false
		}
		b.WriteString(value)
	}
	return b.String(), true
}

func valueOf(part syntax.WordPart, vars map[string]string) (string, bool) {
	switch p := part.(type) {
	case *syntax.Lit:
		return p.Value, !strings.ContainsAny(p.Value, `\*?[~`)
	case *syntax.SglQuoted:
		return p.Value, !p.Dollar
	case *syntax.DblQuoted:
		return wordIn(&syntax.Word{Parts: p.Parts}, vars)
	case *syntax.ParamExp:
		if value, ok := vars[p.Param.Value]; ok && p.Exp == nil && p.Slice == nil && p.Repl == nil && !p.Length {
			return value, true
		}
	}
	return "", false
}
