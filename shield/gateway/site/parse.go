package site

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// mostFaults bounds how many faults of a file are told.
const mostFaults = 20

// spot is a place in the file; both count from 1.
type spot struct{ line, column int }

func spotOf[T any](l strict.Located[T]) spot { return spot{l.Line, l.Column} }

// Parse reads sites, one a document, --- between them. name goes into errors, each with line and column.
// After an error there is no site: it is of KindInvalid and holds every fault that was found, a line
// for each, 20 at most; faults of the YAML itself come first and alone. What a Directory would
// refuse, a name twice, Parse does within its file.
func Parse(name string, data []byte) ([]Site, error) {
	docs, err := strict.DecodeAll[strict.Located[document]](name, data)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: err}
	}
	f := file{name: name, ids: map[ID]spot{}, names: map[string]holder{}}
	out := make([]Site, len(docs))
	for i := range docs {
		r := &reader{file: &f, places: map[string]spot{"": spotOf(docs[i])}}
		out[i] = r.site(&docs[i].Value)
		out[i].check(r.tell)
		r.claim(&out[i])
	}
	if len(f.faults) == 0 {
		return out, nil
	}
	slices.SortStableFunc(f.faults, func(a, b *strict.Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: f.faults[:min(len(f.faults), mostFaults)]}
}

// file is what is known of a file so far.
type file struct {
	name   string
	faults strict.Errors
	ids    map[ID]spot
	names  map[string]holder
}

type holder struct {
	site ID
	at   spot
}

// reader reads one document.
type reader struct {
	*file
	places map[string]spot
	told   map[string]bool // places of which something was told already
}

