package door

import (
	"net"
	"net/http"
	"strings"
)

// acme is where certificate authorities ask for an answer by HTTP (RFC 8555, section 8.3).
const acme = "/.well-known/acme-challenge/"

// Plain serves the port without TLS: what a certificate authority asks goes to challenge, if that is not nil, and everybody else is
// sent to the same address by https, at a port other than 443 if that is not 0. Of hosts that are not known
// (addresses and what is no name among them) nothing is said but 421, for a redirect to anywhere is somebody's tool.
func Plain(challenge http.Handler, known func(host string) bool, port string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		name, kind := naming([]byte(host))
		w.Header().Set("Connection", "close")
		if kind != Named || known != nil && !known(name) {
			http.Error(w, "No site of that name is served here.", http.StatusMisdirectedRequest)
			return
		}
		if challenge != nil && strings.HasPrefix(r.URL.Path, acme) {
			challenge.ServeHTTP(w, r)
			return
		}
		to := name
		if port != "" && port != "443" {
			to = net.JoinHostPort(name, port)
		}
		code := http.StatusPermanentRedirect // keeps the method, and what was sent with it
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			code = http.StatusMovedPermanently
		}
		w.Header().Set("Location", "https://"+to+r.URL.RequestURI())
		w.WriteHeader(code)
	})
}
