package watch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// checkpointOf writes a checkpoint of an engine.
func checkpointOf(t tester, e *Engine, old *Snapshot) ([]byte, *Snapshot) {
	t.Helper()
	var out bytes.Buffer
	s := e.Snapshot(old)
	n, err := s.WriteTo(&out)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(out.Len()) {
		t.Fatal("WriteTo says", n, "bytes and wrote", out.Len())
	}
	return out.Bytes(), s
}

func restored(t tester, data []byte, rs []*rule.Rule, opt Options) *Engine {
	t.Helper()
	e, err := Restore(bytes.NewReader(data), rs, opt)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// everyRule are rules of all kinds of window, grain and subject.
func everyRule(t tester) []*rule.Rule {
	t.Helper()
	all, err := builtin.Rules()
	if err != nil {
		t.Fatal(err)
	}
	renamed := strings.Replace(pinnedRule, "rule: pinned", "rule: pinned-fine", 1)
	renamed = strings.Replace(renamed, "for: 10m, pane: 1m", "for: 5m, pane: 30s", 1)
	renamed = strings.Replace(renamed, "cpu.panes >= 8", "cpu.panes >= 2", 1)
	tell := strings.Replace(burstRule, "rule: burst", "rule: tenant-burst", 1)
	tell = strings.Replace(tell, "subject: principal", "subject: tenant", 1)
	return append(all, rules(t, pinnedRule, renamed, burstRule, tell, showRule, joinRule, absenceRule, aimRule)...)
}

// day is a random day: its records in the order of arrival, cut into batches of several
// sources, and the books that are open at each of them.
type day struct {
	batches []*evenkeel.Batch
	books   []*books
}

func drawDay(t *rapid.T) (d day) {
	known, later := &books{}, &books{}
	for a := range 6 { // of six assets three are known at first, five later
		tenant := evenkeel.TenantID(fmt.Sprintf("t-%d", a%3))
		asset := evenkeel.AssetID(fmt.Sprintf("vm-%d", a))
		if a < 3 {
			known.hold(asset, tenant, start.Add(-time.Hour), 0).paid(tenant, float64(a%2))
		}
		if a < 5 {
			later.hold(asset, tenant, start.Add(-time.Hour), 0).paid(tenant, float64(a%2))
		}
	}
	change := start.Add(9*time.Minute + 20*time.Second)
	for _, k := range []*books{known, later} {
		k.holdings[0].Until = change
		k.hold("vm-0", "next", change, 0).paid("next", 0)
		for tenant, a := range k.accounts { // so that there are cohorts
			a.Standing = evenkeel.KnownFact(evenkeel.StandingInvoiced, 1)
			a.Since = evenkeel.KnownFact(start.Add(-900*24*time.Hour), 1)
			k.accounts[tenant] = a
		}
	}
	switched := rapid.IntRange(0, 30).Draw(t, "books change after")
	at := start
	for i, n := 0, rapid.IntRange(1, 30).Draw(t, "batches"); i < n; i++ {
		source := rapid.SampledFrom([]string{"first", "second", "third"}).Draw(t, "source")
		b := evenkeel.NewBatch(source, 0)
		at = at.Add(2 * time.Minute)
		if rapid.IntRange(0, 9).Draw(t, "pause") == 0 {
			at = at.Add(rapid.SampledFrom([]time.Duration{3 * time.Hour, 30 * time.Hour}).Draw(t, "length"))
		}
		for range rapid.IntRange(1, 5).Draw(t, "acts") {
			drawAct(t, b, at)
		}
		slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
		if rapid.Bool().Draw(t, "shuffled") {
			b.Records = shuffleWithin(b.Records, 3*time.Minute, rapid.Uint64().Draw(t, "seed"))
		}
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "again") == 0 { // what came comes again, perhaps of another source
			before := d.batches[rapid.IntRange(0, i-1).Draw(t, "which")]
			b = &evenkeel.Batch{Source: source, Strings: before.Strings, Records: before.Records}
		}
		d.batches = append(d.batches, b)
		d.books = append(d.books, known)
		if i >= switched {
			d.books[i] = later
		}
	}
	return d
}

