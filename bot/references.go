package bot

import "regexp"

// sources tells where a reference of the catalogue can be read, by how it is
// written there.
var sources = []struct {
	written *regexp.Regexp
	address string // with the parts of what is written
}{
	{regexp.MustCompile(`^(CVE-\d{4}-\d{4,9})$`), "https://nvd.nist.gov/vuln/detail/$1"},
	{regexp.MustCompile(`^Lynis ([A-Z]{4}-\d{4})$`), "https://cisofy.com/lynis/controls/$1/"},
	{regexp.MustCompile(`^CIS Ubuntu [0-9., ]+$`), "https://www.cisecurity.org/benchmark/ubuntu_linux"},
	{regexp.MustCompile(`^CIS Debian [0-9., ]+$`), "https://www.cisecurity.org/benchmark/debian_linux"},
	{regexp.MustCompile(`^dev-sec sshd[0-9a-z, -]*$`), "https://dev-sec.io/baselines/ssh/"},
	{regexp.MustCompile(`^Mozilla OpenSSH guidelines$`), "https://infosec.mozilla.org/guidelines/openssh"},
	{regexp.MustCompile(`^Prowler ([a-z0-9_]{1,100})$`), "https://hub.prowler.com/check/$1"},
	{regexp.MustCompile(`^AWS Security Hub EC2\.(\d{1,3})$`), "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-$1"},
}

// reference shows a reference as a link, if it is known where it leads, and
// else as words.
func reference(written string) string {
	for _, s := range sources {
		if m := s.written.FindStringSubmatchIndex(written); m != nil {
			return "<" + string(s.written.ExpandString(nil, s.address, written, m)) + "|" + words(written, 100) + ">"
		}
	}
	return words(written, 100)
}
