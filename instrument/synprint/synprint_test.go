package synprint

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
)

// four and six return SYNs with options.
func four(ttl byte, window uint16, options string) []byte {
	o, _ := hex.DecodeString(strings.ReplaceAll(options, " ", ""))
	for len(o)%4 != 0 {
		panic("options are words of four bytes")
	}
	total := 40 + len(o)
	b := []byte{0x45, 0, byte(total >> 8), byte(total), 0x12, 0x34, 0x40, 0, ttl, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1}
	return append(b, tcp(window, o)...)
}

func six(hops byte, window uint16, options string) []byte {
	o, _ := hex.DecodeString(strings.ReplaceAll(options, " ", ""))
	b := append([]byte{0x60, 1, 2, 3, 0, byte(20 + len(o)), 6, hops}, make([]byte, 32)...)
	b[8], b[24], b[39] = 0x20, 0x20, 1
	return append(b, tcp(window, o)...)
}

func tcp(window uint16, o []byte) []byte {
	return append([]byte{0x9c, 0x40, 1, 0xbb, 1, 2, 3, 4, 0, 0, 0, 0, byte(20+len(o)) << 2, packet.SYN, byte(window >> 8), byte(window), 0, 0, 0, 0}, o...)
}

const linux = "020405b4 0402 080a 00112233 00000000 01 030307"

func TestMachinesAreToldApart(t *testing.T) {
	ecn := four(64, 64240, linux)
	ecn[33] |= packet.ECE | packet.CWR
	data := append(four(64, 64240, linux), "hello"...)
	data[3] += 5
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"Linux", four(64, 64240, linux), "s4|64|df|mss*44|7|1500|MSTNW"},
		{"the same eleven routers away", four(53, 64240, linux), "s4|64|df|mss*44|7|1500|MSTNW"},
		{"the same by IPv6", six(64, 64800, "020405a0 0402 080a 00112233 00000000 01 030307"), "s6|64|-|mss*45|7|1500|MSTNW"},
		{"Windows", four(117, 64240, "020405b4 01 030308 01 01 0402"), "s4|128|df|mss*44|8|1500|MNWNNS"},
		{"macOS", four(61, 65535, "020405b4 01 030306 01 01 080a 00112233 00000000 0402 0000"), "s4|64|df|65535|6|1500|MNWNNTSE"},
		{"one that asks for ECN", ecn, "s4|64|df,ecn|mss*44|7|1500|MSTNW"},
		{"one without options, as scanners send", four(255, 1024, ""), "s4|255|df|1024|-|0|"},
		{"data behind it", data, "s4|64|df|mss*44|7|1500|MSTNW"},
		{"data that was not saved", data[:60], "s4|64|df|mss*44|7|1500|MSTNW"},
		{"options that few have", four(64, 100, "2202 fd04beef 1e021d021302"), "s4|64|df|100|-|0|F(253)PAK"},
		{"an option that is cut", four(64, 100, "020405b4 01010103"), "s4|64|df|100|-|1500|MNNNW!"},
		{"one longer than the header", four(64, 100, "08ff0000"), "s4|64|df|100|-|0|T!"},
		{"one shorter than itself", four(64, 100, "08010000"), "s4|64|df|100|-|0|T!"},
		{"a segment of another length", four(64, 100, "02030101"), "s4|64|df|100|-|0|M!"},
		{"a scale beyond what is allowed", four(64, 100, "0303ff01"), "s4|64|df|100|14|0|WN"},
	} {
		p, err := Read(c.in)
		if err != nil || p.String() != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, p.String(), err, c.want)
		}
	}
	p, _ := Read(four(53, 64240, linux))
	if p.TTL != 53 || p.Start() != 64 || p.MSS != 1460 || p.Scale != 7 || len(p.Options()) != 5 || p.Key() != 0x08230a805c5cd1a9 {
		t.Errorf("%+v, key %#x", p, p.Key())
	}
}

