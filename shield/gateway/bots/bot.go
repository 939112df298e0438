package bots

import (
	"errors"
	"fmt"
	"strings"
)

// Proof is what shows that an address is a bot's.
type Proof uint8

// The proofs.
const (
	Both  Proof = iota // a published range and a reverse name that leads back
	Range              // the range suffices
	Name               // the name suffices
	proofs
)

var proofWords = [proofs]string{"both", "range", "name"}

// String returns the word of a proof, "invalid" where it is none.
func (p Proof) String() string {
	if p < proofs {
		return proofWords[p]
	}
	return "invalid"
}

// ParseProof returns the proof that a word names: both, range or name.
func ParseProof(word string) (Proof, bool) {
	for p := range proofs {
		if proofWords[p] == word {
			return p, true
		}
	}
	return 0, false
}

// Bounds.
const (
	MaxBots  = 64
	MaxWords = 16 // of a bot: user agents, domains, files, each
	MaxRate  = 100_000
	maxWord  = 100
	maxAgent = 1 << 10 // bytes of a user agent that are looked at
)

// Bot is a good bot.
type Bot struct {
	Name    string
	Agents  []string // words, of which its user agent has one, as they are written
	Domains []string // in which its reverse names lie, such as googlebot.com
	Ranges  []string // files of its published ranges (whence.Ranges)
	Proof   Proof
	Rate    int // requests a second that it may send to a site at which something presses
}

// Check says what is wrong with a list of bots.
func Check(all []Bot) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if len(all) > MaxBots {
		fault("there are %d bots; expected at most %d", len(all), MaxBots)
	}
	seen := map[string]bool{}
	for _, b := range all {
		if b.Name == "" || len(b.Name) > maxWord || seen[b.Name] {
			fault("a bot has the name %.120q; expected a name of 1 to %d bytes, each once", b.Name, maxWord)
		}
		seen[b.Name] = true
		if len(b.Agents) == 0 || len(b.Agents) > MaxWords {
			fault("bot %s has %d words of user agents; expected 1 to %d", b.Name, len(b.Agents), MaxWords)
		}
		for _, w := range b.Agents {
			if len(w) < 3 || len(w) > maxWord {
				fault("bot %s: the word %.120q; expected 3 to %d bytes that its user agent has", b.Name, w, maxWord)
			}
		}
		if len(b.Domains) > MaxWords || len(b.Ranges) > MaxWords {
			fault("bot %s has %d domains and %d files of ranges; expected at most %d each", b.Name, len(b.Domains), len(b.Ranges), MaxWords)
		}
		for _, d := range b.Domains {
			if !domain(d) {
				fault("bot %s: the domain %.120q; expected one of two labels or more, such as googlebot.com", b.Name, d)
			}
		}
		if b.Proof != Name && len(b.Ranges) == 0 {
			fault("bot %s has no ranges; expected files of them, or proof: name", b.Name)
		}
		if b.Proof != Range && len(b.Domains) == 0 {
			fault("bot %s has no domains; expected those of its reverse names, or proof: range", b.Name)
		}
		if b.Rate < 1 || b.Rate > MaxRate {
			fault("bot %s: its rate is %d; expected 1 to %d requests a second", b.Name, b.Rate, MaxRate)
		}
	}
	return errors.Join(faults...)
}

// domain says whether a domain can be one below which somebody names machines: two labels at least, in small letters.
func domain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 || len(s) > 253 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// says says whether a user agent is one of the bot's.
func (b *Bot) says(agent string) bool {
	for _, w := range b.Agents {
		if strings.Contains(agent, w) {
			return true
		}
	}
	return false
}

// owns says whether a reverse name lies in the bot's domains.
func (b *Bot) owns(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, d := range b.Domains {
		if name == d || strings.HasSuffix(name, "."+d) {
			return true
		}
	}
	return false
}