// drawAct appends something that a machine or somebody does in the minutes from a moment on.
func drawAct(t *rapid.T, b *evenkeel.Batch, at evenkeel.Moment) {
	asset := evenkeel.AssetID(fmt.Sprintf("vm-%d", rapid.IntRange(0, 5).Draw(t, "asset")))
	at = at.Add(time.Duration(rapid.IntRange(-180, 60).Draw(t, "seconds")) * time.Second)
	switch rapid.IntRange(0, 5).Draw(t, "act") {
	case 0, 1:
		busy(b, asset, at, 15*time.Second, time.Duration(rapid.IntRange(1, 12).Draw(t, "minutes"))*time.Minute,
			rapid.SampledFrom([]float64{1, 1, 0.999, 0.5}).Draw(t, "share"))
	case 2:
		for i := range rapid.IntRange(1, 3).Draw(t, "flows") {
			b.AddFlow(evenkeel.Flow{
				At: at.Add(time.Duration(i) * time.Minute), ID: identity(asset, at+7) + uint64(i), Asset: asset, App: "stratum",
				Name: "x.nanopool.org", Remote: rapid.SampledFrom([]string{"a", "203.0.113.4", "203.0.113.5"}).Draw(t, "remote"), Protocol: "tcp",
				Direction: evenkeel.DirectionOut, Bytes: 5000, Packets: int64(rapid.IntRange(1, 900).Draw(t, "packets")),
			})
		}
	case 3:
		b.AddHostEvent(evenkeel.HostEvent{At: at, ID: identity(asset, at+9), Asset: asset, What: "known-miner", Name: "xmrig"})
	case 4:
		tenant := evenkeel.TenantID(fmt.Sprintf("t-%d", rapid.IntRange(0, 2).Draw(t, "tenant")))
		creates(b, tenant, rapid.SampledFrom([]string{"ci", "eve"}).Draw(t, "principal"), at, rapid.IntRange(1, 12).Draw(t, "machines"))
	default:
		line := identity(asset, 3) + uint64(rapid.IntRange(0, 5).Draw(t, "line"))
		for i := range 3 {
			now := at.Add(time.Duration(i) * time.Minute)
			b.AddUsage(evenkeel.Usage{At: now, ID: identity(asset, now) + line, Asset: asset, Line: line, Form: evenkeel.FormCumulative,
				Meter: rapid.SampledFrom([]evenkeel.Meter{evenkeel.MeterDisk, evenkeel.MeterNetwork}).Draw(t, "meter"), Value: float64(i) * 5e6})
		}
	}
}

// drawOptions are options under which bounds are met, or not.
func drawOptions(t *rapid.T) Options {
	opt := Options{Key: [16]byte{1, 2, 3}}
	if rapid.Bool().Draw(t, "narrow") {
		opt.Subjects, opt.Lines, opt.TenantShare, opt.Identities, opt.Held = 64*3, 64*3, 2, 64*20, 4
	}
	return opt
}

// step plays one batch and returns all that an engine says of it.
func (d *day) step(t tester, e *Engine, i int) string {
	t.Helper()
	var out strings.Builder
	say := func(what string, found []evenkeel.Finding) {
		for _, f := range found {
			line, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s %s\n", what, line)
		}
	}
	say("found", e.Observe(d.batches[i], d.books[i]))
	if i > 0 && d.books[i] != d.books[i-1] {
		say("attributed", e.Attribute(d.books[i]))
	}
	say("held", e.Held())
	if i == len(d.batches)-1 {
		say("flushed", e.Flush(d.books[i]))
	}
	fmt.Fprintf(&out, "%+v\n", e.Tally())
	return out.String()
}

// firstDifference shows the first line in which two transcripts differ.
func firstDifference(never, stopped string) string {
	a, b := strings.Split(never, "\n"), strings.Split(stopped, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: never stopped:\n%s\nstopped:\n%s", i, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines; expected %d", len(b), len(a))
}

