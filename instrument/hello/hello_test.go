package hello_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

func TestWhatAHelloSaysIsTold(t *testing.T) {
	share := ext(51, vec(2, u16(0x4a4a), vec(2, []byte{0}), u16(29), vec(2, make([]byte, 32))))
	h, err := hello.Read(records(message([]uint16{0x1a1a, 0x1301}, ext(0x2a2a), sni("shop.example"), groups(0x3a3a, 29), alpn("h2", "http/1.1"),
		signatures(0x0403), versions(0x5a5a, 0x0304), share, ext(11, []byte{1, 0}), ext(35, []byte("ticket")), ext(42), ext(0xfe0d, []byte{0}),
		ext(21, make([]byte, 9)), ext(44, vec(2, []byte{1})), ext(41, []byte{1})), 1<<14))
	if err != nil {
		t.Fatal(err)
	}
	all := hello.Named | hello.Ticket | hello.Resumes | hello.EarlyData | hello.Encrypted | hello.Padded | hello.Retried | hello.Greased
	if h.Flags != all {
		t.Errorf("flags %b; expected all", h.Flags)
	}
	if string(h.ServerName) != "shop.example" || h.Version != 0x0303 || h.Best() != 0x0304 || len(h.Session) != 32 || h.Formats[0] != 0 {
		t.Errorf("%+v", h)
	}
	var names []string
	for n := range h.Protocols.All() {
		names = append(names, string(n))
	}
	if !slices.Equal(names, []string{"h2", "http/1.1"}) {
		t.Errorf("protocols %q", names)
	}
	if got := slices.Collect(h.Shares()); !slices.Equal(got, []uint16{0x4a4a, 29}) {
		t.Errorf("key shares %x", got)
	}
	if got := slices.Collect(h.Ciphers.All()); !slices.Equal(got, []uint16{0x1a1a, 0x1301}) || !h.Groups.Has(29) || h.Groups.Has(23) {
		t.Errorf("suites %x, groups %x", got, h.Groups)
	}
	if body, ok := h.Find(35); !ok || string(body) != "ticket" {
		t.Errorf("the ticket is %q", body)
	}
}

func TestAHelloWithoutExtensionsIsOne(t *testing.T) {
	h, err := hello.Read(records(message([]uint16{0x0005}), 1<<14))
	if err != nil || h.JA4() != "t12i010000_1ed8eb363bcd_000000000000" {
		t.Errorf("%s, %v", h.JA4(), err)
	}
}

// Whatever pieces a hello comes in, by segments and by records, the same is read, and what stands behind it is left.
func TestPiecesMakeNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := plain(ext(21, make([]byte, rapid.IntRange(0, 3000).Draw(t, "padding"))))
		whole, err := hello.Parse(m, hello.TCP)
		if err != nil {
			t.Fatal(err)
		}
		wire := append(records(m, rapid.IntRange(4, 1<<14).Draw(t, "record")), "behind it"...)
		at, again, rest := rapid.IntRange(1, 2000).Draw(t, "segment"), hello.Reader{}, []byte(nil)
		err = hello.ErrMore
		for segment := range slices.Chunk(wire, at) {
			if err == nil {
				rest = append(rest, segment...)
				continue
			}
			if rest, err = again.Add(segment); err != nil && err != hello.ErrMore {
				t.Fatal(err)
			}
		}
		h := again.Hello()
		if err != nil || string(rest) != "behind it" || !bytes.Equal(h.Message, m) || h.JA4() != whole.JA4() || h.Stable() != whole.Stable() {
			t.Fatalf("%v, %q is left, %s; expected %s", err, rest, h.JA4(), whole.JA4())
		}
		if read, err := hello.Read(wire); err != nil || !bytes.Equal(read.Message, m) || read.JA4() != whole.JA4() {
			t.Fatalf("at once: %v", err)
		}
	})
}

// What is cut anywhere wants more, and never anything else.
func TestEachBeginningOfAHelloWantsMore(t *testing.T) {
	for _, size := range []int{1 << 14, 100, 3} {
		wire := records(plain(), size)
		for n := range len(wire) {
			if _, err := hello.Read(wire[:n]); err != hello.ErrMore {
				t.Fatalf("%d bytes of %d: %v", n, len(wire), err)
			}
		}
	}
}

