package desk

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/evenkeel/evenkeel/watch/intake/receive"
)

type (
	nearKey struct{}
	fromKey struct{}
)

// Near tells next where requests come from, and which of them come from this machine and mean
// it: see Here.
func Near(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), fromKey{}, source(r))
		if Here(r) {
			ctx = context.WithValue(ctx, nearKey{}, true)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// source is the address of a request as staff takes it, which counts none of this machine. That
// of a proxy on this machine is nobody's: the zero address.
func source(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	from := at.Addr().Unmap()
	if err != nil || from.IsLoopback() && !Here(r) {
		return netip.Addr{}
	}
	return from
}

func from(ctx context.Context) netip.Addr {
	a, _ := ctx.Value(fromKey{}).(netip.Addr)
	return a
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
	return receive.OwnMachine(r)
}
