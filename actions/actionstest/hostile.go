package actionstest

import (
	"fmt"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"hardenbot/actions"
)

// survivesHostileText puts shell code into every text of the facts, one after
// the other, and looks whether any of it could run.
func survivesHostileText(t *testing.T, r actions.Remedy, f *actions.Facts) {
	for n := range countStrings(f) {
		for _, shape := range hostileShapes {
			bad := clone(f)
			setString(bad, n, shape)
			for _, finding := range actions.Examine(bad, []actions.Remedy{r}) {
				if finding.Status == actions.NotChecked {
					continue
				}
				change, err := r.Plan(bad, finding)
				if err != nil {
					continue // refusing such a host is fine
				}
				for _, script := range scripts(change) {
					if err := CheckScript(script); err != nil {
						t.Fatalf("with the facts' text no. %d as %q: %v in:\n%s", n, shape, err, script)
					}
				}
			}
		}
	}
}

// hostileShapes are what a text is replaced with; %s is the text. None of them
// can stand in a script without quotes.
var hostileShapes = []string{
	"%s$(" + hostile + ")", "%s`" + hostile + "`", "%s'; " + hostile + " '", `%s"; ` + hostile + ` "`,
	"%s\n" + hostile + "\n", "%s " + hostile, "$" + hostile, "%s>" + hostile, "-o " + hostile,
	"%s\nCONF\n" + hostile,
}

const hostile = "hostile_word"

// CheckScript returns an error if the script is no POSIX sh, or if a word from
// hostileShapes stands in it unquoted.
func CheckScript(script string) error {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(script), "")
	if err != nil {
		return fmt.Errorf("no POSIX sh: %w", err)
	}
	var bad error
	syntax.Walk(file, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.Redirect:
			if n.Hdoc != nil && n.Word.Lit() == "" {
				return false // <<'WORD': nothing in it is expanded
			}
		case *syntax.Word:
			for _, part := range n.Parts {
				if lit, ok := part.(*syntax.Lit); ok && strings.Contains(lit.Value, hostile) {
					bad = fmt.Errorf("%q is not quoted", lit.Value)
				}
			}
		case *syntax.ParamExp:
			if strings.Contains(n.Param.Value, hostile) {
				bad = fmt.Errorf("$%s is expanded", n.Param.Value)
			}
		}
		return bad == nil
	})
	return bad
}