func TestARestoredEngineGoesOnAsIfItHadNeverStopped(t *testing.T) {
	rs := everyRule(t)
	met := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		opt, d := drawOptions(t), drawDay(t)
		whole, err := New(rs, opt)
		if err != nil {
			t.Fatal(err)
		}
		cut, _ := New(rs, opt)
		var old *Snapshot
		for i := range d.batches {
			if rapid.IntRange(0, 3).Draw(t, "stop") == 0 {
				var data []byte
				data, old = checkpointOf(t, cut, old)
				cut = restored(t, data, rs, opt)
				met["restored"]++
			}
			before := whole.Footprint()
			a, b := d.step(t, whole, i), d.step(t, cut, i)
			if whole.Footprint().Subjects < before.Subjects || whole.Footprint().Lines < before.Lines {
				met["evicted"]++
			}
			if a != b {
				t.Fatalf("batch %d: %s", i, firstDifference(a, b))
			}
			for _, what := range []string{"found", "attributed", "held", "flushed", `"provisional"`, `"final"`, "burst"} {
				if strings.Contains(a, what) {
					met[what]++
				}
			}
		}
		a, _ := checkpointOf(t, whole, nil)
		b, _ := checkpointOf(t, cut, old)
		if !bytes.Equal(a, b) {
			t.Fatal("the checkpoints at the end differ")
		}
		n := whole.Tally()
		for what, v := range map[string]uint64{"cohort": uint64(len(whole.base.cohorts)), "late": n.Late, "repeated": n.Repeated, "quota": n.OverQuota, "forgotten": n.Forgotten, "unhoused": n.Unhoused, "unknown": n.Unknown} {
			if v > 0 {
				met[what]++
			}
		}
	})
	for _, what := range []string{"restored", "evicted", "cohort", "found", "attributed", "held", "flushed", `"provisional"`, `"final"`, "burst", "late", "repeated", "quota", "forgotten", "unhoused", "unknown"} {
		if met[what] == 0 {
			t.Errorf("nothing was %s: the property was not tried", what)
		}
	}
	t.Log(met)
}

// TestSnapshotIsWrittenWhileTheEngineGoesOn is for the race detector, too.
func TestSnapshotIsWrittenWhileTheEngineGoesOn(t *testing.T) {
	rs := everyRule(t)
	e := busyEngine(t, rs, Options{})
	want, old := checkpointOf(t, e, nil)
	s := e.Snapshot(old)
	got := make(chan []byte, 1) // one result, which never waits
	go func() {
		var out bytes.Buffer
		_, _ = s.WriteTo(&out) // into memory, which never fails
		got <- out.Bytes()
	}()
	for i := range 30 {
		b := evenkeel.NewBatch("second", 0)
		for a := range 5 {
			busy(b, evenkeel.AssetID(fmt.Sprintf("vm-%d", a)), start.Add(time.Duration(13+i)*time.Minute), 15*time.Second, time.Minute, 1)
		}
		creates(b, "t-0", "eve", start.Add(time.Duration(13+i)*time.Minute), 5)
		e.Observe(b, fourTenants())
	}
	e.Attribute(fourTenants().hold("vm-4", "t-0", start.Add(-time.Hour), 0))
	e.Flush(fourTenants())
	if !bytes.Equal(<-got, want) {
		t.Error("the snapshot changed with the engine")
	}
}

func TestAdoptingTheSameRulesFindsTheSame(t *testing.T) {
	rs, found := everyRule(t), 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawDay(t)
		whole, err := New(rs, Options{})
		if err != nil {
			t.Fatal(err)
		}
		cut, _ := New(rs, Options{})
		for i := range d.batches {
			if rapid.IntRange(0, 3).Draw(t, "stop") == 0 {
				data, _ := checkpointOf(t, cut, nil)
				var kept Kept
				if cut, kept, err = Adopt(bytes.NewReader(data), rs, Options{}); err != nil {
					t.Fatal(err)
				}
				if len(kept.Whole) != len(rs) {
					t.Fatalf("kept %+v; expected all", kept)
				}
			}
			a, b := d.step(t, whole, i), d.step(t, cut, i)
			if a != b {
				t.Fatalf("batch %d: %s", i, firstDifference(a, b))
			}
			found += strings.Count(a, "found")
		}
	})
	if found == 0 {
		t.Error("nothing was found: the property was not tried")
	}
}

