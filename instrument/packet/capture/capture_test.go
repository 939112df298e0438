package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/evenkeel/evenkeel/instrument/packet"
)

// syn is a frame of Ethernet with a SYN to 198.51.100.7:22.
func syn() []byte {
	b := make([]byte, 54)
	copy(b[12:], []byte{8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7, 0x9c, 0x40, 0, 22})
	b[46], b[47] = 5<<4, packet.SYN
	return b
}

type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func pcap(o order, magic uint32, link uint32, records ...[]byte) []byte {
	b := o.AppendUint32(nil, magic)
	b = append(b, make([]byte, 16)...)
	b = o.AppendUint32(b, link)
	return slices.Concat(append([][]byte{b}, records...)...)
}

func record(o order, sec, frac uint32, data []byte, wire int) []byte {
	b := o.AppendUint32(nil, sec)
	b = o.AppendUint32(b, frac)
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, uint32(wire))
	return append(b, data...)
}

func block(o order, kind uint32, body ...[]byte) []byte {
	all := slices.Concat(body...)
	for len(all)%4 != 0 {
		all = append(all, 0)
	}
	size := uint32(len(all) + 12)
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, size)
	return o.AppendUint32(append(b, all...), size)
}

func section(o order) []byte {
	b := o.AppendUint32(nil, byteOrderMagic)
	return block(o, magicSection, b, make([]byte, 12))
}

func face(o order, link uint16, options ...byte) []byte {
	return block(o, blockIface, o.AppendUint16(nil, link), []byte{0, 0, 0, 0, 0, 0}, options)
}

func enhanced(o order, from uint32, units uint64, data []byte, wire int) []byte {
	b := o.AppendUint32(nil, from)
	b = o.AppendUint32(b, uint32(units>>32))
	b = o.AppendUint32(b, uint32(units))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, uint32(wire))
	return block(o, blockEnhanced, b, data)
}

// all reads a capture to its end: the packets, and what ended it.
func all(in io.Reader) (out []Packet, r *Reader, err error) {
	r, err = New(in)
	if err != nil {
		return nil, r, err
	}
	for {
		p, err := r.Next()
		if err != nil {
			return out, r, err
		}
		p.Data = bytes.Clone(p.Data)
		out = append(out, p)
	}
}

func TestBothFormsAreReadInBothOrdersOfBytes(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	const at = 1_500_000_000_123_456_000
	nano := []byte{0, 9, 0, 1, 9, 0, 0, 0}
	for name, file := range map[string][]byte{
		"pcap, little":               pcap(le, magicMicro, 1, record(le, 1_500_000_000, 123456, syn(), 60)),
		"pcap, big, nanoseconds":     pcap(be, magicNano, 1, record(be, 1_500_000_000, 123456000, syn(), 60)),
		"pcap with a checksum noted": pcap(le, magicMicro, 0xf4000001, record(le, 1_500_000_000, 123456, syn(), 60)),
		"pcapng, little":             slices.Concat(section(le), face(le, 1), enhanced(le, 0, at/1000, syn(), 60)),
		"pcapng, big, nanoseconds":   slices.Concat(section(be), face(be, 1, nano...), enhanced(be, 0, at, syn(), 60)),
		"two sections": slices.Concat(section(be), face(be, 101), section(le), face(le, 1),
			block(le, 5, make([]byte, 100)), enhanced(le, 0, at/1000, syn(), 60)),
	} {
		got, r, err := all(bytes.NewReader(file))
		if err != io.EOF || len(got) != 1 || r.Damaged() != 0 || r.Packets() != 1 {
			t.Errorf("%s: %d packets, %v", name, len(got), err)
			continue
		}
		p := got[0]
		h, ok := p.Headers()
		if p.At != at || p.Wire != 60 || p.Link != Ethernet || !ok || !h.Opens() || h.DestinationPort != 22 || h.Length != 60 {
			t.Errorf("%s: %+v, %+v", name, p, h)
		}
	}
}

