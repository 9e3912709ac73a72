package actions_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestShare(t *testing.T) {
	for _, tc := range []struct {
		text            string
		most, least     int // of ten
		mostOf3, least3 int
		err             string
	}{
		{text: "1", most: 1, least: 1, mostOf3: 1, least3: 1},
		{text: "25%", most: 2, least: 3, mostOf3: 0, least3: 1},
		{text: "100%", most: 10, least: 10, mostOf3: 3, least3: 3},
		{text: "5", most: 5, least: 5, mostOf3: 3, least3: 5},
		{text: "0", err: "neither a number of hosts"},
		{text: "-1", err: "neither a number of hosts"},
		{text: "101%", err: "more than all of them"},
		{text: "half", err: "neither a number of hosts"},
		{text: "%", err: "neither a number of hosts"},
	} {
		s, err := actions.ParseShare(tc.text)
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%q: %v, want %q", tc.text, err, tc.err)
			}
			continue
		}
		if err != nil || s.AtMost(10) != tc.most || s.AtLeast(10) != tc.least || s.AtMost(3) != tc.mostOf3 || s.AtLeast(3) != tc.least3 {
			t.Errorf("%q: %+v, %v", tc.text, s, err)
		}
		raw, err := json.Marshal(s)
		var again actions.Share
		if err != nil || json.Unmarshal(raw, &again) != nil || again != s {
			t.Errorf("%q is %s in JSON, and %+v again", tc.text, raw, again)
		}
	}
}

func TestBatches(t *testing.T) {
	for _, tc := range []struct {
		canary int
		most   string
		hosts  int
		want   []int
	}{
		{0, "1", 3, []int{1, 1, 1}},
		{1, "2", 6, []int{1, 2, 2, 1}},
		{2, "50%", 8, []int{1, 1, 4, 2}},
		{1, "10%", 4, []int{1, 1, 1, 1}}, // less than one is one
		{5, "100%", 3, []int{1, 1, 1}},
		{0, "100%", 0, nil},
	} {
		most, err := actions.ParseShare(tc.most)
		if err != nil {
			t.Fatal(err)
		}
		if got := (actions.Rollout{Canary: tc.canary, MaxUnavailable: most}).Batches(tc.hosts); !slices.Equal(got, tc.want) {
			t.Errorf("canary %d, %s of %d hosts: %v, want %v", tc.canary, tc.most, tc.hosts, got, tc.want)
		}
	}
	if got := (actions.Rollout{}).Batches(2); !slices.Equal(got, []int{1, 1}) {
		t.Errorf("without a word on it: %v", got)
	}
}

func TestRoom(t *testing.T) {
	for _, tc := range []struct {
		room                  actions.Room
		members, out, serving int
		want                  string
	}{
		{actions.Room{}, 4, 0, 3, ""},
		{actions.Room{}, 4, 1, 2, "1 of its 4 members is out already, and rollout.max_unavailable (0) allows 1"},
		{actions.Room{}, 1, 0, 0, "0 of its 1 members would serve"},
		{actions.Room{Out: actions.Share{Percent: 50}}, 4, 1, 2, ""},
		{actions.Room{Out: actions.Share{Percent: 50}}, 4, 2, 1, "2 of its 4 members are out already"},
		{actions.Room{Out: actions.Share{Count: 3}, Keep: actions.Share{Percent: 60}}, 4, 1, 2, "2 of its 4 members would serve, and rollout.min_healthy (60%) wants 3"},
	} {
		if got := tc.room.Refuses(tc.members, tc.out, tc.serving); (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%+v of %d, %d out, %d serving: %q, want %q", tc.room, tc.members, tc.out, tc.serving, got, tc.want)
		}
	}
}
