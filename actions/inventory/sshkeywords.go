package inventory

import "strings"

// applied are the keywords of ssh_config(5) that completing a host reads.
var applied = set(`hostname port user identityfile certificatefile proxyjump hostkeyalias`)

// passedOver are the keywords of ssh_config(5) that change neither where a
// connection goes nor who logs in with which key. Host keys are always checked
// against ssh.known_hosts, whatever the file says.
var passedOver = set(`
	addkeystoagent batchmode canonicaldomains canonicalizefallbacklocal
	canonicalizemaxdots canonicalizepermittedcnames casignaturealgorithms
	channeltimeout checkhostip ciphers clearallforwardings compression
	connectionattempts connecttimeout controlmaster controlpath controlpersist
	dynamicforward enableescapecommandline enablesshkeysign escapechar
	exitonforwardfailure fingerprinthash forkafterauthentication forwardagent
	forwardx11 forwardx11timeout forwardx11trusted gatewayports
	globalknownhostsfile gssapiauthentication gssapidelegatecredentials
	hashknownhosts hostbasedacceptedalgorithms hostbasedauthentication
	hostkeyalgorithms identitiesonly ipqos kbdinteractiveauthentication
	kbdinteractivedevices kexalgorithms localcommand localforward loglevel
	logverbose macs nohostauthenticationforlocalhost numberofpasswordprompts
	obscurekeystroketiming passwordauthentication permitlocalcommand
	permitremoteopen preferredauthentications pubkeyacceptedalgorithms
	pubkeyacceptedkeytypes pubkeyauthentication rekeylimit remotecommand
	remoteforward requesttty requiredrsasize sendenv serveralivecountmax
	serveraliveinterval sessiontype setenv stdinnull streamlocalbindmask
	streamlocalbindunlink stricthostkeychecking syslogfacility tcpkeepalive
	updatehostkeys userknownhostsfile verifyhostkeydns visualhostkey
	xauthlocation`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