func TestMalformedHellosAreNamed(t *testing.T) {
	body := plain()
	at := func(i int, v byte) []byte { b := slices.Clone(body); b[i] = v; return records(b, 1<<14) }
	many := func(n int) []uint16 { return make([]uint16, n) }
	crowd := make([][]byte, 300)
	for i := range crowd {
		crowd[i] = ext(1000 + i)
	}
	for name, c := range map[string]struct {
		wire []byte
		want error
		says string
	}{
		"plain HTTP":               {[]byte("GET / HTTP/1.1\r\n"), hello.ErrHTTP, "plain HTTP"},
		"HTTP/2 without TLS":       {[]byte("PRI * HTTP/2.0\r\n"), hello.ErrHTTP, ""},
		"a long method":            {[]byte("CONNECT a:443"), hello.ErrHTTP, ""},
		"SSH":                      {[]byte("SSH-2.0-OpenSSH"), hello.ErrNotTLS, ""},
		"a PROXY header":           {[]byte("PROXY TCP4 "), hello.ErrNotTLS, ""},
		"SSL 2":                    {[]byte{0x80, 0x2e, 1, 0, 2, 0, 0x15}, hello.ErrSSLv2, "RFC 6176"},
		"TLS 1.0 in SSL 2's form":  {[]byte{0x80, 0x67, 1, 3, 1, 0, 0x4e}, hello.ErrSSLv2, ""},
		"high bytes":               {[]byte{0x80, 0x67, 9, 3, 1, 0, 0x4e}, hello.ErrNotTLS, ""},
		"a handshake of version 9": {[]byte{22, 9, 1, 0, 9, 1}, hello.ErrNotTLS, ""},
		"version 3.9":              {[]byte{22, 3, 9, 0, 9, 1}, hello.ErrMalformed, "version"},
		"an alert":                 {[]byte{21, 3, 1, 0, 2, 2, 40}, hello.ErrNotHello, ""},
		"data":                     {[]byte{23, 3, 3, 0, 9, 1}, hello.ErrNotHello, ""},
		"a server's hello":         {records([]byte{2, 0, 0, 1, 0}, 99), hello.ErrNotHello, ""},
		"an empty record":          {[]byte{22, 3, 1, 0, 0}, hello.ErrMalformed, "16,384"},
		"a record beyond its most": {[]byte{22, 3, 1, 0x40, 1}, hello.ErrMalformed, "16,384"},
		"a message of 16 MB":       {[]byte{22, 3, 1, 0, 9, 1, 0xff, 0xff, 0xff}, hello.ErrTooLong, "65,536"},
		"64 KB and one byte":       {[]byte{22, 3, 1, 0, 9, 1, 0, 0xff, 0xfd}, hello.ErrTooLong, ""},
		"no cipher suites":         {records(message(nil), 1<<14), hello.ErrMalformed, "cipher suites"},
		"513 cipher suites":        {records(message(many(513)), 1<<14), hello.ErrTooMany, "512"},
		"300 extensions":           {records(message(many(1), crowd...), 1<<14), hello.ErrTooMany, "256"},
		"257 groups":               {records(message(many(1), groups(many(257)...)), 1<<14), hello.ErrTooMany, ""},
		"an extension twice":       {records(plain(ext(7), ext(7)), 1<<14), hello.ErrMalformed, "twice"},
		"a PSK that is not last":   {records(plain(ext(41), ext(7)), 1<<14), hello.ErrMalformed, "pre-shared key"},
		"a session id too long":    {at(38, 33), hello.ErrMalformed, "session id"},
		"a longer session id":      {at(38, 255), hello.ErrMalformed, "session id"},
		"an odd list of suites":    {at(72, 5), hello.ErrMalformed, "cipher suites"},
		"suites beyond the end":    {at(71, 9), hello.ErrMalformed, "cipher suites"},
		"extensions beyond":        {at(82, 0xff), hello.ErrMalformed, "extensions"},
		"an extension beyond":      {records(message(many(1), []byte{0, 5, 0, 9}), 1<<14), hello.ErrMalformed, "extensions"},
		"half an extension":        {records(message(many(1), []byte{0, 5, 0}), 1<<14), hello.ErrMalformed, "extensions"},
		"a name that lies":         {records(message(many(1), ext(0, vec(2, []byte{0, 0, 9, 'a'}))), 1<<14), hello.ErrMalformed, "server name"},
		"a protocol that lies":     {records(message(many(1), ext(16, vec(2, []byte{9, 'h'}))), 1<<14), hello.ErrMalformed, "ALPN"},
		"an empty protocol":        {records(message(many(1), alpn("")), 1<<14), hello.ErrMalformed, "ALPN"},
		"versions that lie":        {records(message(many(1), ext(43, []byte{3, 3, 4})), 1<<14), hello.ErrMalformed, "versions"},
		"groups that lie":          {records(message(many(1), ext(10, []byte{0, 4, 0, 29})), 1<<14), hello.ErrMalformed, "groups"},
		"signatures that lie":      {records(message(many(1), ext(13, []byte{0})), 1<<14), hello.ErrMalformed, "signature"},
		"key shares that lie":      {records(message(many(1), ext(51, vec(2, u16(29), []byte{0, 9, 1}))), 1<<14), hello.ErrMalformed, "key shares"},
		"point formats that lie":   {records(message(many(1), ext(11, []byte{2, 0})), 1<<14), hello.ErrMalformed, "point formats"},
		"a message that ends soon": {records(slices.Concat([]byte{1, 0, 0, 30}, make([]byte, 30)), 1<<14), hello.ErrMalformed, "session id"},
		"two messages in a record": {records(slices.Concat(plain(), plain()), 1<<14), hello.ErrMalformed, "behind"},
	} {
		_, err := hello.Read(c.wire)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected %v that says %q", name, err, c.want, c.says)
		}
		var r hello.Reader // the same byte by byte
		for i := range c.wire {
			if _, one := r.Add(c.wire[i : i+1]); one != hello.ErrMore {
				if one != err {
					t.Errorf("%s: byte by byte %v; at once %v", name, one, err)
				}
				break
			}
		}
		if _, again := r.Add([]byte{0}); again != err {
			t.Errorf("%s: after its end %v", name, again)
		}
	}
}

