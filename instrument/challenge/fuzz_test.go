package challenge

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// FuzzCheck: nobody without the seed makes a token that is believed, no text panics, and what is
// refused is refused for one of the reasons that are listed.
func FuzzCheck(f *testing.F) {
	k := keys(f, 1)
	work := solved(f, issued(f, k, alice, Ask{FormWork, 4}, 1, noon), 4)
	wait := issued(f, k, alice, Ask{FormWait, 1}, 1, noon)
	f.Add(work.Token, work.Nonce, int64(0))
	f.Add(wait, "", int64(1000))
	f.Add(wait, "", int64(0))
	f.Add(strings.Repeat("A", TokenSize), "0", int64(-1))
	f.Add("\n"+work.Token[1:], "0", int64(1))
	f.Add("", "", int64(1)<<62)
	reasons := []error{ErrMalformed, ErrWeak, ErrExpired, ErrFuture, ErrForged, ErrUnsolved, ErrEarly}
	f.Fuzz(func(t *testing.T, token, nonce string, after int64) {
		_, err := k.Check(alice, Answer{token, nonce}, any1, noon.Add(time.Duration(after)*time.Millisecond))
		if err == nil && token != work.Token && token != wait {
			t.Errorf("%q with %q is believed", token, nonce)
		}
		listed := err == nil
		for _, r := range reasons {
			listed = listed || errors.Is(err, r)
		}
		if !listed {
			t.Errorf("%q with %q: %v", token, nonce, err)
		}
	})
}

// FuzzAdmit: only what was granted is a pass, whatever stands around it.
func FuzzAdmit(f *testing.F) {
	k := keys(f, 1)
	p := granted(f, k, alice, 1, time.Hour, noon)
	good := cookie(SecureJar, p)
	f.Add(good, "")
	f.Add("a=b; "+good, ";;")
	f.Add(good[:40]+"\n"+good[41:], good)
	f.Add("__Host-ek-00000000="+strings.Repeat("A", passSize), "=;=")
	f.Fuzz(func(t *testing.T, one, two string) {
		got, err := k.Admit(SecureJar, alice, []string{one, two}, noon)
		if err == nil && (got != p || !strings.Contains(one+two, string(p.value[:]))) {
			t.Errorf("%q and %q are the pass %v", one, two, got)
		}
	})
}