func TestEachKindOfLinkIsRead(t *testing.T) {
	le := binary.LittleEndian
	p := syn()[14:]
	sll := append(make([]byte, 14), 8, 0)
	sll2 := append([]byte{8, 0}, make([]byte, 18)...)
	for _, c := range []struct {
		link uint32
		head []byte
	}{
		{101, nil}, {12, nil}, {228, nil}, {113, sll}, {276, sll2}, {0, []byte{2, 0, 0, 0}}, {0, []byte{0, 0, 0, 2}}, {108, []byte{0, 0, 0, 2}},
	} {
		data := append(slices.Clone(c.head), p...)
		got, _, err := all(bytes.NewReader(pcap(le, magicMicro, c.link, record(le, 1, 0, data, len(data)))))
		if err != io.EOF || len(got) != 1 {
			t.Fatalf("link %d: %v", c.link, err)
		}
		if h, ok := got[0].Headers(); !ok || !h.Opens() || !got[0].Link.Known() {
			t.Errorf("link %d (%v): %+v", c.link, got[0].Link, h)
		}
	}
	strange := Packet{Link: 147, Data: p, Wire: len(p)}
	if _, ok := strange.Headers(); ok || strange.Link.Known() || strange.Link.String() != "link type 147" {
		t.Error("a link that nobody knows was read")
	}
}

func TestADamagedPacketCostsItself(t *testing.T) {
	le := binary.LittleEndian
	good := record(le, 2, 0, syn(), 54)
	wide := enhanced(le, 0, 9, syn(), 54)
	le.PutUint32(wide[20:], 4000) // more bytes than its block has
	for name, file := range map[string][]byte{
		"a fraction of more than a second": pcap(le, magicMicro, 1, record(le, 1, 1_000_000, syn(), 54), good),
		"a length beyond its block":        slices.Concat(section(le), face(le, 1), wide, enhanced(le, 0, 9, syn(), 54)),
		"an interface that nobody told":    slices.Concat(section(le), face(le, 1), enhanced(le, 3, 9, syn(), 54), enhanced(le, 0, 9, syn(), 54)),
	} {
		got, r, err := all(bytes.NewReader(file))
		if err != io.EOF || len(got) != 1 || r.Damaged() != 1 || r.Packets() != 2 {
			t.Errorf("%s: %d packets, %d damaged of %d, %v", name, len(got), r.Damaged(), r.Packets(), err)
		}
	}
}

func TestWhatCannotBeReadOnSaysWhereAndLosesNothingBefore(t *testing.T) {
	le := binary.LittleEndian
	good := record(le, 2, 0, syn(), 54)
	ng := slices.Concat(section(le), face(le, 1), enhanced(le, 0, 9, syn(), 54))
	long := record(le, 2, 0, nil, 0)
	le.PutUint32(long[8:], 1<<31)
	unlike := enhanced(le, 0, 9, syn(), 54)
	unlike[len(unlike)-1] = 1
	for _, c := range []struct {
		name, says string
		file       []byte
	}{
		{"a packet cut off", "packet 2, at byte 94: the file ends in the middle of a packet", pcap(le, magicMicro, 1, good, good[:40])},
		{"a header of a packet cut off", "packet 2, at byte 94: the file ends in the middle of what stands before", pcap(le, magicMicro, 1, good, good[:7])},
		{"a length that cannot be", "packet 2, at byte 94: it says that it has 2147483648 bytes; expected at most 262144", pcap(le, magicMicro, 1, good, long, good)},
		{"a block cut off", "the file ends in the middle of a block", slices.Concat(ng, enhanced(le, 0, 9, syn(), 54)[:50])},
		{"a block of no length", "expected a multiple of 4, at least 12", slices.Concat(ng, make([]byte, 12))},
		{"a block that ends unlike it began", "a block says that it has 88 bytes, and at its end", slices.Concat(ng, unlike)},
	} {
		got, _, err := all(bytes.NewReader(c.file))
		if d, ok := errors.AsType[*Damage](err); !ok || len(got) != 1 || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %d packets, %v (%v)", c.name, len(got), err, d)
		}
	}
}

