package mirror_test

import (
	"encoding/hex"
	"net/netip"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
)

// syn is a SYN from 192.0.2.1:40000 to 198.51.100.7:443.
const syn = "0200000000010200000000020800" + "450000280000000040060000c0000201c6336407" + "9c4001bb0000000000000000500200000000" + "0000"

func frame(t testing.TB, text string) mirror.Frame {
	t.Helper()
	d, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return mirror.Frame{Data: d}
}

func TestASYNIsCountedAndLimited(t *testing.T) {
	p := &mirror.Port{Guest: port.Guest{Own: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}}
	p.Set(port.Rules{Limit: [port.Kinds]port.Limit{port.SYNs: {PerSecond: 2, Burst: 3, Until: 10_000_000_000}}})
	var passed []int
	for second := uint64(1); second < 12; second += 5 { // the last is after the end
		n := 0
		for range 10 {
			if p.Out(frame(t, syn), second*1_000_000_000) == port.ByNothing {
				n++
			}
		}
		passed = append(passed, n)
	}
	if len(passed) != 3 || passed[0] != 3 || passed[1] != 3 || passed[2] != 10 {
		t.Errorf("%v SYNs passed; expected a burst of 3, 3 again, and all after the end", passed)
	}
	if c := p.Counts; c.SynsOut != 30 || c.FlowsOut != 30 || c.SpoofedOut != 0 || c.Refused[port.BySYNs] != 14 || c.SmallOut != 30 {
		t.Errorf("counted %+v", c)
	}
}

func TestAddressesThatNobodyToldSpeakAgainstNobody(t *testing.T) {
	var p mirror.Port
	p.Set(port.Rules{})
	p.Out(frame(t, syn), 1)
	if p.Counts.SpoofedOut != 0 {
		t.Error("a source is called spoofed though the guest's addresses are unknown")
	}
	p.Guest.Own = []netip.Prefix{netip.MustParsePrefix("192.0.2.8/29")}
	p.Out(frame(t, syn), 1)
	if p.Counts.SpoofedOut != 1 {
		t.Error("a source that is not the guest's own is not called spoofed")
	}
}

// FuzzParse holds that no frame is read out of bounds, and that what is said of it fits together.
func FuzzParse(f *testing.F) {
	f.Add(frame(f, syn).Data, uint32(0))
	f.Add(frame(f, "02000000000102000000000286dd"+"6000000000202cff"+"20010db8000000000000000000000001"+"20010db8000000000000000000000002"+"1100000100000001"+"003500350018000000000000000000000000000000000000").Data, uint32(7))
	f.Fuzz(func(t *testing.T, data []byte, piece uint32) {
		k := mirror.Parse(mirror.Frame{Data: data, Piece: piece % 10_000})
		if k.Headers > len(data) && k.Marks&mirror.Malformed == 0 {
			t.Errorf("headers end at %d of %d bytes, and nothing is said of it", k.Headers, len(data))
		}
		if k.Marks&mirror.Ports != 0 && (!k.Dst.IsValid() || k.Marks&(mirror.Later|mirror.Malformed) != 0) {
			t.Errorf("ports of what has none: %+v", k)
		}
		if k.Packets == 0 || k.Bytes < uint32(len(data)) {
			t.Errorf("%d packets of %d bytes in a frame of %d", k.Packets, k.Bytes, len(data))
		}
	})
}
