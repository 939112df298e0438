package staff

import (
	"context"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// reference is made by the reference implementation of Argon2 (its own tests, Argon2id).
const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

func TestHashesAreThoseOfOthers(t *testing.T) {
	p, err := parsePHC(reference)
	if err != nil {
		t.Fatal(err)
	}
	h := newHasher(owasp)
	for password, want := range map[string]bool{"password": true, "Password": false} {
		if fits := h.fits([]byte(password), p); fits != want {
			t.Errorf("%q fits: %t", password, fits)
		}
	}
}

func TestANewHashIsReadAgain(t *testing.T) {
	h := newHasher(owasp)
	made, err := h.hash(t.Context(), []byte(password), []byte("sixteen bytes it"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePHC(made.String())
	if err != nil || !strings.HasPrefix(made.String(), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s: %v", made, err)
	}
	if !h.fits([]byte(password), p) {
		t.Error("its password does not fit")
	}
}

func TestAHashOfAnotherFormIsRefused(t *testing.T) {
	for what, bad := range map[string]string{
		"nothing":                   "",
		"another function":          strings.Replace(reference, "argon2id", "argon2i", 1),
		"another version":           strings.Replace(reference, "v=19", "v=16", 1),
		"too much memory":           strings.Replace(reference, "m=65536", "m=65537", 1),
		"more memory than counts":   strings.Replace(reference, "m=65536", "m=99999999999999999999", 1),
		"too little memory":         strings.Replace(reference, "m=65536", "m=7", 1),
		"no pass":                   strings.Replace(reference, "t=2", "t=0", 1),
		"too many passes":           strings.Replace(reference, "t=2", "t=17", 1),
		"no lane":                   strings.Replace(reference, "p=1", "p=0", 1),
		"too many lanes":            strings.Replace(reference, "p=1", "p=5", 1),
		"a number in another form":  strings.Replace(reference, "t=2", "t=02", 1),
		"a sign":                    strings.Replace(reference, "t=2", "t=+2", 1),
		"parameters in other order": strings.Replace(reference, "t=2,p=1", "p=1,t=2", 1),
		"a parameter more":          strings.Replace(reference, "p=1", "p=1,x=1", 1),
		"padding":                   reference + "=",
		"bits that say nothing":     reference[:len(reference)-1] + "d",
		"a short salt":              strings.Replace(reference, "c29tZXNhbHQ", "c29tZQ", 1),
		"a short sum":               reference[:strings.LastIndex(reference, "$")] + "$CTFhFdXPJO0",
		"more at the end":           reference + "$x",
		"a line":                    reference + "\n",
	} {
		if _, err := parsePHC(bad); evenkeel.KindOf(err) != evenkeel.KindInvalid || err == nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzPHC(f *testing.F) {
	f.Add(reference)
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err != nil {
			return
		}
		if p.String() != s {
			t.Errorf("%q is written as %q", s, p)
		}
		if p.memory > maxMemory || p.passes > maxPasses || p.lanes > maxLanes || p.lanes < 1 || p.passes < 1 || len(p.sum) > 64 || len(p.salt) > 64 {
			t.Errorf("%q is beyond the bounds", s)
		}
	})
}

func TestFewHashAtOnceAndNotTooManyWait(t *testing.T) {
	turns := newTurn()
	var leave []func()
	for range maxHashing {
		done, err := turns.wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, done)
	}
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error, maxWaiting+1) // one of each
	for range maxWaiting + 1 {
		go func() {
			_, err := turns.wait(ctx)
			errs <- err
		}()
	}
	if err := <-errs; evenkeel.KindOf(err) != evenkeel.KindUnavailable || !contains(err.Error(), "too many people") {
		t.Errorf("one too many is told %v", err)
	}
	cancel()
	for range maxWaiting {
		if err := <-errs; evenkeel.KindOf(err) != evenkeel.KindUnavailable || !contains(err.Error(), "given up") {
			t.Errorf("who gave up is told %v", err)
		}
	}
	leave[0]()
	if done, err := turns.wait(t.Context()); err != nil {
		t.Errorf("a turn that was given back is not given: %v", err)
	} else {
		done()
	}
}