func TestWhatIsNoCaptureIsSaid(t *testing.T) {
	for says, file := range map[string]string{
		"it has 0 bytes":                  "",
		"it begins with 7b227370":         `{"specversion":"1.0"}`,
		"its header has 8 bytes":          "\xd4\xc3\xb2\xa1\x02\x00\x04\x00",
		"it is a pcap of an old, modifie": "\x34\xcd\xb2\xa1" + strings.Repeat("\x00", 30),
	} {
		if _, _, err := all(strings.NewReader(file)); !errors.Is(err, ErrNotCapture) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", file, err)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := New(errReader{broken}); !errors.Is(err, broken) {
		t.Errorf("an error of reading became %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestReadingACaptureAllocatesNothingForEachPacket(t *testing.T) {
	le := binary.LittleEndian
	file := pcap(le, magicMicro, 1, slices.Repeat(record(le, 1, 0, syn(), 54), 4000))
	r, err := New(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for each packet", n)
	}
}

func BenchmarkNext(b *testing.B) {
	le := binary.LittleEndian
	file := pcap(le, magicMicro, 1, slices.Repeat(record(le, 1, 0, syn(), 54), 10_000))
	b.ReportAllocs()
	n := 0
	var r *Reader
	for b.Loop() {
		if n == 0 {
			r, _ = New(bytes.NewReader(file))
			n = 10_000
		}
		n--
		p, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		p.Headers()
	}
}

// Every recorded capture is read to its end, and what was left out is said.
func TestRealInputCaptures(t *testing.T) {
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	files, packets, damaged, cut, malformed, ended := 0, int64(0), int64(0), 0, 0, 0
	links := map[Link]int{}
	for _, set := range []string{"net", "tls-http2"} {
		err := filepath.WalkDir(filepath.Join(root, set), func(path string, d fs.DirEntry, err error) error {
			base, packed := strings.CutSuffix(path, ".gz")
			switch ext := filepath.Ext(base); {
			case err != nil:
				return err
			case d.IsDir(), ext != ".pcap" && ext != ".pcapng" && ext != ".cap" && ext != ".trace":
				return nil
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			in := io.Reader(f)
			if packed {
				if in, err = gzip.NewReader(f); err != nil {
					return err
				}
			}
			r, err := New(in)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				return nil
			}
			files++
			for {
				p, err := r.Next()
				if err != nil {
					if err != io.EOF {
						ended++
						t.Logf("%s: %v", path, err)
					}
					break
				}
				links[p.Link]++
				switch h, _ := p.Headers(); {
				case h.Fault == packet.Cut:
					cut++
				case h.Fault.Malformed():
					malformed++
				}
			}
			packets, damaged = packets+r.Packets(), damaged+r.Damaged()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d captures, %d packets: %d damaged, %d cut by the capture, %d malformed; %d captures end before their end; links %v", files, packets, damaged, cut, malformed, ended, links)
	if files < 300 || packets < 160_000 || damaged*1000 > packets || ended > files/50 {
		t.Error("fewer are read than there are")
	}
}

func FuzzReader(f *testing.F) {
	le, be := binary.LittleEndian, binary.BigEndian
	f.Add(pcap(le, magicMicro, 1, record(le, 1, 2, syn(), 60), record(le, 1, 3, syn()[:20], 60)))
	f.Add(pcap(be, magicNano, 113, record(be, 1, 2, syn(), 60)))
	f.Add(slices.Concat(section(le), face(le, 1, 0, 9, 0, 1, 0x80|20, 0, 0, 0), enhanced(le, 0, 1<<40, syn(), 60), block(le, blockSimple, []byte{54, 0, 0, 0}, syn())))
	f.Add(slices.Concat(section(be), face(be, 101), block(be, blockOld, make([]byte, 60))))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := New(bytes.NewReader(file))
		if err != nil {
			return
		}
		for n := 0; ; n++ {
			p, err := r.Next()
			if err != nil {
				if _, again := r.Next(); again != err {
					t.Fatalf("after %v came %v", err, again)
				}
				if d, ok := errors.AsType[*Damage](err); ok && (d.Packet < 1 || d.Offset > int64(len(file))) {
					t.Fatalf("damage where nothing is: %v", d)
				}
				return
			}
			if len(p.Data) > p.Wire || len(p.Data) > len(file) || p.At < 0 || n > len(file) {
				t.Fatalf("%d bytes of %d, at %d, from a file of %d", len(p.Data), p.Wire, p.At, len(file))
			}
			p.Headers()
		}
	})
}
