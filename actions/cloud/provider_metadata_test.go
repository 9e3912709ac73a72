package cloud_test

import (
	"bytes"

	"hardenbot/actions"
	"hardenbot/actions/cloud/cloudtest"
)

func provideMetadata(w *world) {
	id := w.server("web-1", w.subnet(w.vpc("10.7.0.0/16"), "10.7.1.0/24"), "10.7.1.10")
	p := w.provider()
	w.makes(p, tokensCall(id, "optional"), 0, "Nothing had to be done: the metadata tokens of instance "+id+" are optional already.")
	w.makes(p, tokensCall(id, "required"), 0, "Done: the metadata tokens of instance "+id+" are required.")
	w.makes(p, tokensCall(id, "required"), 0, "Nothing had to be done")
	if c := w.told(p.Client, host("web-1", "10.7.1.10"))["web-1"]; c.MetadataV1 {
		w.t.Error("the metadata still answer without a token")
	}
	w.makes(p, tokensCall(id, "optional"), 0, "Done")
	w.makes(p, tokensCall("i-0123456789abcdef0", "required"), 1, "There is no instance i-0123456789abcdef0 in eu-west-1. Nothing was changed.")
	for _, c := range w.forms(actions.ModifyMetadata) {
		for _, key := range []string{"HttpEndpoint", "HttpPutResponseHopLimit", "HttpProtocolIpv6", "InstanceMetadataTags"} {
			if c.Form.Has(key) {
				w.t.Errorf("%s is sent too", key)
			}
		}
	}
}

func providePending(w *world) {
	id := w.server("web-1", w.subnet(w.vpc("10.7.0.0/16"), "10.7.1.0/24"), "10.7.1.10")
	pending := cloudtest.Fault{Action: readServer, Times: 3, Rewrite: func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte("<state>applied</state>"), []byte("<state>pending</state>"))
	}}
	w.proxy.Inject(pending)
	w.makes(w.provider(), tokensCall(id, "required"), 0, "Done")
	w.same("looks and calls", []int{w.proxy.Count(readServer), w.proxy.Count(actions.ModifyMetadata)}, []int{4, 1})
	w.proxy.Inject(pending)
	w.makes(w.provider(), tokensCall(id, "required"), 0, "Done") // somebody asked for it just before
	w.same("looks and calls", []int{w.proxy.Count(readServer), w.proxy.Count(actions.ModifyMetadata)}, []int{8, 1})
}