// TestRulesThatStayGoOnWhateverBecomesOfOthers: of the rules about every kind of subject some
// stay, others go, come, or change; those that stay find what they would have found. (No
// rule that comes keeps bursts of another length in the same grain: whether a burst is over
// is looked at for all of a subject's windows together.)
func TestRulesThatStayGoOnWhateverBecomesOfOthers(t *testing.T) {
	all, found := everyRule(t), 0
	shadow := func(docs ...string) (out []*rule.Rule) {
		for _, d := range docs {
			d = strings.Replace(strings.Replace(d, "mode: live", "mode: shadow", 1), "rule: ", "rule: shadow-", 1)
			out = append(out, rules(t, d)...)
		}
		return out
	}
	coarse := strings.Replace(showRule, "for: 10m, pane: 1m", "for: 20m, pane: 2m", 1)
	coarse = strings.Replace(coarse, "for: 10m, pane: 5m", "for: 20m, pane: 4m", 1)
	before := append(slices.Clone(all), shadow(wireRule, burstRule, coarse)...)
	after := append(slices.Clone(all), shadow(strings.Replace(wireRule, "version: 1", "version: 2", 1),
		strings.Replace(burstRule, "for: 10m, pane: 1m", "for: 20m, pane: 2m", 1), joinRule)...)
	stay := func(said string) string { // the findings of rules that stay
		var out []string
		for line := range strings.Lines(said) {
			if strings.Contains(line, `"type":"finding"`) && !strings.Contains(line, `"rule":"shadow-`) {
				out = append(out, line)
			}
		}
		return strings.Join(out, "")
	}
	rapid.Check(t, func(t *rapid.T) {
		d := drawDay(t)
		whole, err := New(before, Options{})
		if err != nil {
			t.Fatal(err)
		}
		cut, _ := New(before, Options{})
		change := rapid.IntRange(0, len(d.batches)).Draw(t, "change")
		for i := range d.batches {
			if i == change {
				data, _ := checkpointOf(t, cut, nil)
				var kept Kept
				if cut, kept, err = Adopt(bytes.NewReader(data), after, Options{}); err != nil {
					t.Fatal(err)
				}
				if len(kept.Whole) != len(all) || !slices.Equal(kept.Partly, []string{"shadow-join", "shadow-pinned"}) || !slices.Equal(kept.Anew, []string{"shadow-burst"}) {
					t.Fatalf("kept %+v", kept)
				}
				again, _ := checkpointOf(t, cut, nil)
				cut = restored(t, again, after, Options{})
			}
			a, b := stay(d.step(t, whole, i)), stay(d.step(t, cut, i))
			if a != b {
				t.Fatalf("batch %d: %s", i, firstDifference(a, b))
			}
			if i >= change {
				found += len(a)
			}
		}
	})
	if found == 0 {
		t.Error("nothing was found: the property was not tried")
	}
}

func TestWhatWasLearntOutlivesAChangeOfThreshold(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	for i := range 10 {
		creates(b, "acme", "ci", start.Add(time.Duration(i)*24*time.Hour), 2)
	}
	e, err := New(rules(t, burstRule), Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.Observe(b, invoiced("acme"))
	b = evenkeel.NewBatch("test", 0)
	creates(b, "acme", "other", start.Add(11*24*time.Hour), 1) // time goes on, and the bursts are over
	e.Observe(b, invoiced("acme"))
	data, _ := checkpointOf(t, e, nil)
	changed := rules(t, strings.Replace(strings.Replace(burstRule, "3 * creates.own_max", "2 * creates.own_max", 2), "version: 1", "version: 2", 1))
	if _, err := Restore(bytes.NewReader(data), changed, Options{}); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Fatalf("restored under other rules: %v", err)
	}
	e, kept, err := Adopt(bytes.NewReader(data), changed, Options{})
	if err != nil || !slices.Equal(kept.Partly, []string{"burst"}) {
		t.Fatalf("%+v, %v", kept, err)
	}
	b = evenkeel.NewBatch("test", 0)
	creates(b, "acme", "ci", start.Add(12*24*time.Hour), 20)
	found := e.Observe(b, invoiced("acme"))
	if len(found) == 0 || !strings.Contains(found[0].Terms[0].Says, "in 10 earlier bursts") || found[0].Version != 2 {
		t.Errorf("%+v; expected ten earlier bursts", found)
	}
}