// tell notes a fault at a place of the site, or at the nearest that has a spot.
func (r *reader) tell(place, hint, says string) {
	if r.told[place] || len(r.faults) > 10*mostFaults {
		return
	}
	if r.told == nil {
		r.told = map[string]bool{}
	}
	r.told[place] = true
	key, spot := place, spot{}
	for {
		if p, ok := r.places[key]; ok {
			spot = p
			break
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	if key != place {
		says = place + ": " + says
	}
	r.faults = append(r.faults, &strict.Error{File: r.name, Line: max(spot.line, 1), Column: max(spot.column, 1), Message: says, Hint: hint})
}

// set takes what is written, and keeps where; what is absent keeps its default.
func set[T any](r *reader, place string, to *T, l strict.Located[T]) {
	if l.Line > 0 {
		r.places[place], *to = spotOf(l), l.Value
	}
}

// word is set for a type of texts.
func word[T ~string](r *reader, place string, to *T, l strict.Located[string]) {
	s := string(*to)
	set(r, place, &s, l)
	*to = T(s)
}

// list reads each element of a list.
func list[T, E any](r *reader, place string, l located[E], read func(at string, e E) T) []T {
	if l.Line > 0 {
		r.places[place] = spotOf(l)
	}
	var out []T
	for i, e := range l.Value {
		at := fmt.Sprintf("%s[%d]", place, i)
		r.places[at] = spotOf(e)
		out = append(out, read(at, e.Value))
	}
	return out
}

func (r *reader) site(d *document) Site {
	s := Default()
	word(r, "site", &s.ID, d.Site)
	word(r, "tenant", &s.Tenant, d.Tenant)
	word(r, "asset", &s.Asset, d.Asset)
	s.Names = list(r, "names", d.Names, func(at, name string) string {
		if normal, err := Name(name); err == nil {
			return normal
		}
		return name // check says what is wrong with it
	})
	s.Backends = list(r, "backends", d.Backends, r.backend)
	set(r, "health.interval", &s.Health.Interval, d.Health.Interval)
	if d.Health.Timeout.Line == 0 {
		s.Health.Timeout = min(s.Health.Timeout, s.Health.Interval)
	}
	set(r, "health.timeout", &s.Health.Timeout, d.Health.Timeout)
	set(r, "health.rise", &s.Health.Rise, d.Health.Rise)
	set(r, "health.fall", &s.Health.Fall, d.Health.Fall)
	good := statuses{s.Health.Low, s.Health.High}
	set(r, "health.status", &good, d.Health.Status)
	s.Health.Low, s.Health.High = good.low, good.high
	set(r, "timeouts.connect", &s.Timeouts.Connect, d.Timeouts.Connect)
	set(r, "timeouts.answer", &s.Timeouts.Answer, d.Timeouts.Answer)
	set(r, "timeouts.idle", &s.Timeouts.Idle, d.Timeouts.Idle)
	set(r, "retries", &s.Retries, d.Retries)
	set(r, "connections", &s.Connections, d.Connections)
	set(r, "weight", &s.Weight, d.Weight)
	set(r, "certificates.acme", &s.Certificates.ACME, d.Certificates.ACME)
	s.Certificates.Files = list(r, "certificates.files", d.Certificates.Files, func(at string, f fileDoc) (k KeyPair) {
		set(r, at+".certificate", &k.Certificate, f.Certificate)
		set(r, at+".key", &k.Key, f.Key)
		return k
	})
	path := func(_, p string) string { return p }
	s.Paths = Paths{
		Health: list(r, "paths.health", d.Paths.Health, path),
		Feeds:  list(r, "paths.feeds", d.Paths.Feeds, path),
		API:    list(r, "paths.api", d.Paths.API, path),
	}
	s.Allowed = list(r, "allowed", d.Allowed, r.network)
	word(r, "attack.highest", &s.Attack.Highest, d.Attack.Highest)
	word(r, "attack.beyond", &s.Attack.Beyond, d.Attack.Beyond)
	word(r, "attack.rules", &s.Attack.Rules, d.Attack.Rules)
	set(r, "attack.budget.cpu", &s.Attack.Budget.CPU, d.Attack.Budget.CPU)
	set(r, "attack.budget.bytes", &s.Attack.Budget.Bytes, d.Attack.Budget.Bytes)
	set(r, "attack.budget.backend", &s.Attack.Budget.Backend, d.Attack.Budget.Backend)
	s.Maintenance = r.texts("maintenance", d.Maintenance)
	s.Updates = list(r, "updates", d.Updates, func(at string, u updateDoc) Update {
		r.places[at+".at"] = spotOf(u.At)
		return Update{evenkeel.MomentOf(u.At.Value), r.texts(at+".says", u.Says)}
	})
	return s
}

func (r *reader) texts(place string, l strict.Located[textsDoc]) map[string]string {
	if l.Line == 0 {
		return nil
	}
	r.places[place] = spotOf(l)
	out := make(map[string]string, len(l.Value))
	for language, text := range l.Value {
		r.places[place+"."+language] = spotOf(text)
		out[language] = text.Value
	}
	return out
}

func (r *reader) network(at, s string) netip.Prefix {
	p, err := netip.ParsePrefix(s)
	if a, aerr := netip.ParseAddr(s); aerr == nil && a.Zone() == "" {
		p, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	switch {
	case err != nil:
		r.tell(at, "expected one such as 192.0.2.0/24 or 2001:db8::/32", fmt.Sprintf("%q is no network", clip(s)))
	case p.Masked() != p:
		r.tell(at, "write "+p.Masked().String(), fmt.Sprintf("%s has bits beyond its length", p))
	}
	return p
}

func (r *reader) backend(at string, d backendDoc) Backend {
	b := Backend{HTTP2: d.HTTP2, Weight: 1}
	r.places[at+".url"] = spotOf(d.URL)
	if err := b.address(d.URL.Value); err != nil {
		r.tell(at+".url", "expected a URL such as http://10.0.0.5:8080 or https://app.internal", err.Error())
	}
	set(r, at+".name", &b.Name, d.Name)
	set(r, at+".check", &b.Check, d.Check)
	set(r, at+".weight", &b.Weight, d.Weight)
	return b
}

// address takes what a URL says of a backend.
func (b *Backend) address(s string) error {
	u, err := url.Parse(s)
	switch {
	case strings.Contains(s, "@"):
		return evenkeel.Invalid("a name or password stands in the URL of a backend, which shows in many places") // and is not repeated here
	case err != nil || u.Host == "" || u.Opaque != "":
		return evenkeel.Invalid("%q is no URL", clip(s))
	case u.Scheme != "http" && u.Scheme != "https":
		return evenkeel.Invalid("the scheme is %q, expected http or https", clip(u.Scheme))
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return evenkeel.Invalid("%q has more than a host and a port; requests keep their own path", clip(s))
	}
	host, port := u.Hostname(), u.Port()
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.String()
		if a.Is6() {
			host = "[" + host + "]"
		}
	} else if n, err := Name(host); err == nil {
		host = n
	}
	b.Secure = u.Scheme == "https"
	if port == "" && b.Secure {
		port = "443"
	} else if port == "" {
		port = "80"
	}
	b.Address = host + ":" + port
	return nil
}

// claim notes the id and the names of a site, and tells where another one of the file has them.
func (r *reader) claim(s *Site) {
	if first, ok := r.ids[s.ID]; ok {
		r.tell("site", "", fmt.Sprintf("the site %q is there twice, first on line %d", clip(string(s.ID)), first.line))
	} else {
		r.ids[s.ID] = r.places["site"]
	}
	for i, name := range s.Names {
		at := fmt.Sprintf("names[%d]", i)
		if has, ok := r.names[name]; ok && has.site != s.ID {
			r.tell(at, "a name is one site's", fmt.Sprintf("the sites %q and %q both claim the name %s, the other one on line %d",
				clip(string(has.site)), clip(string(s.ID)), clip(name), has.at.line))
		} else if !ok {
			r.names[name] = holder{s.ID, r.places[at]}
		}
	}
}

// statuses is a range of HTTP statuses, as 204 or 200-399.
type statuses struct{ low, high int }

// UnmarshalText reads one, or a range.
func (s *statuses) UnmarshalText(b []byte) error {
	low, high, ok := strings.Cut(string(b), "-")
	if !ok {
		high = low
	}
	l, err := strconv.ParseUint(low, 10, 10)
	h, err2 := strconv.ParseUint(high, 10, 10)
	if err != nil || err2 != nil {
		return fmt.Errorf("%q is no status; expected one such as 204, or a range such as 200-399", clip(string(b)))
	}
	s.low, s.high = int(l), int(h)
	return nil
}
