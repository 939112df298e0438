package link

import (
	"errors"
	"testing"
)

// FuzzOpen: nobody without the key makes a token that is believed, no text panics, and every
// refusal is one of those that are listed.
func FuzzOpen(f *testing.F) {
	k := Keys{key(f, "k1", 1)}
	right := made(f, k, claim(Speak))
	for _, s := range []string{right, right[:40], right + "1", "", "1", "AAAA1", made(f, Keys{key(f, "k2", 1)}, claim(Show))} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := k.Open(token, before)
		switch {
		case err == nil && token != right:
			t.Errorf("%q is believed: %+v", token, c)
		case err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrForged):
			t.Errorf("%q: %v", token, err)
		}
	})
}

// FuzzParseKeys: what is read is what is revealed.
func FuzzParseKeys(f *testing.F) {
	f.Add("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	f.Add("")
	f.Add("k1:AA==")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := ParseKeys(text); err == nil && k[0].Reveal() != text {
			t.Errorf("%q is revealed as %q", text, k[0].Reveal())
		}
	})
}