func TestWhatOpensNothingHasNoPrint(t *testing.T) {
	change := func(at int, to byte) []byte {
		b := four(64, 64240, linux)
		b[at] = to
		return b
	}
	chain := six(64, 64800, "")
	chain = append(chain[:40:40], append([]byte{6, 0, 1, 4, 0, 0, 0, 0}, chain[40:]...)...)
	chain[5], chain[6] = 28, 60
	for _, c := range []struct {
		name string
		in   []byte
		want error
	}{
		{"nothing", nil, ErrMalformed},
		{"another version", change(0, 0x55), ErrMalformed},
		{"a header that is cut", four(64, 64240, linux)[:59], ErrMalformed},
		{"an IP header that is cut", four(64, 64240, linux)[:19], ErrMalformed},
		{"a TCP header longer than the packet", change(32, 0xf0), ErrMalformed},
		{"an answer", change(33, packet.SYN|packet.ACK), ErrNoSYN},
		{"ICMP", change(9, packet.ICMP), ErrNoSYN},
		{"a later part of a packet", change(7, 1), ErrNoSYN},
		{"extension headers", chain, ErrChain},
	} {
		if _, err := Read(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestNothingThatChangesIsInTheKey changes what differs between two connections of one machine.
func TestNothingThatChangesIsInTheKey(t *testing.T) {
	want, err := Read(four(64, 64240, linux))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := four(byte(rapid.IntRange(33, 64).Draw(t, "ttl")), 64240, linux)
		for _, part := range [][2]int{{1, 2}, {4, 6}, {10, 20}, {20, 28}, {36, 38}, {48, 56}} { // service, id, sum and addresses, ports and numbers, sum, timestamps
			for i := part[0]; i < part[1]; i++ {
				b[i] = rapid.Byte().Draw(t, "byte")
			}
		}
		if got, err := Read(b); err != nil || got.Key() != want.Key() {
			t.Fatalf("%s, %v", got.String(), err)
		}
	})
}

func TestRealInputSYNs(t *testing.T) {
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	prints, all, failed := map[string]int{}, 0, 0
	err := filepath.WalkDir(filepath.Join(root, "tls-http2"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(filepath.Ext(path), "cap") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := capture.New(f)
		if err != nil {
			return nil
		}
		for {
			p, err := r.Next()
			if err != nil {
				return nil
			}
			h, ok := p.Headers()
			const link = 14 // Ethernet
			if !ok || !h.Opens() || h.Tunnel || h.Tags > 0 || h.Fault != packet.Sound || p.Link != capture.Ethernet {
				continue
			}
			all++
			print, err := Read(p.Data[link:])
			if err != nil {
				failed++
				t.Logf("%s: %v", path, err)
				continue
			}
			prints[print.String()]++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, n := range prints {
		t.Logf("%3d × %s", n, text)
	}
	if all < 20 || failed > 0 || len(prints) < 5 {
		t.Errorf("of %d SYNs %d have no print; there are %d prints", all, failed, len(prints))
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	in := four(64, 64240, linux)
	if n := testing.AllocsPerRun(200, func() {
		p, err := Read(in)
		if err != nil || p.Key() == 0 {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRead(b *testing.B) {
	in := four(64, 64240, linux)
	for b.Loop() {
		p, err := Read(in)
		if err != nil || p.Key() == 0 {
			b.Fatal(err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(four(64, 64240, linux))
	f.Add(six(64, 64800, linux))
	f.Add(four(64, 100, "020405b4 01010103"))
	f.Add(four(64, 1024, "")[:30])
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := Read(in)
		if err != nil {
			return
		}
		text := p.String()
		if len(text) > maxText || !strings.HasPrefix(text, "s4|") && !strings.HasPrefix(text, "s6|") {
			t.Errorf("the text is %q", text)
		}
		q, err := Read(append(in[:len(in):len(in)], 0xff)) // what stands behind does not count, where the packet says how long it is
		if err == nil && in[2]|in[3] != 0 && in[0]>>4 == 4 && q.Key() != p.Key() {
			t.Errorf("with a byte behind it %q is %q", text, q.String())
		}
	})
}
