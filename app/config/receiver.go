package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// ways are what may stay open of a tenant's ways to its data, and losses what may be gone after
// a measure. A word beside them is a slip: nobody would hold the receiver to it.
var (
	ways   = []string{"console", "export", "backup", "rescue"}
	losses = []string{"connections", "memory", "disk", "address"}
)

// longestProof is for how long it counts at most that a way to the data was shown.
const longestProof = 7 * 24 * time.Hour

// Carried is a measure that a receiver can be asked for.
type Carried struct{ evenkeel.Measure }

// UnmarshalText reads its word.
func (c *Carried) UnmarshalText(b []byte) error {
	m, err := evenkeel.ParseMeasure(string(b))
	if c.Measure = m; err == nil && m.Enforced() {
		return nil
	}
	known := carried()
	return evenkeel.Invalid("measure %.80q; expected one of %s%s", b, strings.Join(known, ", "), meant(string(b), known))
}

// carried are the words of all measures that somebody has to carry out.
func carried() (words []string) {
	for m := evenkeel.MeasureNone; m <= evenkeel.MeasureDeny; m++ {
		if m.Enforced() {
			words = append(words, m.String())
		}
	}
	return words
}

// meant is a question behind an error, where a word is near to a known one.
func meant(word string, known []string) string {
	if near := strict.Nearest(word, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// Carries returns the measures that a receiver can be asked for.
func (r *Receiver) Carries() []evenkeel.Measure {
	all := make([]evenkeel.Measure, len(r.Measures))
	for i, m := range r.Measures {
		all[i] = m.Measure
	}
	return all
}

// check refuses what no receiver can declare, whether there is one yet or not.
func (r *Receiver) check(fault func(key, format string, args ...any)) {
	const key = "shield.webhook."
	if r.URL != "" && len(r.Measures) == 0 {
		fault(key+"measures", "it is empty; expected what the receiver can do, such as [limit, throttle]")
	}
	checkProofs(key, r.ProbeEvery, r.ProofFor, fault)
	checkWords(key+"keeps", r.Keeps, ways, fault)
	checkWords(key+"destroys", r.Destroys, losses, fault)
}

// checkProofs holds how often it has to be shown that the ways stay open, and for how long that counts.
func checkProofs(key string, every, counts time.Duration, fault func(key, format string, args ...any)) {
	switch {
	case every < time.Minute:
		fault(key+"probe_every", "%v; expected 1m or more", every)
	case counts < every || counts > longestProof:
		fault(key+"proof_for", "%v; expected at least probe_every, which is %v, and at most %v", counts, every, longestProof)
	}
}

func checkWords(key string, given, known []string, fault func(key, format string, args ...any)) {
	for _, word := range given {
		if !slices.Contains(known, word) {
			fault(key, "%.80q; expected some of %s%s", word, strings.Join(known, ", "), meant(word, known))
		}
	}
}

// hook is a webhook, whatever it is told.
type hook struct {
	key, url, secret string
	networks         []Network
}

func (w *hook) check(fault func(key, format string, args ...any)) {
	if w.url == "" {
		return
	}
	u, err := url.Parse(w.url)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		fault(w.key+".url", "it is no address; expected such as https://receiver.example.net/evenkeel") // a path may hold a token
	}
	if err == nil {
		spoken(u, w.networks, func(format string, args ...any) { fault(w.key+".url", format, args...) })
	}
	if w.secret == "" {
		fault(w.key+".secret_file", "it is empty; expected a file with the secret that is shared with the receiver")
	}
}

// spoken says why a receiver whose address is written out is never spoken to: what is sent
// would be refused each time, long after the start. A name is looked up only when it is needed.
// Where a network could not be read, which is told, nobody knows whether it would be the one.
func spoken(u *url.URL, networks []Network, fault func(format string, args ...any)) {
	ip, err := netip.ParseAddr(u.Hostname())
	ip = ip.Unmap()
	switch {
	case err != nil || slices.ContainsFunc(networks, func(n Network) bool { return !n.IsValid() || n.Contains(ip) }):
	case u.Scheme == "http":
		fault("%s is in none of the networks, and without TLS only these are spoken to; expected https://, or its network in networks", ip)
	case ip.IsPrivate() || !ip.IsGlobalUnicast():
		fault("%s is not a public address and in none of the networks; expected its network in networks", ip)
	}
}
