package proxyproto

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func addresses(s, t string) Header {
	return Header{Version: 2, Source: netip.MustParseAddrPort(s), Target: netip.MustParseAddrPort(t)}
}

// The lines are those of the specification's section 2.1, and some that it forbids.
func TestLinesOfVersionOneAreReadStrictly(t *testing.T) {
	for line, want := range map[string]string{
		"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n": "255.255.255.255:65535",
		"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nGET /":     "192.168.0.1:56324",
		"PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n":               "[2001:db8::1]:1",
		"PROXY UNKNOWN\r\n":                                  "unknown",
		"PROXY UNKNOWN ffff::1 ffff::1 65535 65535\r\n":      "unknown",
		"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\n":    "malformed",
		"PROXY TCP4 192.168.0.01 192.168.0.11 56324 443\r\n": "malformed",
		"PROXY TCP4 192.168.0.1 192.168.0.11 056324 443\r\n": "malformed",
		"PROXY TCP4 192.168.0.1 192.168.0.11 65536 443\r\n":  "malformed",
		"PROXY TCP4 192.168.0.1  192.168.0.11 1 443\r\n":     "malformed",
		"PROXY TCP4 192.168.0.1 192.168.0.11 1 443 \r\n":     "malformed",
		"PROXY TCP4 192.168.0.1 192.168.0.11 1 443 5\r\n":    "malformed",
		"PROXY TCP4 ::1 192.168.0.11 1 443\r\n":              "malformed",
		"PROXY TCP6 fe80::1%eth0 2001:db8::2 1 443\r\n":      "malformed",
		"PROXY UDP4 192.168.0.1 192.168.0.11 1 443\r\n":      "malformed",
		"PROXY \r\n":         "malformed",
		"PROXY\r\n":          "none",
		"GET / HTTP/1.1\r\n": "none",
		"PROXY TCP4 192.168.0.1 192.168.0.11 1 44": "more",
		"PRO": "more",
		"PROXY UNKNOWN " + strings.Repeat("x", 100): "too long",
	} {
		h, n, err := Parse([]byte(line))
		got := map[error]string{ErrMalformed: "malformed", ErrNone: "none", ErrMore: "more", ErrTooLong: "too long"}[err]
		switch {
		case err == nil && h.Known():
			got = h.Source.String()
		case err == nil:
			got = "unknown"
		}
		if got != want {
			t.Errorf("%q is %s (%v), expected %s", line, got, err, want)
		}
		if err == nil && line[n-2:n] != "\r\n" {
			t.Errorf("%q: %d bytes were taken", line, n)
		}
	}
}

func TestWhatIsWrittenIsReadInPiecesOfAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.Custom(func(t *rapid.T) netip.AddrPort {
			a := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "four")))
			if rapid.Bool().Draw(t, "sixth version") {
				a = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "sixteen"))).Unmap()
			}
			return netip.AddrPortFrom(a, rapid.Uint16().Draw(t, "port"))
		})
		h := Header{Version: 2, Source: address.Draw(t, "source"), Target: address.Draw(t, "target")}
		h.Fields = h.Fields.Append(Authority, []byte(rapid.StringN(0, 50, 200).Draw(t, "name")))
		b, err := h.AppendV2(nil)
		if err != nil {
			t.Fatal(err)
		}
		whole := len(b)
		b = append(b, "hello"...)
		for i := range whole {
			if _, _, err := Parse(b[:i]); err != ErrMore {
				t.Fatalf("after %d of %d bytes: %v", i, whole, err)
			}
		}
		got, n, err := Parse(b)
		if err != nil || n != whole || got.Source != h.Source || got.Target != h.Target {
			t.Fatalf("%+v became %+v, %d bytes, %v", h, got, n, err)
		}
		name, _ := h.Fields.Find(Authority)
		if again, ok := got.Fields.Find(Authority); !ok || !bytes.Equal(name, again) {
			t.Fatalf("the name %q became %q", name, again)
		}
		one, n, err := Parse(h.AppendV1(nil))
		same := func(a, b netip.AddrPort) bool { return a.Addr().Unmap() == b.Addr().Unmap() && a.Port() == b.Port() }
		if err != nil || n == 0 || !same(one.Source, h.Source) || !same(one.Target, h.Target) {
			t.Fatalf("version 1: %+v became %+v, %v", h, one, err)
		}
	})
}

