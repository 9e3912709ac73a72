package bot

import (
	"strings"
	"testing"

	catalogue "hardenbot/actions/remedies"
)

func TestReferencesLeadToWhatTheyName(t *testing.T) {
	for _, tt := range []struct{ written, want string }{
		{"CVE-2024-6387", "<https://nvd.nist.gov/vuln/detail/CVE-2024-6387|CVE-2024-6387>"},
		{"Lynis TOOL-5102", "<https://cisofy.com/lynis/controls/TOOL-5102/|Lynis TOOL-5102>"},
		{"CIS Ubuntu 24.04 5.1.13, 5.1.16", "<https://www.cisecurity.org/benchmark/ubuntu_linux|CIS Ubuntu 24.04 5.1.13, 5.1.16>"},
		{"AWS Security Hub EC2.18", "<https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-18|AWS Security Hub EC2.18>"},
		{"a book", "a book"},
		{"Prowler x|y>z", "Prowler x|y&gt;z"},
	} {
		if got := reference(tt.written); got != tt.want {
			t.Errorf("%q is shown as %q, want %q", tt.written, got, tt.want)
		}
	}
}

// Most of the catalogue's references can be followed.
func TestCatalogueIsLinked(t *testing.T) {
	linked, all := 0, 0
	for _, r := range catalogue.All() {
		for _, written := range r.References {
			all++
			if strings.HasPrefix(reference(written), "<https://") {
				linked++
			}
		}
	}
	if linked < all-2 {
		t.Errorf("%d of %d references are links", linked, all)
	}
}
