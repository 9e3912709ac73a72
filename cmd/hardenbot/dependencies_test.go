package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// mayImport draws the house: which of the project's packages a package may
// import, besides those below itself. Tests may import anything.
var mayImport = map[string][]string{
	"actions":             {},
	"actions/actionstest": {"actions"},
	"actions/calendar":    {"actions"},
	"actions/cloud":       {"actions", "actions/host", "actions/inventory"},
	"actions/dpkgstate":   {},
	"actions/factor":      {"actions"},
	"actions/guards":      {"actions", "actions/sshdconfig"},
	"actions/haproxy":     {"actions"},
	"actions/host":        {"actions", "actions/dpkgstate", "actions/sshdconfig"},
	"actions/inventory":   {"actions"},
	"actions/remedies":    {"actions", "actions/dpkgstate"},
	"actions/sshdconfig":  {},
	"bot":                 {"actions"},
	"bot/workspace":       {},
	"bot/workspace/page":  {"bot/workspace"},
	"cmd/hardenbot":       {"actions", "actions/calendar", "actions/cloud", "actions/cloud/awsfake", "actions/factor", "actions/guards", "actions/haproxy", "actions/host", "actions/host/simhost", "actions/inventory", "actions/remedies", "bot", "bot/workspace", "bot/workspace/page", "store"},
	"deploy":              {},
	"deploy/lab":          {},
	"store":               {"actions"},
}

// TestImportsPointOneWay keeps the dependencies as the table draws them, and
// the vocabulary free of everything but the standard library.
func TestImportsPointOneWay(t *testing.T) {
	for _, pkg := range packages(t) {
		name := strings.TrimPrefix(pkg.ImportPath, "hardenbot/")
		allowed, known := rule(name)
		if !known {
			t.Errorf("%s stands in no rule of mayImport", name)
		}
		for _, imported := range pkg.Imports {
			ours, isOurs := strings.CutPrefix(imported, "hardenbot/")
			switch {
			case isOurs && !strings.HasPrefix(ours+"/", name+"/") && !slices.Contains(allowed, ours):
				t.Errorf("%s imports %s", name, ours)
			case name == "actions" && !isOurs && strings.Contains(strings.Split(imported, "/")[0], "."):
				t.Errorf("actions imports %s, which is not of the standard library", imported)
			}
		}
	}
}

// rule finds the package's own rule, or that of the folder it is in.
func rule(name string) ([]string, bool) {
	for dir := name; dir != "."; dir = path.Dir(dir) {
		if allowed, ok := mayImport[dir]; ok {
			return append(allowed, dir), true
		}
	}
	return nil, false
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "hardenbot/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
