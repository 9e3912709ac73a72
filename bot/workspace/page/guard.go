package page

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// policy lets the page load its own files and talk to its own server, and no more.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const tokenHeader = "X-Page-Token"

// guard keeps foreign pages out. A page that was rebound to the loopback's address
// still sends its own name as Host; a foreign page that posts here sends its own
// Origin; and no foreign page can read the token.
func (s *server) guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy":      policy,
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Referrer-Policy":              "no-referrer",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
		} {
			rw.Header().Set(name, value)
		}
		switch {
		case !isLoopback(req.Host):
			http.Error(rw, "This page answers to localhost only. Open it as http://localhost or http://127.0.0.1, with its port.", http.StatusMisdirectedRequest)
		case req.Method == http.MethodPost && !s.hasToken(req):
			http.Error(rw, "The page is out of date. Load it again.", http.StatusForbidden)
		default:
			sameOrigin.ServeHTTP(rw, req)
		}
	})
}

func (s *server) hasToken(req *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(req.Header.Get(tokenHeader)), []byte(s.token)) == 1
}

// isLoopback accepts localhost and loopback addresses, with or without a port.
func isLoopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}
