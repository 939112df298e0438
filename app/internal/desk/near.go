package desk

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

type nearKey struct{}

// Near tells next which requests come from this machine and mean it: see Here.
func Near(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Here(r) {
			r = r.WithContext(context.WithValue(r.Context(), nearKey{}, true))
		}
		next.ServeHTTP(w, r)
	})
}

func near(ctx context.Context) bool { return ctx.Value(nearKey{}) != nil }

// Here says whether a request was made on this machine and asks for this machine. The address
// alone does not say so: a proxy passes strangers on, and a name that somebody else's page
// points at 127.0.0.1 has a browser ask in the name of who sits here.
func Here(r *http.Request) bool {
	for _, h := range [...]string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if len(r.Header[h]) > 0 {
			return false
		}
	}
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}
