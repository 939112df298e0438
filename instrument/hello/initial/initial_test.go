package initial

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

// The keys of RFC 9001, appendix A.1, and of RFC 9369, appendix A.1.
func TestTheKeysOfTheRFCsAreDerived(t *testing.T) {
	id, err := hex.DecodeString("8394c8f03e515708")
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[uint32][3]string{
		version1: {"1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"},
		version2: {"8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9"},
	} {
		v, ok := versionOf(number)
		if !ok {
			t.Fatalf("version %x is not read", number)
		}
		k, err := derive(v, id)
		if err != nil || hex.EncodeToString(k.iv[:]) != want[1] {
			t.Errorf("version %x: iv %x, %v", number, k.iv, err)
		}
		// The keys themselves are held to the same cipher made from the RFC's.
		other := made(t, want[0], want[1], want[2])
		nonce := k.nonce(7)
		if a, b := k.seal.Seal(nil, nonce[:], []byte("x"), nil), other.seal.Seal(nil, nonce[:], []byte("x"), nil); !bytes.Equal(a, b) {
			t.Errorf("version %x: another key", number)
		}
		var a, b [16]byte
		k.head.Encrypt(a[:], a[:])
		other.head.Encrypt(b[:], b[:])
		if a != b {
			t.Errorf("version %x: another key of headers", number)
		}
	}
}

func TestTheNumberOfAPacketIsMadeWhole(t *testing.T) {
	for _, c := range []struct {
		short   int64
		bits    int
		largest int64
		want    int64
	}{
		{0x9b32, 16, 0xa82f30ea, 0xa82f9b32}, // RFC 9000, appendix A.3
		{0, 8, -1, 0}, {1, 8, -1, 1}, {0, 8, 255, 256}, {255, 8, 256, 255},
	} {
		if got := full(c.short, c.bits, c.largest); got != c.want {
			t.Errorf("%x of %d bits after %x: %x; expected %x", c.short, c.bits, c.largest, got, c.want)
		}
	}
}

// live is the hello that Go's own client sends over QUIC.
func live(t testing.TB) []byte {
	t.Helper()
	c := tls.QUICClient(&tls.QUICConfig{TLSConfig: &tls.Config{ServerName: "a.example", NextProtos: []string{"h3"}, MinVersion: tls.VersionTLS13}})
	defer c.Close()
	c.SetTransportParameters([]byte{1, 1, 0})
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	var m []byte
	for e := c.NextEvent(); e.Kind != tls.QUICNoEvent; e = c.NextEvent() {
		if e.Kind == tls.QUICWriteData && e.Level == tls.QUICEncryptionLevelInitial {
			m = append(m, e.Data...)
		}
	}
	return m
}

// part is a CRYPTO frame.
type part struct {
	at   int
	data []byte
}

func cut(m []byte, size int) (out []part) {
	for i := 0; i < len(m); i += size {
		out = append(out, part{i, m[i:min(i+size, len(m))]})
	}
	return out
}

func long(v int) []byte { return []byte{0x80 | byte(v>>24), byte(v >> 16), byte(v >> 8), byte(v)} }

func crypto(parts ...part) (b []byte) {
	for _, p := range parts {
		b = append(b, frameCrypto)
		b = append(append(append(b, long(p.at)...), long(len(p.data))...), p.data...)
	}
	return b
}

// fataler is a test, or a property.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// sealed makes an Initial packet, whose keys are of keyed, and whose server's id is id.
func sealed(t fataler, number uint32, keyed, id []byte, n int, token string, payload []byte) []byte {
	t.Helper()
	v, ok := versionOf(number)
	if !ok {
		t.Fatalf("version %x", number)
	}
	k, err := derive(v, keyed)
	if err != nil {
		t.Fatal(err)
	}
	b := slices.Concat([]byte{0xc0 | v.kind<<4 | 1, byte(number >> 24), byte(number >> 16), byte(number >> 8), byte(number), byte(len(id))}, id, []byte{3, 1, 2, 3},
		long(len(token)), []byte(token), long(2+len(payload)+16), []byte{byte(n >> 8), byte(n)})
	at := len(b) - 2
	nonce := k.nonce(uint64(n))
	b = k.seal.Seal(b, nonce[:], payload, b)
	var mask [16]byte
	k.head.Encrypt(mask[:], b[at+4:at+20])
	b[0] ^= mask[0] & 0x0f
	b[at] ^= mask[1]
	b[at+1] ^= mask[2]
	return b
}

var id = []byte("the id")

func TestGosHelloIsReadFromEachVersion(t *testing.T) {
	m := live(t)
	want, err := hello.Parse(m, hello.QUIC)
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []uint32{version1, version2, drafts + 22, drafts + 23, drafts + 28, drafts + 29, drafts + 32, drafts + 33, drafts + 34} {
		datagram := sealed(t, number, id, id, 0, "", append(crypto(part{0, m}), make([]byte, 900)...))
		before := bytes.Clone(datagram)
		var r Reader
		if err := r.Add(datagram); err != nil || r.Hello().JA4() != want.JA4() || string(r.Hello().ServerName) != "a.example" || r.Version() != number {
			t.Errorf("version %x: %v", number, err)
		}
		if !bytes.Equal(datagram, before) {
			t.Errorf("version %x: the datagram was changed", number)
		}
	}
}

