package fleet

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/paper"
)

func whole(p shield.Probe) (all []shield.Fetched, err error) {
	for _, way := range p.Ways {
		all = append(all, shield.Fetched{Way: way, Hash: p.Hash(), Size: len(p.Object)})
	}
	return all, nil
}

func half(p shield.Probe) ([]shield.Fetched, error) {
	all, _ := whole(p)
	all[1] = shield.Fetched{Way: all[1].Way, Why: "refused"}
	return all, nil
}

func mute(shield.Probe) ([]shield.Fetched, error) { return nil, errors.New("it hangs") }

func isolate(p *park, d string, assets ...evenkeel.AssetID) evenkeel.Order {
	o := p.order(d, assets...)
	o.Measure = evenkeel.MeasureIsolate
	o.Params, o.From, o.Until = nil, p.clock.Now(), p.clock.Now().Add(time.Hour)
	return o
}

// D: what cuts a way to the data, or nobody knows whether it does, is put on nobody there, and elsewhere it is.
func TestWhatHasToBeShownIsOrderedOnlyWhereItIs(t *testing.T) {
	p := newPark(t, "h-1", "h-2", "h-3")
	p.holds["a"], p.holds["b"], p.holds["c"] = []string{"h-1"}, []string{"h-2"}, []string{"h-3"}
	p.shows = map[string]func(shield.Probe) ([]shield.Fetched, error){"h-1": whole, "h-2": half, "h-3": mute}
	probe := shield.NewProbe(evenkeel.MeasureIsolate, []string{"rescue", "export"})
	came, err := p.fleet.Probe(t.Context(), probe)
	if err != nil || probe.Amiss(came) != "" || came[0].Why != "on h-1" {
		t.Errorf("one host showed all: %+v, %v", came, err)
	}
	if p.asked["h-1"] != 1 || p.asked["h-2"] != 1 || p.asked["h-3"] != 1 {
		t.Errorf("asked: %v", p.asked)
	}
	if r := p.apply(isolate(p, "d-1", "a")); r.State != evenkeel.ReceiptApplied || p.asked["h-1"] != 1 {
		t.Errorf("%+v; asked %d times", r, p.asked["h-1"])
	}
	if r := p.apply(isolate(p, "d-2", "b")); r.State != evenkeel.ReceiptRefused || !strings.Contains(r.Why, "export brought nothing") {
		t.Errorf("%+v", r)
	}
	if _, err := p.fleet.Apply(t.Context(), isolate(p, "d-3", "c")); evenkeel.KindOf(err) != evenkeel.KindUnavailable || shield.Final(err) || !strings.Contains(err.Error(), "it hangs") {
		t.Errorf("%v", err)
	}
	if len(p.gotBy("h-2")) != 0 || len(p.gotBy("h-3")) != 0 {
		t.Errorf("ordered all the same: %v, %v", p.gotBy("h-2"), p.gotBy("h-3"))
	}
	if r := p.apply(isolate(p, "d-4", "a", "b")); r.State != evenkeel.ReceiptApplied || !strings.Contains(r.Why, "h-2: ") || len(p.gotBy("h-2")) != 0 {
		t.Errorf("%+v; %v", r, p.gotBy("h-2"))
	}
	if r := p.apply(p.order("d-5", "b", "c")); r.State != evenkeel.ReceiptApplied || r.Why != "" {
		t.Errorf("what leaves the ways open needs no proof: %+v", r)
	}
	if r := p.apply(lift(isolate(p, "d-2", "b"))); r.State != evenkeel.ReceiptLifted {
		t.Errorf("to let go it is always asked: %+v", r)
	}
}

func TestAProofIsAskedForAgainWhenItIsOldOrWasLost(t *testing.T) {
	p := newPark(t, "h-1")
	p.holds["a"] = []string{"h-1"}
	p.shows = map[string]func(shield.Probe) ([]shield.Fetched, error){"h-1": whole}
	p.apply(isolate(p, "d-1", "a")) // nobody asked before
	p.apply(isolate(p, "d-2", "a"))
	if p.asked["h-1"] != 1 {
		t.Errorf("asked %d times; expected once", p.asked["h-1"])
	}
	p.clock.Pass(25 * time.Hour)
	if p.apply(isolate(p, "d-3", "a")); p.asked["h-1"] != 2 {
		t.Errorf("asked %d times; expected again after a day", p.asked["h-1"])
	}
	p.shows["h-1"] = half
	if _, err := p.fleet.Probe(t.Context(), shield.NewProbe(evenkeel.MeasureIsolate, []string{"rescue", "export"})); err != nil {
		t.Error(err)
	}
	if r := p.apply(isolate(p, "d-4", "a")); r.State != evenkeel.ReceiptRefused {
		t.Errorf("what was shown before and is not any more: %+v", r)
	}
}

