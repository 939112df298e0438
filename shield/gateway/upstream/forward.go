package upstream

import (
	"net/http"
	"net/http/httputil"
	"net/netip"
	"slices"
	"strings"
)

// forwarded are the headers by which proxies tell who a visitor is; backends believe them. Those that
// are set here are set afresh, and the others are not passed on.
var forwarded = map[string]bool{
	"Forwarded": true, "X-Forwarded": true, "X-Forwarded-For": true, "X-Forwarded-Host": true, "X-Forwarded-Proto": true, "X-Forwarded-Port": true,
	"X-Forwarded-Server": true, "X-Forwarded-Scheme": true, "X-Forwarded-Ssl": true, "X-Forwarded-Prefix": true, "X-Forwarded-Protocol": true,
	"X-Real-Ip": true, "X-Client-Ip": true, "X-Cluster-Client-Ip": true, "X-Original-Forwarded-For": true, "X-Original-Url": true, "X-Rewrite-Url": true,
	"X-Original-Host": true, "X-Host": true, "X-Url-Scheme": true, "Front-End-Https": true,
	"True-Client-Ip": true, "Cf-Connecting-Ip": true, "Fastly-Client-Ip": true,
	"Proxy":          true, // CGI programs read it as HTTP_PROXY (CVE-2016-5385)
	"Http2-Settings": true, // of an upgrade to h2c
}

// spoofs says whether backends may read a header as one of these: CGI and WSGI make - and _ the same, and
// do not tell letters by case.
func spoofs(key string) bool {
	if forwarded[key] {
		return true
	}
	return strings.IndexByte(key, '_') >= 0 && forwarded[http.CanonicalHeaderKey(strings.ReplaceAll(key, "_", "-"))]
}

// rewrite makes what the backend is sent, after httputil took away what is meant for one hop.
func (f *flight) rewrite(pr *httputil.ProxyRequest) {
	in, out := pr.In, pr.Out
	out.Host = in.Host
	for _, h := range [...]http.Header{out.Header, out.Trailer} { // some servers put a trailer among the headers
		for key := range h {
			if spoofs(key) {
				delete(h, key)
			}
		}
	}
	v := f.pool.visitor(in)
	proto := "http"
	if v.Secure {
		proto = "https"
	}
	addr, chain := "", ""
	if v.Addr.IsValid() {
		addr = v.Addr.Unmap().WithZone("").String()
		chain = addr
		if prior := in.Header["X-Forwarded-For"]; len(prior) > 0 && f.pool.trusts(v.Addr) {
			chain = strings.Join(prior, ", ") + ", " + addr
		}
		values := []string{chain, addr}
		out.Header["X-Forwarded-For"], out.Header["X-Real-Ip"] = values[:1:1], values[1:2:2]
	}
	values := []string{in.Host, proto}
	out.Header["X-Forwarded-Host"], out.Header["X-Forwarded-Proto"] = values[:1:1], values[1:2:2]
	if up := out.Header.Get("Upgrade"); up != "" && smuggles(up) {
		out.Header.Del("Upgrade")
		out.Header.Del("Connection")
	}
}

// smuggles says whether an upgrade would let requests pass inside, unseen: h2c, HTTP/2.0, TLS/1.0.
func smuggles(protocol string) bool {
	for p := range strings.SplitSeq(protocol, ",") {
		p, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(p)), "/")
		if p == "h2c" || p == "h2" || p == "http" || p == "tls" {
			return true
		}
	}
	return false
}

func (p *Pool) visitor(r *http.Request) Visitor {
	if p.opt.Visitor != nil {
		return p.opt.Visitor(r)
	}
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return Visitor{from.Addr(), r.TLS != nil}
}

func (p *Pool) trusts(a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(p.opt.Trusted, func(n netip.Prefix) bool { return n.Contains(a) })
}
