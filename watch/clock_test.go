package watch

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// stream is a machine's readings from one source, in batches of a minute.
func stream(source string, asset evenkeel.AssetID, from evenkeel.Moment, minutes int) (out []*evenkeel.Batch) {
	for m := range minutes {
		b := evenkeel.NewBatch(source, 0)
		busy(b, asset, from.Add(time.Duration(m)*time.Minute), 15*time.Second, time.Minute, 1)
		out = append(out, b)
	}
	return out
}

func TestSourceWhoseClockIsAheadSpoilsNothingForOthers(t *testing.T) {
	rs := rules(t, pinnedRule)
	alone, _ := run(t, rs, Options{}, fourTenants(), stream("right", "vm-0", start, 30)...)
	if len(alone) != 2 {
		t.Fatalf("alone: %+v", alone)
	}
	var mixed []*evenkeel.Batch
	ahead := stream("ahead", "vm-1", start.Add(10*time.Minute), 30)
	for i, b := range stream("right", "vm-0", start, 30) {
		mixed = append(mixed, ahead[i], b)
	}
	both, e := run(t, rs, Options{}, fourTenants(), mixed...)
	both = slices.DeleteFunc(both, func(f evenkeel.Finding) bool { return f.Subject.Asset != "vm-0" })
	if a, b := lines(t, alone, true), lines(t, both, true); a != b {
		t.Errorf("alone:\n%s\nbeside a source that is ten minutes ahead:\n%s", a, b)
	}
	if n := e.Tally(); n.Late != 0 {
		t.Errorf("%d records were late", n.Late)
	}
}

func TestMachineThatLagsBehindItsSourceIsJudgedByItsOwnTime(t *testing.T) {
	// One collector, two machines; one of them was cut off and sends an hour later.
	rs := rules(t, pinnedRule)
	alone, _ := run(t, rs, Options{}, fourTenants(), stream("s", "vm-0", start, 30)...)
	var mixed []*evenkeel.Batch
	now := stream("s", "vm-2", start.Add(time.Hour), 30)
	for i, b := range stream("s", "vm-0", start, 30) {
		mixed = append(mixed, now[i], b)
	}
	both, e := run(t, rs, Options{}, fourTenants(), mixed...)
	both = slices.DeleteFunc(both, func(f evenkeel.Finding) bool { return f.Subject.Asset != "vm-0" })
	if a, b := lines(t, alone, true), lines(t, both, true); a != b {
		t.Errorf("in time:\n%s\nan hour late:\n%s", a, b)
	}
	if n := e.Tally(); n.Late != 0 {
		t.Errorf("%d records were late", n.Late)
	}
}

func TestLongEpisodeIsToldOnceAndANewOneAfterQuiet(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-0", start, 15*time.Second, 3*time.Hour, 1)
	busy(b, "vm-0", start.Add(3*time.Hour), 15*time.Second, time.Hour, 0.2)
	busy(b, "vm-0", start.Add(4*time.Hour), 15*time.Second, time.Hour, 1)
	found, _ := run(t, rules(t, pinnedRule), Options{}, fourTenants(), b)
	if len(found) != 4 || found[0].ID != found[1].ID || found[2].ID != found[3].ID || found[0].ID == found[2].ID {
		t.Fatalf("%d findings; expected two episodes, each provisional and final:\n%+v", len(found), found)
	}
	if found[2].At < start.Add(4*time.Hour) {
		t.Errorf("the second episode at %v", found[2].At)
	}
}

func TestDipShorterThanQuietIsTheSameEpisode(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	for i := range 6 {
		from := start.Add(time.Duration(i) * 34 * time.Minute)
		busy(b, "vm-0", from, 15*time.Second, 32*time.Minute, 1)
		busy(b, "vm-0", from.Add(32*time.Minute), 15*time.Second, 2*time.Minute, 0.9)
	}
	patient := strings.Replace(pinnedRule, "quiet: 10m", "quiet: 15m", 1)
	found, _ := run(t, rules(t, patient), Options{}, fourTenants(), b)
	if len(found) != 2 {
		t.Errorf("%d findings; a restart of the program does not begin a new episode", len(found))
	}
}

func TestSilentSubjectsAreForgotten(t *testing.T) {
	e, err := New(rules(t, pinnedRule), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for hour := range 48 { // every hour other machines
		b := evenkeel.NewBatch("test", 0)
		at := start.Add(time.Duration(hour) * time.Hour)
		for i := range 100 {
			asset := evenkeel.AssetID(string(rune('a'+hour%26)) + string(rune('a'+hour/26)) + string(rune('0'+i/10)) + string(rune('0'+i%10)))
			b.AddUsage(evenkeel.Usage{At: at, ID: identity(asset, at), Asset: asset, Meter: evenkeel.MeterCPUTime,
				Form: evenkeel.FormCumulative, Part: evenkeel.PartIdle, PerCPU: true, Line: identity(asset, 1), Value: 1})
			busy(b, asset, at.Add(time.Minute), time.Minute, 2*time.Minute, 0.5)
		}
		slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
		e.Observe(b, fourTenants())
	}
	if f := e.Footprint(); f.Subjects > 500 || f.Lines > 500 || f.Tasks > 500 || f.Identities > 2_000 {
		t.Errorf("after two days of ever new machines: %+v; expected only the last hours'", f)
	}
}

func TestEvidenceThatJoinsLaterIsToldOnce(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-0", start, 15*time.Second, time.Hour, 1)
	for i := range 10 {
		at := start.Add(30*time.Minute + time.Duration(i)*time.Minute)
		b.AddFlow(evenkeel.Flow{At: at, ID: uint64(i) + 1<<50, Asset: "vm-0", App: "stratum", Direction: evenkeel.DirectionOut})
	}
	slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
	found, _ := run(t, rules(t, pinnedRule), Options{}, fourTenants(), b)
	if len(found) != 4 {
		t.Fatalf("%d findings; expected usage alone, then usage and wire, each provisional and final", len(found))
	}
	if found[0].ID != found[1].ID || found[2].ID != found[3].ID || found[0].ID == found[2].ID {
		t.Errorf("ids %s %s %s %s", found[0].ID, found[1].ID, found[2].ID, found[3].ID)
	}
	if n := len(found[1].Families()); n != 1 {
		t.Errorf("the first tells %d families", n)
	}
	if n := len(found[3].Families()); n != 2 || found[2].At != start.Add(30*time.Minute) || found[3].At != start.Add(31*time.Minute) {
		t.Errorf("the second tells %d families, provisionally at %v, finally at %v", n, found[2].At, found[3].At)
	}
}
