package config

import (
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/instrument/witness"
)

// Ledger says who outside sees how the ledger grows.
type Ledger struct {
	Witnesses []Outsider    `yaml:"witnesses"`
	Quorum    int           `yaml:"quorum"`
	Every     time.Duration `yaml:"every"`
}

// Outsider is a witness of somebody else's.
type Outsider struct {
	URL string `yaml:"url,required"`
	Key string `yaml:"key,required"`
}

// mostWitnesses bounds how many are asked for each head.
const mostWitnesses = 20

// Needed is how many witnesses have to cosign a head.
func (l *Ledger) Needed() int {
	if l.Quorum == 0 {
		return len(l.Witnesses)
	}
	return l.Quorum
}

func (l *Ledger) check(fault func(key, format string, args ...any)) {
	if len(l.Witnesses) > mostWitnesses {
		fault("ledger.witnesses", "there are %d; expected at most %d", len(l.Witnesses), mostWitnesses)
	}
	names := map[string]bool{}
	for _, w := range l.Witnesses {
		if !secureOrHere(w.URL) || !strings.HasPrefix(w.URL, "http") {
			fault("ledger.witnesses", "url %.200q; expected https://, or http:// on this machine", w.URL)
		}
		v, err := witness.NewVerifier(strings.TrimSpace(w.Key))
		switch {
		case err != nil:
			fault("ledger.witnesses", "the key of %.200q: %v; expected the public key that its operator gave, as witness.pub holds it", w.URL, err)
		case names[v.Name()]:
			fault("ledger.witnesses", "witness %s is named twice", v.Name())
		default:
			names[v.Name()] = true
		}
	}
	if l.Quorum < 0 || l.Quorum > len(l.Witnesses) {
		fault("ledger.quorum", "%d of %d witnesses; expected 0, for all, or at most as many as there are", l.Quorum, len(l.Witnesses))
	}
	if l.Every < time.Second {
		fault("ledger.every", "%s; expected at least 1s", l.Every)
	}
}
