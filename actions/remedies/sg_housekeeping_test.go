package remedies_test

import (
	"testing"

	"hardenbot/actions"
)

func TestCloudHousekeeping(t *testing.T) {
	mail := []actions.IngressRule{{ID: "sgr-1", Proto: "tcp", From: 25, To: 25, CIDR: "10.0.0.0/8"}}
	carries := func(groups ...actions.SecurityGroup) func(*actions.Facts) {
		return func(f *actions.Facts) { f.Cloud.Interfaces[0].Groups = groups }
	}
	for _, c := range []struct {
		name, remedy string
		change       func(*actions.Facts)
		title        string // none for nothing
	}{
		{"default group with rules", "sg-default-used", carries(actions.SecurityGroup{ID: "sg-1", Name: "default", Rules: mail}),
			"The host carries the default security group sg-1"},
		{"default group on two interfaces", "sg-default-used", func(f *actions.Facts) {
			carries(actions.SecurityGroup{ID: "sg-1", Name: "default", Rules: mail})(f)
			f.Cloud.Interfaces = append(f.Cloud.Interfaces, f.Cloud.Interfaces[0])
		}, "The host carries the default security group sg-1"},
		{"default group without rules", "sg-default-used", carries(actions.SecurityGroup{ID: "sg-1", Name: "default"}), ""},
		{"another group", "sg-default-used", carries(actions.SecurityGroup{ID: "sg-1", Name: "default-web", Rules: mail}), ""},
		{"default, not in the cloud", "sg-default-used", func(f *actions.Facts) { f.Cloud = nil }, ""},
		{"a group that nothing uses", "sg-unused", func(f *actions.Facts) { f.Cloud.Unused = []actions.SecurityGroup{{ID: "sg-1", Name: "old"}} },
			"Nothing uses the security group sg-1 (old)"},
		{"every group is used", "sg-unused", func(*actions.Facts) {}, ""},
		{"unused, not in the cloud", "sg-unused", func(f *actions.Facts) { f.Cloud = nil }, ""},
		{"metadata without tokens", "imds-v1", func(f *actions.Facts) { f.Cloud.MetadataV1 = true }, "The instance metadata answers without a token"},
		{"metadata with tokens", "imds-v1", func(*actions.Facts) {}, ""},
		{"no instance", "imds-v1", func(f *actions.Facts) { f.Cloud = nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := soundInCloud()
			c.change(f)
			var title string
			for _, finding := range actions.Examine(f, []actions.Remedy{find(t, c.remedy)}) {
				title += finding.Title
			}
			if title != c.title {
				t.Errorf("finds %q, want %q", title, c.title)
			}
		})
	}
}

func TestMetadataIsSilentAfterItsChange(t *testing.T) {
	f := brokenInCloud()
	change, _, err := actions.Derive(f, find(t, "imds-v1"), "")
	if err != nil {
		t.Fatal(err)
	}
	silent(t, f, change)
	if after := f.Cloud.After(calls(change)); !after.After([]actions.Call{*change.Steps[0].UndoCall}).MetadataV1 {
		t.Error("undone, the metadata still requires tokens")
	}
}