func TestTheLongestHelloIsReadAndOneInTooManyRecordsIsNot(t *testing.T) {
	fill := hello.MostBytes - len(plain()) - 2*4
	m := plain(ext(0x7001, make([]byte, 30_000)), ext(0x7000, make([]byte, fill-30_000)))
	if len(m) != hello.MostBytes {
		t.Fatalf("%d bytes", len(m))
	}
	var r hello.Reader
	wire := records(m, 1<<14)
	for i := range wire {
		if _, err := r.Add(wire[i : i+1]); (err == nil) != (i == len(wire)-1) {
			t.Fatalf("byte %d of %d: %v", i, len(wire), err)
		}
	}
	if !bytes.Equal(r.Hello().Message, m) {
		t.Error("another message was read")
	}
	if _, err := hello.Read(records(m, 63)); !errors.Is(err, hello.ErrTooLong) {
		t.Errorf("in %d records: %v", len(m)/63, err)
	}
}

// What a length claims takes no memory.
func TestAClaimTakesNoMemory(t *testing.T) {
	claim := []byte{22, 3, 1, 0x40, 0, 1, 0, 0xff, 0xfc}
	if n := testing.AllocsPerRun(100, func() {
		var r hello.Reader
		if _, err := r.Add(claim); err != hello.ErrMore {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("%v allocations; expected one, of the bytes that came", n)
	}
}

func TestTheFirstAndLastLetterOfTheFirstProtocol(t *testing.T) {
	for name, want := range map[string]string{
		"h2": "h2", "http/1.1": "h1", "x": "xx", "\xab": "99", "\xba\xad": "99", "0\xab": "3b", "01\xab\xcd": "3d", "-a": "21", "\x0a\x0a": "0a", "a\xffb": "ab",
	} {
		h, err := hello.Parse(message([]uint16{1}, alpn(name, "h2")), hello.TCP)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.JA4()[8:10]; got != want {
			t.Errorf("%q: %s; expected %s", name, got, want)
		}
	}
	h, err := hello.Parse(message([]uint16{1}, alpn()), hello.TCP)
	if err != nil || h.JA4()[8:10] != "00" {
		t.Errorf("an empty list: %s, %v", h.JA4(), err)
	}
}

func TestTheFormsOfJA4(t *testing.T) {
	h, err := hello.Parse(message([]uint16{0x1301, 0xdada, 0x0005}, ext(0x1a1a), signatures(0x0804, 0x0403), alpn("h2"), sni("a.example"), versions(0x0302, 0x6a6a, 0x0303)), hello.QUIC)
	if err != nil {
		t.Fatal(err)
	}
	for form, want := range map[hello.Form]string{
		hello.Hashed:         "q12d0204h2_300f4b59c8e0_9cb16391150f",
		hello.Raw:            "q12d0204h2_0005,1301_000d,002b_0804,0403",
		hello.OriginalAndRaw: "q12d0204h2_1301,0005_000d,0010,0000,002b_0804,0403",
	} {
		if got := string(h.AppendJA4([]byte("ja4="), form)); got != "ja4="+want {
			t.Errorf("form %d: %s; expected %s", form, got, want)
		}
	}
	many := make([]uint16, 200)
	if h, err = hello.Parse(message(many), hello.TCP); err != nil || !strings.HasPrefix(h.JA4(), "t12i9900") {
		t.Errorf("200 suites: %s, %v", h.JA4(), err)
	}
	for v, want := range map[uint16]string{0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2", 0xfeff: "d1", 0xfefd: "d2", 0xfefc: "d3", 0x7f1c: "00"} {
		if h, err = hello.Parse(message([]uint16{1}, versions(v)), hello.TCP); err != nil || h.JA4()[1:3] != want {
			t.Errorf("version %04x: %s, %v", v, h.JA4(), err)
		}
	}
	if h, err = hello.Parse(message([]uint16{1}, versions(0xfefc, 0xfefd)), hello.DTLS); err == nil {
		t.Error("a hello of TLS passed for one of DTLS, which has a cookie")
	}
}

// The key is the project's own form: nothing that is stored by it may change without notice.
func TestTheStableKeyIsFixed(t *testing.T) {
	h, err := hello.Parse(plain(), hello.TCP)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Stable().String(); got != "043bae20cf2ef579" {
		t.Errorf("%s", got)
	}
}

// Whatever comes and goes between two connections of a client, its key stays; whatever makes a
// client another one changes it.
func TestTheStableKeyStaysThroughWhatComesAndGoes(t *testing.T) {
	key := func(m []byte) hello.Key {
		h, err := hello.Parse(m, hello.TCP)
		if err != nil {
			t.Fatal(err)
		}
		return h.Stable()
	}
	base := []uint16{0x1301, 0x1302, 0xc02b}
	common := [][]byte{groups(29, 23), signatures(0x0403, 0x0804), versions(0x0304, 0x0303)}
	with := func(more ...[]byte) []byte { return message(base, slices.Concat(common, more)...) }
	want := key(with())
	for name, m := range map[string][]byte{
		"a name": with(sni("b.example")), "protocols": with(alpn("h2")), "one protocol": with(alpn("http/1.1")), "ALPS": with(ext(0x44cd, vec(2, vec(1, []byte("h2"))))),
		"padding": with(ext(21, make([]byte, 90))), "a ticket": with(ext(35, []byte("t"))), "no ticket yet": with(ext(35)), "ECH": with(ext(0xfe0d, []byte{0})),
		"early data and a PSK": with(ext(45, []byte{1, 1}), ext(42), ext(41, []byte{1})), "a cookie": with(ext(44, []byte{1})), "reserved values": message([]uint16{0xaaaa, 0x1301, 0x1302, 0xc02b},
			ext(0x1a1a), groups(0x2a2a, 29, 23), signatures(0x0403, 0x0804), versions(0x3a3a, 0x0304, 0x0303)),
		"another order of extensions": message(base, common[2], common[0], common[1]), "of suites": message([]uint16{0xc02b, 0x1301, 0x1302}, common...),
	} {
		if got := key(m); got != want {
			t.Errorf("%s: another key", name)
		}
	}
	for name, m := range map[string][]byte{
		"a suite less": message(base[:2], common...), "an extension more": with(ext(22)), "another order of groups": message(base, groups(23, 29), common[1], common[2]),
		"another order of signatures": message(base, common[0], signatures(0x0804, 0x0403), common[2]), "other versions": message(base, common[0], common[1], versions(0x0303)),
	} {
		if got := key(m); got == want {
			t.Errorf("%s: the same key", name)
		}
	}
}

// Which parts a value stands in is part of the key: no two lists may be taken for one another.
func TestListsAreNotMistakenForEachOtherInTheStableKey(t *testing.T) {
	a, err := hello.Parse(message([]uint16{5, 10}, groups(13)), hello.TCP)
	if err != nil {
		t.Fatal(err)
	}
	b, err := hello.Parse(message([]uint16{5}, groups(10, 13)), hello.TCP)
	if err != nil || a.Stable() == b.Stable() {
		t.Errorf("the same key, %v", err)
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	wire, cut := records(chromium(), 1<<14), records(chromium(), 600)
	var r hello.Reader
	r.Add(cut)
	buf := make([]byte, 0, 64)
	junk := []byte("GET / HTTP/1.1\r\n\r\n")
	twice := records(plain(ext(7), ext(7)), 1<<14)
	for name, f := range map[string]func() error{
		"in one record": func() error { _, err := hello.Read(wire); return err },
		"in several, by a reader that is used again": func() error { r.Reset(); _, err := r.Add(cut); return err },
		"JA4":        func() error { h, err := hello.Read(wire); buf = h.AppendJA4(buf[:0], hello.Hashed); return err },
		"stable key": func() error { h, err := hello.Read(wire); h.Stable(); return err },
		"family":     func() error { h, err := hello.Read(wire); h.Family(); return err },
		"what is no TLS": func() error {
			if _, err := hello.Read(junk); err != hello.ErrHTTP {
				return fmt.Errorf("HTTP is %w", err)
			}
			return nil
		},
		"what is malformed": func() error {
			if _, err := hello.Read(twice); !errors.Is(err, hello.ErrMalformed) {
				return fmt.Errorf("it is %w", err)
			}
			return nil
		},
	} {
		if n := testing.AllocsPerRun(200, func() {
			if err := f(); err != nil {
				t.Fatal(name, err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkHello(b *testing.B) {
	wire, cut := records(chromium(), 1<<14), records(chromium(), 600)
	h, err := hello.Read(wire)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hello.Read(wire)
		}
	})
	b.Run("read in four records", func(b *testing.B) {
		b.ReportAllocs()
		var r hello.Reader
		for b.Loop() {
			r.Reset()
			r.Add(cut)
		}
	})
	b.Run("ja4", func(b *testing.B) {
		b.ReportAllocs()
		buf := make([]byte, 0, 64)
		for b.Loop() {
			h.AppendJA4(buf, hello.Hashed)
		}
	})
	b.Run("stable", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.Stable()
		}
	})
	b.Run("family", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.Family()
		}
	})
	b.Run("contradicts", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hello.Contradicts(&h, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(records(plain(), 1<<14), uint8(0))
	f.Add(records(plain(ext(35, []byte("t")), ext(42), ext(45, []byte{1, 1}), ext(41, []byte{1})), 70), uint8(7))
	f.Add(records(chromium(), 600), uint8(200))
	f.Add(records(firefox(), 1<<14), uint8(0))
	f.Add(records(message([]uint16{0x0a0a, 5}, ext(0x0a0a), ext(51, vec(2, u16(29), vec(2, []byte{1})))), 1), uint8(1))
	f.Add([]byte("GET / HTTP/1.1\r\n"), uint8(3))
	f.Add([]byte{0x80, 0x2e, 1, 0, 2}, uint8(2))
	f.Add([]byte{22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff}, uint8(0))
	f.Fuzz(func(t *testing.T, wire []byte, step uint8) {
		h, err := hello.Read(wire)
		var r hello.Reader
		var one error = hello.ErrMore
		var rest []byte
		for part := range slices.Chunk(wire, int(step)+1) {
			if rest, one = r.Add(part); one != hello.ErrMore {
				break
			}
		}
		if one != err {
			t.Fatalf("in steps of %d: %v; at once %v", int(step)+1, one, err)
		}
		if err == hello.ErrMore && rest != nil {
			t.Fatal("more is wanted, and something was left")
		}
		checkHello(t, &h)
		checkHello(t, r.Hello())
		if err == nil && (!bytes.Equal(h.Message, r.Hello().Message) || h.JA4() != r.Hello().JA4() || h.Stable() != r.Hello().Stable() || h.Family() != r.Hello().Family()) {
			t.Fatal("pieces make a difference")
		}
		for _, over := range []hello.Transport{hello.QUIC, hello.DTLS} {
			if h, err := hello.Parse(wire, over); err == nil {
				checkHello(t, &h)
			}
		}
		var d hello.Datagrams
		if d.Add(wire) == nil {
			checkHello(t, d.Hello())
		}
	})
}

// checkHello goes through all that is told of a hello, whole or not.
func checkHello(t *testing.T, h *hello.Hello) {
	for form := hello.Hashed; form <= hello.OriginalAndRaw; form++ {
		s := string(h.AppendJA4(nil, form))
		if form == hello.Hashed && len(s) != 36 {
			t.Fatalf("JA4 %q", s)
		}
	}
	h.Stable()
	hello.Contradicts(h, "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0")
	for range h.Protocols.All() {
	}
	for range h.Shares() {
	}
	n := 0
	for range h.Extensions.All() {
		n++
	}
	if n > hello.MostExtensions || h.Ciphers.Len() > hello.MostCiphers || h.Groups.Len() > hello.MostCodes || len(h.Message) > hello.MostBytes && h.Ciphers != nil {
		t.Fatalf("beyond the bounds: %d extensions, %d suites", n, h.Ciphers.Len())
	}
}
