package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/witness"
)

// outsiders are the witnesses by whom whoever checks a head wants it cosigned. The zero value: by nobody.
type outsiders struct {
	keys   []*witness.Verifier
	quorum int
}

// outsidersOf reads a line for each: the public key, after a URL or alone; quorum is how many of them have to have
// cosigned, 0 all.
func outsidersOf(file string, quorum int) (o outsiders, err error) {
	if file == "" {
		if quorum != 0 {
			err = evenkeel.Invalid("--quorum %d without witnesses; expected --witnesses FILE", quorum)
		}
		return o, err
	}
	text, err := textOf("read witnesses", file, nil)
	if err != nil {
		return o, err
	}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		v, err := witness.NewVerifier(fields[len(fields)-1])
		if err != nil || len(fields) > 2 {
			return o, evenkeel.Invalid("read witnesses %s: %.100q; expected a line of the witness's public key for each, or of its URL, a space and the key", file, strings.TrimSpace(line))
		}
		if slices.ContainsFunc(o.keys, func(k *witness.Verifier) bool { return k.Name() == v.Name() }) {
			return o, evenkeel.Invalid("read witnesses %s: %s is named twice; expected each once", file, v.Name())
		}
		o.keys = append(o.keys, v)
	}
	o.quorum = cmp.Or(quorum, len(o.keys))
	if len(o.keys) == 0 || o.quorum < 1 || o.quorum > len(o.keys) {
		return o, evenkeel.Invalid("%d witnesses and a quorum of %d; expected a witness, and a quorum of 1 to as many as there are", len(o.keys), o.quorum)
	}
	return o, nil
}

// check says who cosigned a signed head, and whether that is enough.
func (o outsiders) check(p *process, signed string) (enough bool) {
	if len(o.keys) == 0 {
		return true
	}
	all, err := witness.Cosigned(signed, o.keys)
	if err != nil {
		fmt.Fprintf(p.stderr, "evenkeel: a cosignature does not hold: %v\n", err)
		return false
	}
	for _, c := range all {
		fmt.Fprintf(p.stdout, "cosigned  by %s at %s\n", c.Name, at(evenkeel.MomentOf(c.At)))
	}
	if len(all) < o.quorum {
		fmt.Fprintf(p.stderr, "evenkeel: the head is cosigned by %d of %d witnesses; expected %d at least\n", len(all), len(o.keys), o.quorum)
		return false
	}
	return true
}