func TestOfAnOrderAllItsHostsShowIt(t *testing.T) {
	p := newPark(t, "h-1", "h-2", "h-3")
	p.holds["a"], p.holds["b"] = []string{"h-1"}, []string{"h-2"}
	probe := shield.NewProbe(evenkeel.MeasureIsolate, []string{"rescue", "export"})
	probe.Order, probe.Assets = "o-1", []evenkeel.AssetID{"a", "b"}
	for _, c := range []struct {
		one, other func(shield.Probe) ([]shield.Fetched, error)
		amiss, err bool
	}{{whole, whole, false, false}, {whole, half, true, false}, {half, whole, true, false}, {whole, mute, false, true}} {
		p.shows = map[string]func(shield.Probe) ([]shield.Fetched, error){"h-1": c.one, "h-2": c.other}
		came, err := p.fleet.Probe(t.Context(), probe)
		if (err != nil) != c.err || err == nil && (probe.Amiss(came) != "") != c.amiss {
			t.Errorf("%+v, %v; expected amiss %t, an error %t", came, err, c.amiss, c.err)
		}
	}
	if p.asked["h-3"] != 0 {
		t.Error("a host was asked about an order that is not its own")
	}
	probe.Assets = []evenkeel.AssetID{"nobody's"}
	if _, err := p.fleet.Probe(t.Context(), probe); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("%v", err)
	}
}

func TestAProbeIsAskedAndAnsweredOnTheWay(t *testing.T) {
	b, err := paper.Open(filepath.Join(t.TempDir(), "orders"), backendtest.NewClock().Now)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	probe := shield.NewProbe(evenkeel.MeasureIsolate, []string{"export"})
	came, err := Ask(t.Context(), probe, func(ctx context.Context, q []byte) ([]byte, error) { return Answer(ctx, q, b), nil })
	if want, _ := b.Probe(t.Context(), probe); err != nil || len(came) != 1 || came[0] != want[0] {
		t.Errorf("%+v, %v; want %+v", came, err, want)
	}
	for name, way := range map[string]func(context.Context, []byte) ([]byte, error){
		"no answer":        func(context.Context, []byte) ([]byte, error) { return nil, errors.New("away") },
		"nonsense":         func(context.Context, []byte) ([]byte, error) { return []byte("<html>"), nil },
		"another question": func(ctx context.Context, _ []byte) ([]byte, error) { return Answer(ctx, []byte(`{"other":1}`), b), nil },
		"a probe that is none": func(ctx context.Context, _ []byte) ([]byte, error) {
			return Answer(ctx, []byte(`{"probe":{}}`), b), nil
		},
		"too much": func(context.Context, []byte) ([]byte, error) {
			return []byte(`{"fetched":[` + strings.Repeat("{},", 20) + `{}]}`), nil
		},
	} {
		if came, err := Ask(t.Context(), probe, way); err == nil {
			t.Errorf("%s: %+v", name, came)
		}
	}
}

// D: that one host lacks a measure ends nothing that another one showed lately and cannot be asked about now; once that is
// old it does.
func TestWhatOneHostLacksEndsNothingThatAnotherShowed(t *testing.T) {
	p := newPark(t, "h-1", "h-2")
	p.shows = map[string]func(shield.Probe) ([]shield.Fetched, error){"h-1": whole, "h-2": half}
	probe := shield.NewProbe(evenkeel.MeasureIsolate, []string{"rescue", "export"})
	if came, err := p.fleet.Probe(t.Context(), probe); err != nil || probe.Amiss(came) != "" {
		t.Fatalf("%+v, %v", came, err)
	}
	p.shows["h-1"] = mute
	if came, err := p.fleet.Probe(t.Context(), probe); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "h-2 does not show it") {
		t.Errorf("%+v, %v; expected that nobody knows", came, err)
	}
	p.clock.Pass(25 * time.Hour)
	if came, err := p.fleet.Probe(t.Context(), probe); err != nil || probe.Amiss(came) == "" {
		t.Errorf("a day later: %+v, %v; expected what h-2 lacks", came, err)
	}
}
