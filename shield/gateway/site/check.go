package site

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// Check says what is wrong with a site, the first thing of it, as an error of KindInvalid.
func (s *Site) Check() error {
	var first error
	s.check(func(place, hint, says string) {
		if first == nil {
			e := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("site %q: %s: %s", clip(string(s.ID)), place, says)}
			if hint != "" {
				e.Says += "; " + hint
			}
			first = e
		}
	})
	return first
}

// telling notes one thing that is wrong: where in the site, as documents name it (backends[0].weight),
// what to write instead, and what is wrong.
type telling func(place, hint, says string)

func (t telling) tell(place, hint, format string, args ...any) {
	t(place, hint, fmt.Sprintf(format, args...))
}

// within wants low ≤ n ≤ high.
func within[T int | int64 | time.Duration](t telling, place string, n, low, high T) {
	if n < low || n > high {
		t.tell(place, fmt.Sprintf("expected %v to %v", low, high), "it is %v", n)
	}
}

// few wants at most so many of something.
func (t telling) few(place string, n, low, high int) {
	if n < low || n > high {
		t.tell(place, fmt.Sprintf("expected %d to %d", low, high), "there are %d", n)
	}
}

func (s *Site) check(t telling) {
	for _, x := range [...]struct{ place, id string }{{"site", string(s.ID)}, {"tenant", string(s.Tenant)}, {"asset", string(s.Asset)}} {
		if err := evenkeel.CheckID("it", x.id); err != nil {
			t.tell(x.place, "", "%s", err)
		}
	}
	s.checkNames(t)
	t.few("backends", len(s.Backends), 1, MaxBackends)
	seen := map[string]int{}
	for i, b := range s.Backends {
		at := fmt.Sprintf("backends[%d]", i)
		if first, ok := seen[b.URL()]; ok {
			t.tell(at+".url", "", "%s is backend %d already", clip(b.URL()), first+1)
		}
		seen[b.URL()] = i
		b.check(t, at)
	}
	h, w := s.Health, s.Timeouts
	within(t, "health.interval", h.Interval, time.Second, 10*time.Minute)
	within(t, "health.timeout", h.Timeout, 100*time.Millisecond, max(h.Interval, 100*time.Millisecond))
	within(t, "health.rise", h.Rise, 1, 10)
	within(t, "health.fall", h.Fall, 1, 10)
	if h.Low < 200 || h.High > 599 || h.Low > h.High {
		t.tell("health.status", "expected a status from 200 to 599, such as 204, or a range such as 200-399", "it is %d-%d", h.Low, h.High)
	}
	within(t, "timeouts.connect", w.Connect, 100*time.Millisecond, time.Minute)
	within(t, "timeouts.answer", w.Answer, 100*time.Millisecond, time.Hour)
	within(t, "timeouts.idle", w.Idle, time.Second, 24*time.Hour)
	within(t, "retries", s.Retries, 0, 3)
	within(t, "connections", s.Connections, 1, 1<<16)
	within(t, "weight", s.Weight, 1, MaxWeight)
	s.checkCertificates(t)
	s.checkPaths(t)
	t.few("allowed", len(s.Allowed), 0, MaxAllowed)
	for i, n := range s.Allowed {
		if !n.IsValid() || n.Masked() != n || n.Bits() == 0 || n.Addr().Is4In6() {
			t.tell(fmt.Sprintf("allowed[%d]", i), "", "%s is no network; expected one such as 192.0.2.0/24 or 2001:db8::/32, and not all addresses", n)
		}
	}
	s.Attack.check(t)
	checkTexts(t, "maintenance", s.Maintenance)
	t.few("updates", len(s.Updates), 0, MaxUpdates)
	for i, u := range s.Updates {
		at := fmt.Sprintf("updates[%d]", i)
		switch {
		case u.At == 0:
			t.tell(at+".at", "", "it says not when it was made")
		case len(u.Says) == 0:
			t.tell(at+".says", "expected a text by language, such as {en: the disk is being replaced}", "it says nothing")
		case i > 0 && u.At < s.Updates[i-1].At:
			t.tell(at+".at", "the newest stands last", "it is older than the one before it")
		}
		checkTexts(t, at+".says", u.Says)
	}
}

func (s *Site) checkNames(t telling) {
	t.few("names", len(s.Names), 1, MaxNames)
	seen := map[string]bool{}
	for i, name := range s.Names {
		at := fmt.Sprintf("names[%d]", i)
		normal, err := Name(name)
		switch {
		case err != nil:
			t.tell(at, "", "%s", err)
		case normal != name:
			t.tell(at, "write "+normal, "%q is not the normal form", name)
		case seen[name]:
			t.tell(at, "", "%s is there twice", name)
		}
		seen[name] = true
	}
}

func (b Backend) check(t telling, at string) {
	host, port := b.apart()
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil, n == 0, strconv.FormatUint(n, 10) != port:
		t.tell(at+".url", "", "the address %q is not host:port with a port from 1 to 65535", clip(b.Address))
	case !isAddress(host) && !isName(host):
		t.tell(at+".url", "", "the host %q is neither a name nor an address", clip(host))
	}
	if b.Name != "" && (!b.Secure || !isName(b.Name)) {
		t.tell(at+".name", "expected the host name in the certificate of an https backend", "it is %q", clip(b.Name))
	}
	if b.Check != "" {
		checkPath(t, at+".check", b.Check, false)
	}
	within(t, at+".weight", b.Weight, 1, MaxWeight)
}