// A hello in any pieces, in any order, in any packets and datagrams, beside what else an Initial packet may hold, is the same hello.
func TestPiecesInAnyOrderAreOneHello(t *testing.T) {
	m := live(t)
	rapid.Check(t, func(t *rapid.T) {
		parts := cut(m, rapid.IntRange(len(m)/40, len(m)).Draw(t, "size"))
		parts = rapid.Permutation(parts).Draw(t, "order")
		parts = append(parts, rapid.SliceOfN(rapid.SampledFrom(parts), 0, 3).Draw(t, "again")...)
		var r Reader
		err := hello.ErrMore
		var datagram []byte
		for n := 0; len(parts) > 0; n++ {
			some := rapid.IntRange(1, len(parts)).Draw(t, "frames")
			payload := slices.Concat([]byte{framePing, frameAck, 5, 1, 1, 2, 0, 3, frameAckECN, 5, 1, 0, 2, 1, 1, 1, framePadding}, crypto(parts[:some]...), make([]byte, 40))
			parts = parts[some:]
			datagram = append(datagram, sealed(t, version1, id, id, n+1, "token", payload)...)
			if len(parts) > 0 && rapid.Bool().Draw(t, "coalesced") {
				continue
			}
			if err = r.Add(append(datagram, 0x40, 1, 2)); err != nil && err != hello.ErrMore {
				t.Fatal(err)
			}
			datagram = nil
		}
		if err != nil || !bytes.Equal(r.Hello().Message, m) {
			t.Fatalf("%v", err)
		}
	})
}

func TestAServersIDAndARetryAreFollowed(t *testing.T) {
	m := live(t)
	parts := cut(m, len(m)/2+1)
	var r Reader
	if err := r.Add(sealed(t, version1, id, id, 0, "", crypto(parts[0]))); err != hello.ErrMore {
		t.Fatal(err)
	}
	other := []byte("chosen by the server")
	if err := r.Add(sealed(t, version1, id, other, 1, "", crypto(parts[1]))); err != nil || !bytes.Equal(r.Hello().Message, m) {
		t.Errorf("under the server's id: %v", err)
	}
	r = Reader{}
	if err := r.Add(sealed(t, version1, id, id, 0, "", crypto(parts[0]))); err != hello.ErrMore {
		t.Fatal(err)
	}
	for i, p := range parts { // after a Retry all is said again, with keys of the new id
		if err := r.Add(sealed(t, version1, other, other, 1+i, "a token", crypto(p))); (err == nil) != (i == 1) {
			t.Errorf("after a Retry, datagram %d: %v", i, err)
		}
	}
}

func TestWhatIsNoInitialIsNamedAndCostsItself(t *testing.T) {
	m := live(t)
	good := sealed(t, version1, id, id, 0, "", crypto(part{0, m}))
	broken := bytes.Clone(good)
	broken[len(broken)-1] ^= 1
	handshake := slices.Concat([]byte{0xe0, 0, 0, 0, 1, 1, 7, 0, 20}, make([]byte, 20))
	retry := slices.Concat([]byte{0xf0, 0, 0, 0, 1, 1, 7, 0}, make([]byte, 40))
	v0 := []byte{0xc0, 0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 1}
	for name, c := range map[string]struct {
		datagram []byte
		want     error
	}{
		"a short header":         {[]byte{0x40, 1, 2, 3, 4, 5, 6, 7, 8}, ErrNotInitial},
		"a version negotiation":  {v0, ErrNotInitial},
		"another version":        {slices.Concat([]byte{0xc0, 0xfa, 0xce, 0xb0, 2}, good[5:]), ErrVersion},
		"a Handshake packet":     {handshake, ErrNotInitial},
		"a Retry":                {retry, ErrNotInitial},
		"an id of 21 bytes":      {slices.Concat(good[:5], []byte{21}, make([]byte, 60)), ErrNotInitial},
		"one that is cut":        {good[:len(good)-9], ErrNotInitial},
		"one that is broken":     {broken, ErrSealed},
		"too short for a sample": {slices.Concat(good[:5], []byte{0, 0, 0, 3, 0, 1, 2}), ErrSealed},
		"nothing":                {nil, ErrNotInitial},
	} {
		var r Reader
		if err := r.Add(c.datagram); err != c.want {
			t.Errorf("%s: %v; expected %v", name, err, c.want)
		}
		if err := r.Add(good); err != nil {
			t.Errorf("%s cost the hello behind it: %v", name, err)
		}
	}
	var r Reader
	if err := r.Add(slices.Concat(handshake, good)); err != nil {
		t.Errorf("an Initial behind another packet: %v", err)
	}
}

func TestMalformedInitialsAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		payload []byte
		want    error
	}{
		"a frame of streams":          {append([]byte{0x08}, make([]byte, 40)...), hello.ErrMalformed},
		"CRYPTO beyond its packet":    {append([]byte{frameCrypto, 0, 0x7f, 0xff}, make([]byte, 40)...), hello.ErrMalformed},
		"CRYPTO that ends at once":    {append(make([]byte, 40), frameCrypto), hello.ErrMalformed},
		"an ACK of too many ranges":   {append([]byte{frameAck, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, make([]byte, 40)...), hello.ErrMalformed},
		"a reason beyond its packet":  {append([]byte{frameClose, 1, 1, 0x7f, 0xff}, make([]byte, 40)...), hello.ErrMalformed},
		"CRYPTO beyond 16 KiB":        {crypto(part{mostBytes - 10, make([]byte, 40)}), hello.ErrTooLong},
		"CRYPTO beyond all":           {append([]byte{frameCrypto, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, make([]byte, 40)...), hello.ErrTooLong},
		"a hello that says 16 MB":     {crypto(part{0, append([]byte{1, 0xff, 0xff, 0xff}, make([]byte, 40)...)}), hello.ErrTooLong},
		"a server's hello":            {crypto(part{0, append([]byte{2, 0, 0, 40}, make([]byte, 40)...)}), hello.ErrNotHello},
		"a hello that contradicts":    {crypto(part{0, append([]byte{1, 0, 0, 40}, make([]byte, 40)...)}), hello.ErrMalformed},
		"the beginning of a hello":    {crypto(part{0, append([]byte{1, 0, 1, 40}, make([]byte, 40)...)}), hello.ErrMore},
		"a hello without a beginning": {crypto(part{9, make([]byte, 40)}), hello.ErrMore},
	} {
		var r Reader
		err := r.Add(sealed(t, version1, id, id, 0, "", c.payload))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v; expected %v", name, err, c.want)
		}
		if again := r.Add(sealed(t, version1, id, id, 1, "", make([]byte, 40))); again != err {
			t.Errorf("%s: then %v; before %v", name, again, err)
		}
	}
	var r Reader
	for n := range 100 { // gaps without end
		err := r.Add(sealed(t, version1, id, id, n, "", crypto(part{10 + 40*n, make([]byte, 30)})))
		if errors.Is(err, hello.ErrTooLong) {
			return
		}
	}
	t.Error("a hundred gaps are held")
}

func BenchmarkInitial(b *testing.B) {
	datagram := sealed(b, version1, id, id, 0, "", append(crypto(part{0, live(b)}), make([]byte, 900)...))
	b.ReportAllocs()
	for b.Loop() {
		var r Reader
		if err := r.Add(datagram); err != nil {
			b.Fatal(err)
		}
	}
}

// What one datagram of a stranger may cost.
func TestAnInitialCostsABoundedNumberOfAllocations(t *testing.T) {
	datagram := sealed(t, version1, id, id, 0, "", append(crypto(part{0, live(t)}), make([]byte, 900)...))
	if n := testing.AllocsPerRun(50, func() {
		var r Reader
		if err := r.Add(datagram); err != nil {
			t.Fatal(err)
		}
	}); n > 80 {
		t.Errorf("%v allocations; expected at most 80, nearly all of deriving keys", n)
	}
}

func FuzzAdd(f *testing.F) {
	m := live(f)
	f.Add(sealed(f, version1, id, id, 0, "", crypto(part{0, m})), crypto(part{0, m}))
	f.Add(sealed(f, version2, id, id, 0, "t", crypto(part{0, m[:50]})), crypto(part{50, m[50:]}))
	f.Add([]byte{0xc0, 0, 0, 0, 1, 1, 7, 0, 0, 0x41}, append([]byte{frameAck, 1, 1, 0, 0, frameAckECN, 1, 1, 0, 0, 1, 1, 1, frameClose, 1, 1, 1}, strings.Repeat("\x00", 20)...))
	f.Fuzz(func(t *testing.T, datagram, payload []byte) {
		before := bytes.Clone(datagram)
		var r Reader
		first := r.Add(datagram)
		if !bytes.Equal(datagram, before) {
			t.Fatal("the datagram was changed")
		}
		if len(payload) > 40_000 {
			return
		}
		// What is inside an Initial is fuzzed by itself: nothing gets there that was not sealed.
		if err := r.Add(sealed(t, version1, id, id, 3, "", append(payload, 0, 0, 0, 0))); first != nil && first != hello.ErrMore && err == nil {
			if len(r.Hello().Message) == 0 || len(r.Hello().Message) > mostBytes || len(r.Hello().JA4()) != 36 {
				t.Fatalf("a hello of %d bytes", len(r.Hello().Message))
			}
		}
	})
}
