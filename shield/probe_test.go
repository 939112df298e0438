package shield

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

func aProbe() Probe {
	return Probe{ID: "p-1", Measure: evenkeel.MeasureIsolate, Ways: []string{"console", "export"}, Object: bytes.Repeat([]byte{7}, LeastObject)}
}

// D, R6: what was declared is not what was shown.
func TestWhatAProbeShows(t *testing.T) {
	p := aProbe()
	whole := func(way string) Fetched { return Fetched{Way: way, Hash: p.Hash(), Size: len(p.Object)} }
	for _, c := range []struct {
		name string
		came []Fetched
		says string // "": all was shown
	}{
		{"each way brought the object", []Fetched{whole("console"), whole("export")}, ""},
		{"what nobody asked about is no fault", []Fetched{whole("console"), whole("export"), {Way: "backup", Why: "broken"}}, ""},
		{"nothing came back at all", nil, "console was not tried; export was not tried"},
		{"one way was not tried", []Fetched{whole("console")}, "export was not tried"},
		{"one way brought nothing, and says why", []Fetched{whole("console"), {Way: "export", Why: "timed out"}}, "export brought nothing"},
		{"a hash without a size is nothing", []Fetched{whole("console"), {Way: "export", Hash: p.Hash()}}, "export brought nothing"},
		{"another object came", []Fetched{whole("console"), {Way: "export", Hash: strings.Repeat("0", 64), Size: len(p.Object)}}, "export brought 32 bytes that are not the object"},
		{"a part of the object came", []Fetched{whole("console"), {Way: "export", Hash: p.Hash(), Size: 31}}, "export brought 31 bytes"},
		{"a way that was answered twice is not believed", []Fetched{whole("console"), whole("export"), whole("export")}, "export was answered twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := p.Amiss(c.came); !strings.Contains(got, c.says) || (got == "") != (c.says == "") {
				t.Errorf("got %q; expected %q", got, c.says)
			}
		})
	}
}

// D: nothing but the whole object on every way passes, whatever comes back.
func TestNothingButTheObjectOnEveryWayPasses(t *testing.T) {
	p := aProbe()
	rapid.Check(t, func(t *rapid.T) {
		came := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Fetched {
			return Fetched{
				Way:  rapid.SampledFrom([]string{"console", "export", "backup", ""}).Draw(t, "way"),
				Hash: rapid.SampledFrom([]string{p.Hash(), "", strings.Repeat("f", 64)}).Draw(t, "hash"),
				Size: rapid.SampledFrom([]int{len(p.Object), 0, 31, -1}).Draw(t, "size"),
			}
		}), 0, 4).Draw(t, "came")
		right := true
		for _, way := range p.Ways {
			n := 0
			for _, f := range came {
				if f.Way == way {
					n++
					right = right && f.Hash == p.Hash() && f.Size == len(p.Object)
				}
			}
			right = right && n == 1
		}
		if got := p.Amiss(came) == ""; got != right {
			t.Fatalf("passes: %v; expected %v of %+v", got, right, came)
		}
	})
}

func TestAProbeIsBounded(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(p *Probe)
		well   bool
	}{
		{"a whole one", func(*Probe) {}, true},
		{"without a name", func(p *Probe) { p.ID = "" }, false},
		{"of a measure that nobody carries out", func(p *Probe) { p.Measure = evenkeel.MeasureNotify }, false},
		{"of no way", func(p *Probe) { p.Ways = nil }, false},
		{"of too many ways", func(p *Probe) { p.Ways = make([]string, MaxWays+1) }, false},
		{"with an object that could be guessed", func(p *Probe) { p.Object = p.Object[1:] }, false},
		{"with an object that is too large", func(p *Probe) { p.Object = make([]byte, MostObject+1) }, false},
		{"of too many assets", func(p *Probe) { p.Assets = make([]evenkeel.AssetID, evenkeel.MaxCaseAssets+1) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := aProbe()
			c.change(&p)
			if err := p.Check(); (err == nil) != c.well {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhatHasToBeShown(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(m *Means)
		want   string
	}{
		{"all above limit and throttle, of whoever can do all", func(*Means) {}, "shut drop-flow freeze isolate suspend deny"},
		{"whether or not it was shown before", func(m *Means) { m.Proven = false }, "shut drop-flow freeze isolate suspend deny"},
		{"nothing of whoever can limit alone", func(m *Means) { m.Measures = []evenkeel.Measure{evenkeel.MeasureLimit, evenkeel.MeasureThrottle} }, ""},
		{"nothing of whoever destroys a disk: no proof makes up for that", func(m *Means) { m.Destroys = []string{"disk"} }, ""},
		{"nothing of whoever declares no way", func(m *Means) { m.Keeps = nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := all
			m.Measures = slices.Clone(all.Measures)
			c.change(&m)
			var got []string
			for _, x := range m.ToShow() {
				got = append(got, x.String())
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %v; expected %s", got, c.want)
			}
		})
	}
}
