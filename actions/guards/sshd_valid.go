package guards

import (
	"context"
	_ "embed" // the script
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"hardenbot/actions"
	"hardenbot/actions/sshdconfig"
)

//go:embed sshd_valid.sh
var sshdValidScript string

// sshdValid tries a drop-in on a copy of sshd's configuration. What counts is
// what sshd makes of it (`sshd -T -C user=…`), never the text of a file: a
// Match block or a file that is read earlier can win. Its arguments:
//
//	path, content   the drop-in
//	include         "true" if the main file is to include it
//	users           for whom the result has to count, one a line
//	want            KEYWORD=VALUE a line, what has to count; VALUE may be "1|2|3"
var sshdValid = actions.Guard{
	Name: "sshd-valid",
	Says: "sshd accepts the change, and nothing in its configuration overrides it",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		if no, missing := needs(q.Facts, actions.SectionSSHD); missing {
			return no
		}
		want := wanted(q.Args["want"])
		users := strings.FieldsFunc(q.Args["users"], func(r rune) bool { return r == '\n' })
		body, err := sshdTryScript(q.Args, users, want)
		if err != nil {
			return actions.Refuse("this could not be checked: "+err.Error(), "rename the account and ask again")
		}
		out, no := look(ctx, q, body)
		if no != nil {
			return *no
		}
		return judgeSSHD(parseSSHDTry(out.Stdout), append([]string{""}, users...), want, q.Facts.Accounts)
	},
}

// sshdTryScript sets the script's inputs, each quoted.
func sshdTryScript(args map[string]string, users []string, want []wish) (string, error) {
	var keywords []string
	for _, w := range want {
		keywords = append(keywords, w.keyword)
		if w.keyword == "kbdinteractiveauthentication" {
			keywords = append(keywords, "challengeresponseauthentication", "skeyauthentication") // aliases
		}
	}
	var b strings.Builder
	if err := assign(&b, [][2]string{
		{"path", args["path"]}, {"include", args["include"]}, {"keywords", strings.Join(keywords, "|")},
	}); err != nil {
		return "", err
	}
	lines, err := quoted(strings.Split(args["content"], "\n"))
	if err != nil {
		return "", err
	}
	b.WriteString("content=$(printf '%s\\n'" + lines + ")\n")
	names, err := quoted(users)
	if err != nil {
		return "", err
	}
	b.WriteString("set --" + names + "\n")
	return b.String() + sshdconfig.Functions + sshdValidScript, nil
}

// assign writes variables of a shell script, each value quoted.
func assign(b *strings.Builder, variables [][2]string) error {
	for _, v := range variables {
		word, err := syntax.Quote(v[1], syntax.LangPOSIX)
		if err != nil {
			return fmt.Errorf("%s %q cannot be passed to a shell safely", v[0], v[1])
		}
		b.WriteString(v[0] + "=" + word + "\n")
	}
	return nil
}

// quoted returns each value as a word of its own, a space before each.
func quoted(values []string) (string, error) {
	var b strings.Builder
	for _, v := range values {
		word, err := syntax.Quote(v, syntax.LangPOSIX)
		if err != nil {
			return "", fmt.Errorf("%q cannot be passed to a shell safely", v)
		}
		b.WriteString(" " + word)
	}
	return b.String(), nil
}