// apart is host and port of the address, the host without brackets.
func (b Backend) apart() (host, port string) {
	i := strings.LastIndexByte(b.Address, ':')
	if i < 0 {
		return b.Address, ""
	}
	host, port = b.Address[:i], b.Address[i+1:]
	if inner, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(inner, "]") && strings.Contains(inner, ":") {
		host = inner[:len(inner)-1]
	} else if strings.Contains(host, ":") {
		port = "" // an IPv6 address without brackets: nobody knows where it ends
	}
	return host, port
}

// isName says whether a host is an exact, normal name.
func isName(host string) bool {
	n, err := Name(host)
	return err == nil && n == host && n[0] != '*'
}

// isAddress says whether a host is an address in its normal spelling, to which one can connect.
func isAddress(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.String() == host && a.Zone() == "" && !a.IsUnspecified() && !a.IsMulticast()
}

func (s *Site) checkCertificates(t telling) {
	c := s.Certificates
	t.few("certificates.files", len(c.Files), 0, MaxFiles)
	if c.ACME && len(c.Files) > 0 {
		t.tell("certificates", "expected one of both", "there are files, and acme is true")
	}
	if c.ACME && slices.ContainsFunc(s.Names, func(n string) bool { return strings.HasPrefix(n, "*.") }) {
		t.tell("certificates.acme", "name the hosts, or give a certificate as files", "a wildcard is not issued for what an edge can show by itself (RFC 8555 section 8.3)")
	}
	for i, f := range c.Files {
		for _, x := range [...]struct{ key, file string }{{"certificate", f.Certificate}, {"key", f.Key}} {
			if x.file == "" || len(x.file) > 4096 || strings.IndexByte(x.file, 0) >= 0 {
				t.tell(fmt.Sprintf("certificates.files[%d].%s", i, x.key), "", "%q is no path of a file", clip(x.file))
			}
		}
	}
}

func (s *Site) checkPaths(t telling) {
	for _, k := range [...]struct {
		key  string
		list []string
	}{{"health", s.Paths.Health}, {"feeds", s.Paths.Feeds}, {"api", s.Paths.API}} {
		t.few("paths."+k.key, len(k.list), 0, MaxPaths)
		for i, p := range k.list {
			checkPath(t, fmt.Sprintf("paths.%s[%d]", k.key, i), p, true)
		}
	}
}

// checkPath wants an escaped path, or a pattern of paths.
func checkPath(t telling, at, p string, pattern bool) {
	plain := p
	if pattern {
		if below, ok := strings.CutSuffix(p, "/*"); ok {
			plain = below + "/"
			if below == "" {
				t.tell(at, "expected a path that begins with /, such as /api/*", "%q is every path, and would leave the site without a challenge", p)
				return
			}
		}
	}
	bad := plain == "" || plain[0] != '/' || len(plain) > 1024 || devious(plain) || strings.ContainsAny(plain, "*?#\"<>")
	for i := range len(plain) {
		bad = bad || plain[i] <= ' ' || plain[i] >= 0x7f
	}
	if bad {
		hint := "expected a path such as /healthz"
		if pattern {
			hint += " or, with all below it, /api/*"
		}
		t.tell(at, hint+", escaped as in a URL, without dot segments and query", "%q is no such path", clip(p))
	}
}

func (a Attack) check(t telling) {
	known := make([]string, len(Stages))
	for i, s := range Stages {
		known[i] = string(s)
	}
	ok := true
	for _, x := range [...]struct {
		place string
		stage Stage
	}{{"attack.highest", a.Highest}, {"attack.beyond", a.Beyond}} {
		if x.stage.Rank() >= 0 {
			continue
		}
		ok = false
		hint := "expected one of " + strings.Join(known, ", ")
		if near := strict.Nearest(string(x.stage), known); near != "" {
			hint = "did you mean " + near + "?"
		}
		t.tell(x.place, hint, "%q is no stage", clip(string(x.stage)))
	}
	if ok && a.Beyond.Rank() < a.Highest.Rank() {
		t.tell("attack.beyond", "expected "+string(a.Highest)+" or one after it: beyond the budget nothing gets milder", "%s is milder than %s", a.Beyond, a.Highest)
	}
	if a.Rules != Live && a.Rules != Shadow {
		t.tell("attack.rules", "expected live or shadow", "%q is neither", string(a.Rules))
	}
	within(t, "attack.budget.cpu", a.Budget.CPU, 0, 100*time.Hour)
	within(t, "attack.budget.bytes", a.Budget.Bytes, 0, mostBudget)
	within(t, "attack.budget.backend", a.Budget.Backend, 0, 10_000*time.Hour)
}

// checkTexts wants texts for visitors, by language.
func checkTexts(t telling, at string, texts map[string]string) {
	t.few(at, len(texts), 0, MaxLanguages)
	for _, language := range slices.Sorted(maps.Keys(texts)) {
		place, text := at+"."+language, texts[language]
		switch {
		case !isLanguage(language):
			t.tell(at, "expected a tag such as en, ja or pt-br", "%q is no language (BCP 47)", clip(language))
		case strings.TrimSpace(text) == "":
			t.tell(place, "", "the text is empty")
		case len(text) > MaxText:
			t.tell(place, "", "the text has %d bytes; expected at most %d", len(text), MaxText)
		case !utf8.ValidString(text), strings.ContainsFunc(text, unseemly):
			t.tell(place, "", "the text has a character that is not shown; expected plain text with line breaks")
		}
	}
}

// unseemly are characters that change how the text around them is shown.
func unseemly(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// isLanguage says whether a tag is well formed and lower case: letters, then parts of 2 to 8 letters or digits.
func isLanguage(tag string) bool {
	if len(tag) > 35 {
		return false
	}
	for i, part := range strings.Split(tag, "-") {
		if len(part) < 2 || len(part) > 8 || i == 0 && len(part) > 3 {
			return false
		}
		for _, c := range part {
			if (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}
