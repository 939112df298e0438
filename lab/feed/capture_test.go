package feed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// capturedSyns is a pcap of SYNs from 192.0.2.7, one each tenth of a second.
func capturedSyns(n int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, make([]byte, 16)...)
	b = le.AppendUint32(b, 101)
	for i := range n {
		p := make([]byte, 40)
		copy(p, []byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 7, 203, 0, 113, byte(i), 0x9c, 0x40, 0, 22})
		p[32], p[33] = 5<<4, packet.SYN
		b = le.AppendUint32(b, uint32(1_700_000_000+i/10))
		b = le.AppendUint32(b, uint32(i%10*100_000))
		b = le.AppendUint32(b, 40)
		b = append(le.AppendUint32(b, 40), p...)
	}
	return b
}

func knownGuest(t *testing.T) (g wire.Guests) {
	t.Helper()
	of, asset, err := wire.ParseGuest("192.0.2.7=vm-1")
	if err == nil {
		err = g.Add(of, asset)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestACaptureIsFoundOutAndReadAsThePortsOfItsGuests(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(capturedSyns(40)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"plain": capturedSyns(40), "packed": packed.Bytes()} {
		r := New(Options{Guests: knownGuest(t)})
		syns, flows := 0.0, 0
		err := r.Read(t.Context(), bytes.NewReader(file), "x.pcap", func(b *evenkeel.Batch) error {
			for i := range b.Records {
				switch rec := &b.Records[i]; {
				case b.Text(rec.Asset) != "vm-1":
					t.Errorf("a record of %q", b.Text(rec.Asset))
				case rec.Kind == evenkeel.KindFlow:
					flows++
				case rec.Part == uint8(evenkeel.PartSynsOut):
					syns += rec.Value
				}
			}
			return nil
		})
		if s := r.Summary(); err != nil || syns != 40 || flows != 16 || s.Malformed != 0 || s.Lines != 40 || s.Packets.Packets != 40 || len(s.Empty) != 0 {
			t.Errorf("%s: %v SYNs, %d flows, %+v, %v", name, syns, flows, s, err)
		}
	}
}

func TestACaptureThatCannotBeReadSaysWhyAndLosesNothingBefore(t *testing.T) {
	whole := capturedSyns(40)
	loop := slices.Clone(whole)
	loop[20] = 147
	for _, c := range []struct {
		name    string
		opts    Options
		file    []byte
		says    string // of the first problem
		fails   string
		records bool
	}{
		{"cut off", Options{Guests: knownGuest(t)}, whole[:len(whole)-9], "packet 40, at byte 2208: the file ends in the middle of a packet", "", true},
		{"a link that is not read", Options{Guests: knownGuest(t)}, loop, "links of their kind are not read: 40 of 40 (link type 147)", "", false},
		{"no guest", Options{}, whole, "", "no guest is known whose they could be", false},
		{"a port without an address", Options{Guests: knownGuest(t), Egress: "vm-2"}, whole, "", "the port of vm-2, of which no address is known", false},
		{"not a capture", Options{Guests: knownGuest(t), Format: FormatPCAP}, []byte("{}{}{}"), "", "not a capture: it begins with 7b7d7b7d", false},
	} {
		r := New(c.opts)
		records := 0
		err := r.Read(t.Context(), bytes.NewReader(c.file), "x.pcap", func(b *evenkeel.Batch) error { records += len(b.Records); return nil })
		s := r.Summary()
		if (records > 0) != c.records || (c.fails != "") != (err != nil) || err != nil && (!strings.Contains(err.Error(), c.fails) || evenkeel.KindOf(err) != evenkeel.KindInvalid) {
			t.Errorf("%s: %d records, %v", c.name, records, err)
		}
		if (c.says != "") != (len(s.Problems) > 0) || c.says != "" && !strings.Contains(s.Problems[0].String(), c.says) {
			t.Errorf("%s: %v", c.name, s.Problems)
		}
	}
	broken := errors.New("the disk is full")
	if err := New(Options{Guests: knownGuest(t)}).Read(t.Context(), bytes.NewReader(whole), "x", func(*evenkeel.Batch) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("an error of whoever takes the records became %v", err)
	}
}