func TestABitThatFlippedIsFoundByTheChecksum(t *testing.T) {
	h := addresses("192.0.2.1:1000", "198.51.100.1:443")
	b, _ := h.AppendV2(nil)
	for i := head2; i < head2+size4; i++ {
		c := bytes.Clone(b)
		c[i] ^= 1
		if _, _, err := Parse(c); err != ErrChecksum {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	if b2 := bytes.Clone(append(make([]byte, 100), b...))[100:]; true {
		if _, _, err := Parse(append(b2, make([]byte, 1000)...)); err != nil {
			t.Errorf("in another buffer: %v", err)
		}
	}
}

func TestAHeaderOfVersionTwoThatContradictsItselfIsRefused(t *testing.T) {
	h := addresses("192.0.2.1:1000", "198.51.100.1:443")
	good, _ := h.AppendV2(nil)
	for name, x := range map[string]struct {
		change func(b []byte) []byte
		want   error
	}{
		"another version":              {func(b []byte) []byte { b[12] = 0x31; return b }, ErrMalformed},
		"another command":              {func(b []byte) []byte { b[12] = 0x22; return b }, ErrMalformed},
		"datagrams":                    {func(b []byte) []byte { b[13] = 0x12; return b }, ErrMalformed},
		"addresses that do not fit in": {func(b []byte) []byte { b[15] = 8; return b }, ErrMalformed},
		"a field beyond the end":       {func(b []byte) []byte { b[head2+size4+2] = 5; return b }, ErrMalformed},
		"half a field":                 {func(b []byte) []byte { b[15] = size4 + 2; return b }, ErrMalformed},
		"65,535 bytes":                 {func(b []byte) []byte { b[14], b[15] = 0xff, 0xff; return b }, ErrTooLong},
		"a cut signature":              {func(b []byte) []byte { b[11] = 'x'; return b }, ErrNone},
	} {
		if got, n, err := Parse(x.change(bytes.Clone(good))); !errors.Is(err, x.want) || n != 0 && err != ErrTooLong || got.Source.IsValid() {
			t.Errorf("%s: %+v, %d, %v", name, got, n, err)
		}
	}
	long := h
	long.Fields = long.Fields.Append(Own, make([]byte, 4000))
	if b, err := long.AppendV2(nil); err != ErrTooLong || b != nil {
		t.Errorf("a header of 4,000 bytes is written: %v", err)
	}
	local := Header{Local: true}
	b, _ := local.AppendV2(nil)
	if got, n, err := Parse(b); err != nil || n != head2 || !got.Local || got.Known() {
		t.Errorf("a health check is %+v, %v", got, err)
	}
}

func TestReadingAndWritingVersionTwoAllocatesNothing(t *testing.T) {
	h := addresses("192.0.2.1:1000", "198.51.100.1:443")
	b, _ := h.AppendV2(nil)
	room := make([]byte, 0, MostBytes)
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := Parse(b); err != nil {
			t.Fatal(err)
		}
		room, _ = h.AppendV2(room[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	h := addresses("192.0.2.1:1000", "[2001:db8::1]:443")
	b, _ := h.AppendV2(nil)
	f.Add(b)
	f.Add(h.AppendV1(nil))
	f.Add([]byte("PROXY UNKNOWN\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := Parse(b)
		if n < 0 || err == nil && (n == 0 || n > len(b)) {
			t.Fatalf("%d of %d bytes, %v", n, len(b), err)
		}
		if err == ErrMore && len(b) >= MostBytes {
			t.Fatalf("after %d bytes more are wanted", len(b))
		}
		if err != nil || !h.Known() {
			return
		}
		again, err := h.AppendV2(nil)
		if err == ErrTooLong {
			return
		}
		if got, _, err := Parse(again); err != nil || got.Source.Port() != h.Source.Port() || got.Source.Addr() != h.Source.Addr() {
			// A checksum among the fields that is not the last one is of the other header.
			if _, ok := h.Fields.Find(Checksum); !ok {
				t.Fatalf("%+v became %+v, %v", h, got, err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	h := addresses("192.0.2.1:1000", "198.51.100.1:443")
	x, _ := h.AppendV2(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(x); err != nil {
			b.Fatal(err)
		}
	}
}
