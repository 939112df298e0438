package hostlink

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"reflect"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/packed"
	"github.com/evenkeel/evenkeel/stream/internal/spool"
	"pgregory.net/rapid"
)

func packedBatch(ids ...int) []byte {
	return packed.Append(nil, evenkeel.AppendBatch(nil, batch(ids...)))
}

func chainOf(t *testing.T, c *tls.Certificate) (chain []*x509.Certificate) {
	t.Helper()
	for _, der := range c.Certificate {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, cert)
	}
	return chain
}

func token() Token {
	return Token{Host: "host-1", Addresses: []string{"control.example.com:7422", "[2001:db8::1]:7422"}, Pin: Pin{1}, Secret: [32]byte{2}}
}

func TestATokenComesBackFromItsText(t *testing.T) {
	got, err := ParseToken("  " + token().Text() + "\n")
	if err != nil || !reflect.DeepEqual(got, token()) {
		t.Errorf("%#v, %v", got, err)
	}
}

func TestATokenThatIsNotOneIsRefusedWithoutBeingRepeated(t *testing.T) {
	text := token().Text()
	other := token()
	other.Host = "host.1"
	nowhere := token()
	nowhere.Addresses = []string{"control.example.com"}
	nobody := token()
	nobody.Addresses = nil
	for _, c := range []struct{ name, text, says string }{
		{"nothing", "", "expected one that begins with"},
		{"another word", "hello", "expected one that begins with"},
		{"the end is missing", text[:len(text)-3], "not whole"},
		{"a letter is another", strings.Replace(text, text[20:21], "_", 1), "not whole"},
		{"a line break within", text[:30] + "\n" + text[30:], "not whole"},
		{"too long", tokenPrefix + strings.Repeat("A", maxToken), "expected one that begins with"},
		{"a host that cannot be", other.Text(), "expected 1 to 64 of the characters"},
		{"an address without a port", nowhere.Text(), "expected a name or an address and a port"},
		{"no address", nobody.Text(), "expected 1 to 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseToken(c.text)
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) || len(c.text) > 60 && strings.Contains(err.Error(), c.text[30:60]) {
				t.Errorf("the error is %v; expected it to say %q", err, c.says)
			}
		})
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(token().Text())
	f.Add(tokenPrefix)
	f.Add(tokenPrefix + "AAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseToken(text)
		if err != nil {
			return
		}
		again, err := ParseToken(got.Text())
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("%q comes back as %#v, %v", text, again, err)
		}
	})
}

func FuzzWire(f *testing.F) {
	f.Add(frame{id: spool.ID{Seq: 7}, base: 3, again: true, payload: []byte("x")}.append(nil))
	f.Add(ack{id: spool.ID{Seq: 7}, verdict: later, says: "no"}.encode())
	f.Add([]byte(`{"order":"o-1","state":"applied"}`))
	f.Add([]byte(`{"id":"o-1","lift":true}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if fr, err := parseFrame(data); err == nil && !bytes.Equal(fr.append(nil), data) {
			t.Fatal("a frame comes back otherwise")
		}
		if a, ok := parseAck(data); ok && !bytes.Equal(a.encode(), data) {
			t.Fatal("an ack comes back otherwise")
		}
		if r, err := readReceipt(data); err == nil && r.Order == "" {
			t.Fatal("a receipt without an order")
		}
		if o, err := readOrder(data); err == nil && o.ID == "" {
			t.Fatal("an order without an id")
		}
	})
}

func TestAnOrderWithAWordThatThisAgentDoesNotKnowIsRefusedWhole(t *testing.T) {
	o, err := readOrder([]byte(`{"id":"o-1","decision":"d-1","gently":true}`))
	if evenkeel.KindOf(err) != evenkeel.KindInvalid || o.ID != "o-1" || o.Decision != "" {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := readOrder(bytes.Repeat([]byte(" "), maxOrder+1)); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("an order that is too long: %v", err)
	}
}

// TestTwiceIsOnce: over any order of sending, losing and sending again, has answers as a list of all would, for
// what an agent does.
func TestTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s seen
		taken := map[spool.ID]bool{}
		waiting := map[byte][]uint64{}
		next := map[byte]uint64{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			boot := byte(rapid.IntRange(1, maxBoots).Draw(t, "boot"))
			if w := waiting[boot]; len(w) < window && (len(w) == 0 || rapid.Bool().Draw(t, "new")) {
				next[boot] += uint64(rapid.IntRange(1, 3).Draw(t, "gap")) // merged ones leave gaps
				waiting[boot] = append(w, next[boot])
			}
			w := waiting[boot]
			i := rapid.IntRange(0, len(w)-1).Draw(t, "which")
			id := spool.ID{Boot: spool.Boot{boot}, Seq: w[i]}
			if s.has(id) != taken[id] {
				t.Fatalf("%v: has says %t; expected %t", id, s.has(id), taken[id])
			}
			if !taken[id] {
				s.add(id, w[0])
				taken[id] = true
			}
			if rapid.Bool().Draw(t, "the ack arrives") {
				waiting[boot] = append(w[:i:i], w[i+1:]...)
			}
		}
	})
}

func TestWhatIsRememberedOfAHostIsBounded(t *testing.T) {
	var s seen
	for i := range 10 * maxAhead {
		s.add(spool.ID{Boot: spool.Boot{byte(i), byte(i >> 8)}, Seq: 1}, 0)
		s.add(spool.ID{Boot: spool.Boot{1}, Seq: uint64(i + 1)}, 0)
	}
	if len(s.boots) > maxBoots {
		t.Errorf("%d boots are remembered", len(s.boots))
	}
	for _, b := range s.boots {
		if len(b.done) > maxAhead {
			t.Errorf("%d sequences are remembered", len(b.done))
		}
	}
	if !s.has(spool.ID{Boot: spool.Boot{1}, Seq: 10 * maxAhead}) {
		t.Error("the newest is forgotten")
	}
}
