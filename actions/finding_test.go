package actions_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestExamineSaysNotCheckedWhenFactsAreMissing(t *testing.T) {
	facts := &actions.Facts{Absent: map[actions.Section]string{actions.SectionSSHD: "needs root"}}
	found := actions.Examine(facts, []actions.Remedy{actionstest.Weak()})
	if len(found) != 1 || found[0].Status != actions.NotChecked || !strings.Contains(found[0].Evidence[0], "needs root") {
		t.Errorf("found %+v", found)
	}
}

func TestPrioritiseFollowsTheLayersThenRankThenHost(t *testing.T) {
	always := func(says string) func(*actions.Facts) []actions.Evidence {
		return func(*actions.Facts) []actions.Evidence { return []actions.Evidence{{Says: []string{says}}} }
	}
	catalogue := []actions.Remedy{
		{ID: "prevent", Layer: actions.Prevention, Check: always("a")},
		{ID: "patch", Layer: actions.Patch, Check: always("b")},
		{ID: "access-2", Layer: actions.Access, Rank: 2, Check: always("c")},
		{ID: "access-1", Layer: actions.Access, Rank: 1, Check: always("d")},
		{ID: "expose", Layer: actions.Exposed, Check: func(*actions.Facts) []actions.Evidence {
			return []actions.Evidence{{Subject: "9100/tcp", Rank: 2}, {Subject: "3306/tcp", Rank: 1}}
		}},
		{ID: "unseen", Layer: actions.Exposed, Needs: []actions.Section{actions.SectionSSHD}},
	}
	var found []actions.Finding
	for _, host := range []string{"web-10", "web-2"} {
		facts := &actions.Facts{Host: actions.Host{Name: host}, Absent: map[actions.Section]string{actions.SectionSSHD: "no"}}
		found = append(found, actions.Examine(facts, catalogue)...)
	}
	actions.Prioritise(found)
	var got []string
	for i, f := range found {
		if f.Priority != i+1 {
			t.Errorf("priority %d at place %d", f.Priority, i+1)
		}
		got = append(got, f.Remedy+f.Subject+"@"+f.Host)
	}
	want := []string{
		"expose3306/tcp@web-2", "expose3306/tcp@web-10", "expose9100/tcp@web-2", "expose9100/tcp@web-10",
		"access-1@web-2", "access-1@web-10", "access-2@web-2", "access-2@web-10",
		"patch@web-2", "patch@web-10", "prevent@web-2", "prevent@web-10",
		"unseen@web-2", "unseen@web-10",
	}
	if !slices.Equal(got, want) {
		t.Errorf("order\n got %v\nwant %v", got, want)
	}
	if groups := actions.Grouped(found); len(groups) != 7 || strings.Join(groups[0].Hosts(), " ") != "web-2 web-10" {
		t.Errorf("groups %+v", groups)
	}
}

func TestNaturalCompare(t *testing.T) {
	names := []string{"web-10", "web-2", "db-1", "web-02", "web-2a", "web-99999999999999999999", "web"}
	slices.SortFunc(names, actions.NaturalCompare)
	want := "db-1 web web-2 web-2a web-02 web-10 web-99999999999999999999"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFindingIDIsStableAndTellsFindingsApart(t *testing.T) {
	const id = "F-" // the golden value guards what people link to
	a := actions.FindingID("port-exposed", "web-1", "3306/tcp")
	if a != actions.FindingID("port-exposed", "web-1", "3306/tcp") || !strings.HasPrefix(a, id) {
		t.Errorf("id %s is not stable", a)
	}
	if a == actions.FindingID("port-exposed", "web-13", "306/tcp") {
		t.Error("ids of different findings are the same")
	}
}

func TestExposures(t *testing.T) {
	listeners := []actions.Listener{
		{Proto: "tcp", Address: "0.0.0.0", Port: 3306}, {Proto: "tcp", Address: "127.0.0.1", Port: 6379},
		{Proto: "tcp", Address: "10.0.0.5", Port: 9100}, {Proto: "tcp", Address: "::1", Port: 80},
		{Proto: "tcp", Address: "*", Port: 80}, {Proto: "tcp", Address: "::ffff:127.0.0.1", Port: 81},
	}
	for _, tc := range []struct {
		public bool
		want   string
	}{
		{true, "3306 internet, 6379 host, 9100 internal, 80 internet, 81 host"},
		{false, "3306 internal, 6379 host, 9100 internal, 80 internal, 81 host"},
	} {
		f := &actions.Facts{Host: actions.Host{Public: tc.public}, Listeners: listeners}
		var got []string
		for _, e := range actions.Exposures(f) {
			got = append(got, strings.TrimSpace(strings.Join([]string{strconv.Itoa(e.Listener.Port), string(e.Reach)}, " ")))
		}
		if strings.Join(got, ", ") != tc.want {
			t.Errorf("public %v: got %v, want %s", tc.public, got, tc.want)
		}
	}
}
