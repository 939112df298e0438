package guard

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// told are the fields by which gateways tell of a visitor. No judge sees them as a visitor's.
var told = []string{
	"X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Server",
	"X-Real-Ip", "Forwarded", "X-Evenkeel-Ja4", "X-Evenkeel-Stable", "X-Evenkeel-Port",
}

// only returns a field's one value. Many are broken, since a visitor may have sent one of them; none is lacking.
func only(h http.Header, name string) (string, fault) {
	switch v := h[name]; {
	case len(v) > 1:
		return "", broken
	case len(v) == 0 || v[0] == "":
		return "", lacking
	default:
		return v[0], whole
	}
}

// visitor returns the address of a visitor: the last hop that is no gateway's. hops are the values of X-Forwarded-For, where each
// proxy adds at the end whom it saw. What stands before a hop that is not trusted is that one's word, and is not read. Where all are
// gateways, the first is the visitor.
func (g *Guard) visitor(hops []string) (last netip.Addr, ok bool) {
	for i := len(hops) - 1; i >= 0; i-- {
		for list := hops[i]; list != ""; {
			at := strings.LastIndexByte(list, ',')
			one := strings.Trim(list[at+1:], " \t")
			list = list[:max(at, 0)]
			if one == "" {
				continue
			}
			a, ok := hop(one)
			if !ok {
				return last, last.IsValid()
			}
			if last = a; !g.trusts(a) {
				return last, true
			}
		}
	}
	return last, last.IsValid()
}

// hop reads an address as proxies write it: alone, in brackets, with a port, or both.
func hop(s string) (netip.Addr, bool) {
	if len(s) > 80 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		p, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = p.Addr()
	}
	return a.Unmap().WithZone(""), true
}

// target reads the path and query of a request line (RFC 9112, section 3.2) into u.
func target(u *url.URL, s string) bool {
	if s == "" || len(s) > MostTarget {
		return false
	}
	simple := s[0] == '/'
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f:
			return false
		case c == '%' || c == '#' || c == '[' || c == ']' || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c >= '{':
			simple = false
		}
	}
	if simple && !strings.HasPrefix(s, "//") {
		path, query, asked := strings.Cut(s, "?")
		*u = url.URL{Path: path, RawQuery: query, ForceQuery: asked && query == ""}
		return true
	}
	if s == "*" { // OPTIONS *
		*u = url.URL{Path: s}
		return true
	}
	if s[0] == '/' { // a path that begins with two slashes is no host
		path, query, _ := strings.Cut(s, "?")
		unescaped, err := url.PathUnescape(path)
		if err != nil {
			return false
		}
		*u = url.URL{Path: unescaped, RawPath: path, RawQuery: query}
		return true
	}
	p, err := url.ParseRequestURI(s)
	if err != nil || p.Host == "" {
		return false
	}
	*u = url.URL{Path: p.Path, RawPath: p.RawPath, RawQuery: p.RawQuery}
	if u.Path == "" {
		u.Path = "/"
	}
	return true
}

// token says whether s is a method (RFC 9110, section 5.6.2).
func token(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return true
}

// host says whether s may stand for a host with its port, which is all that is asked of it here.
func host(s string) bool {
	if s == "" || len(s) > 253+6 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"#/<>?@\^{|},;`, c) >= 0 {
			return false
		}
	}
	return true
}

// fieldValue says whether s can be sent as the value of one field.
func fieldValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// measure bounds a header.
func measure(h http.Header) fault {
	fields, size := 0, 0
	for name, values := range h {
		for _, v := range values {
			fields++
			size += len(name) + len(v) + 4
		}
	}
	if fields > MostFields || size > MostHeader {
		return large
	}
	return whole
}

// port reads a visitor's port; 0 where there is none.
func port(s string) uint16 {
	if s == "" { // an error would cost an allocation
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// hello takes what a sieve told of a visitor's hello.
func (g *Guard) hello(a *Ask, ja4, stable string) {
	if !g.config.Hellos {
		return
	}
	if len(ja4) <= 64 {
		a.JA4 = ja4
	}
	if len(stable) != 16 {
		return
	}
	var n uint64
	for i := 0; i < len(stable); i++ {
		d := strings.IndexByte("0123456789abcdef", stable[i])
		if d < 0 {
			return
		}
		n = n<<4 | uint64(d)
	}
	a.Stable = n
}

// set fills a question with what was read.
func (q *asking) set(method, uri, name string, header http.Header) fault {
	if !token(method) || name != "" && !host(name) || !target(&q.url, uri) {
		if len(uri) > MostTarget {
			return large
		}
		return broken
	}
	for _, name := range told {
		delete(header, name)
	}
	q.request.Method, q.request.URL, q.request.Host, q.request.RequestURI, q.request.Header = method, &q.url, name, uri, header
	q.request.Proto, q.request.ProtoMajor, q.request.ProtoMinor, q.request.Body = "HTTP/1.1", 1, 1, http.NoBody
	q.Request = &q.request
	return whole
}
