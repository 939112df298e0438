package hello_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

// dtls is the body of a hello of DTLS 1.2, with a cookie.
func dtls(cookie string) []byte {
	return slices.Concat(u16(0xfefd), make([]byte, 32), []byte{0}, vec(1, []byte(cookie)), vec(2, pairs(0xc02b, 0xc02f)), vec(1, []byte{0}),
		vec(2, sni("a.example"), groups(29), signatures(0x0403)))
}

// fragment is a record with the bytes from–to of a message.
func fragment(kind byte, seq int, body []byte, from, to int) []byte {
	u24 := func(v int) []byte { return []byte{byte(v >> 16), byte(v >> 8), byte(v)} }
	content := slices.Concat([]byte{kind}, u24(len(body)), u16(seq), u24(from), u24(to-from), body[from:to])
	return slices.Concat([]byte{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, byte(seq)}, vec(2, content))
}

func TestFragmentsOfDTLSInAnyOrderAreOneHello(t *testing.T) {
	body := dtls("a cookie")
	whole, err := hello.Parse(slices.Concat([]byte{1}, vec(3, body)), hello.DTLS)
	if err != nil || whole.JA4()[:10] != "dd2d020300" {
		t.Fatalf("%s, %v", whole.JA4(), err)
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(3, len(body)).Draw(t, "size")
		var parts [][]byte
		for at := 0; at < len(body); at += size {
			parts = append(parts, fragment(1, 1, body, at, min(at+size, len(body))))
		}
		parts = rapid.Permutation(parts).Draw(t, "order")
		parts = append(parts, parts[0])
		var d hello.Datagrams
		err := hello.ErrMore
		for len(parts) > 0 && err == hello.ErrMore {
			some := rapid.IntRange(1, len(parts)).Draw(t, "in a datagram")
			err = d.Add(slices.Concat(parts[:some]...))
			parts = parts[some:]
		}
		if err != nil || !bytes.Equal(d.Hello().Message, whole.Message) || d.Hello().JA4() != whole.JA4() {
			t.Fatalf("%v", err)
		}
	})
}

func TestMalformedDTLSIsNamed(t *testing.T) {
	body := dtls("")
	good := fragment(1, 0, body, 0, len(body))
	change := func(i int, v byte) []byte { b := bytes.Clone(good); b[i] = v; return b }
	for name, c := range map[string]struct {
		datagrams [][]byte
		want      error
	}{
		"TLS":                             {[][]byte{change(1, 3)}, hello.ErrNotTLS},
		"an alert":                        {[][]byte{change(0, 21)}, hello.ErrNotHello},
		"a server's hello":                {[][]byte{fragment(2, 0, body, 0, len(body))}, hello.ErrNotHello},
		"a record of a later epoch":       {[][]byte{change(4, 1)}, hello.ErrMalformed},
		"a record beyond its datagram":    {[][]byte{good[:40]}, hello.ErrMalformed},
		"a record without content":        {[][]byte{{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, hello.ErrMalformed},
		"a fragment beyond its message":   {[][]byte{change(19, 9)}, hello.ErrMalformed},
		"a fragment beyond its record":    {[][]byte{change(13+11, byte(len(body)+1))}, hello.ErrMalformed},
		"two sizes of one message":        {[][]byte{fragment(1, 0, body, 0, 20), fragment(1, 0, body[:70], 20, 60)}, hello.ErrMalformed},
		"a message of 16 MB":              {[][]byte{change(14, 0xff)}, hello.ErrTooLong},
		"half of it":                      {[][]byte{fragment(1, 0, body, 0, 50)}, hello.ErrMore},
		"another message behind the half": {[][]byte{fragment(1, 0, body, 0, 50), fragment(1, 1, body, 0, len(body))}, hello.ErrMore},
		"a cookie beyond the message":     {[][]byte{change(13+12+35, 255)}, hello.ErrMalformed},
	} {
		var d hello.Datagrams
		var err error
		for _, b := range c.datagrams {
			err = d.Add(b)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v; expected %v", name, err, c.want)
		}
		if err != hello.ErrMore {
			if again := d.Add(good); again != err {
				t.Errorf("%s: then %v", name, again)
			}
		}
	}
}
