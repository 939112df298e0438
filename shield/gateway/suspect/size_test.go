package suspect_test

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// TestAMillionSourcesTakeNoMoreThanOne: everything has its size beforehand, and noting allocates nothing.
func TestAMillionSourcesTakeNoMoreThanOne(t *testing.T) {
	d := newDomain(10)
	before := heap()
	w := suspect.NewWatch(key, d.crowd, d.habit)
	if took := heap() - before; took > suspect.WatchSize || w.Size() > suspect.WatchSize {
		t.Errorf("a watch takes %d bytes and says %d; expected at most %d", took, w.Size(), suspect.WatchSize)
	}
	if n := unsafe.Sizeof(suspect.Crowd{}); n > suspect.CrowdSize {
		t.Errorf("a crowd has %d bytes; expected at most %d", n, suspect.CrowdSize)
	}
	many := 1_000_000
	if testing.Short() {
		many = 100_000
	}
	v, source := d.visit(), uint64(0)
	before = heap()
	if n := testing.AllocsPerRun(1, func() {
		for range many / 2 {
			source++
			var b [16]byte
			binary.BigEndian.PutUint64(b[:], 0x2001<<48|source*0x9e3779b1)
			binary.BigEndian.PutUint64(b[8:], source)
			v.Address, v.AS, v.Hello = netip.AddrFrom16(b), uint32(source%70_000), source%5_000
			w.Note(d.now, &v)
			if source%8 == 0 {
				d.habit.Note(&v)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if grew := heap() - before; grew > 64<<10 {
		t.Errorf("a million sources took %d bytes", grew)
	}
	if n := w.Addresses(); n < uint64(many)*9/10 || n > uint64(many)*11/10 {
		t.Errorf("of %d addresses %d were counted", many, n)
	}
	began := len(w.Rules(d.now.Add(time.Second), 0.9).Rules)
	runtime.KeepAlive(w)
	if began > suspect.MostRules {
		t.Errorf("%d rules", began)
	}
}

// TestAHabitHasItsSize in weeks of few visits and in busy ones, and is small again after these; what it counts is the same in both.
func TestAHabitHasItsSize(t *testing.T) {
	const many = 20
	d := newDomain(10)
	var all [many]*suspect.Habit
	before := heap()
	for i := range all {
		all[i] = suspect.NewHabit(key)
	}
	ours, theirs := suspect.Visit{Hello: 1}, suspect.Visit{Hello: 2}
	come := func(visits int) {
		for i := range all {
			for n := range visits {
				v := d.visit()
				if v.Hello = 1; n%250 == 0 {
					v.Hello = 2 // twice as often as is usual
				}
				all[i].Note(&v)
			}
			if h := all[i]; h.Learned() && (!h.Usual(&ours) || !h.Usual(&theirs)) {
				t.Fatalf("after %d visits more what came is not usual: %v, %v", visits, h.Usual(&ours), h.Usual(&theirs))
			}
		}
	}
	week := func() {
		for i := range all {
			for range 7 * 24 {
				all[i].Passed(time.Hour)
			}
		}
	}
	is := func(when string, least, most int) {
		t.Helper()
		if each := (heap() - before) / many; each < least || each > most+most/16 { // sizes that there is memory in
			t.Errorf("%s a habit takes %d bytes; expected %d to %d", when, each, least, most)
		}
	}
	come(1000)
	week()
	come(1000)
	is("in its second half of a week", 0, suspect.HabitSize)
	come(80_000)
	is("where many come", suspect.HabitSize+8<<10, suspect.BusyHabitSize)
	week()
	week()
	come(1000)
	is("when that is over", 0, suspect.HabitSize)
	runtime.KeepAlive(d)
	runtime.KeepAlive(all)
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func TestJudgingAllocatesNothing(t *testing.T) {
	d := newDomain(11)
	set, v := sixteen(d)
	if n := testing.AllocsPerRun(1000, func() { set.Judge(d.now, &v, nobody) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(1000, func() {
		s := d.shaper.Of("/user/12/profile", "tab=2")
		d.habit.Class(&s)
	}); n != 0 {
		t.Errorf("%v allocations for a path", n)
	}
}

func sixteen(d *domain) (*suspect.Set, suspect.Visit) {
	var rules []suspect.Rule
	for i := range suspect.MostRules {
		k, _ := suspect.KeyOf(&d.people[i], suspect.Kind(i%int(suspect.Country)))
		rules = append(rules, suspect.Rule{Key: k, Until: d.now.Add(time.Hour)})
	}
	return suspect.NewSet(rules), d.visit()
}

func BenchmarkNote(b *testing.B) {
	d := newDomain(12)
	w := suspect.NewWatch(key, d.crowd, d.habit)
	visits := make([]suspect.Visit, 4096)
	for i := range visits {
		visits[i] = d.visit()
	}
	i := 0
	b.Run("watch", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i++
			w.Note(d.now, &visits[i%4096])
		}
	})
	b.Run("habit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i++
			d.habit.Note(&visits[i%4096])
		}
	})
	b.Run("crowd", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i++
			d.crowd.Note(d.now, &visits[i%4096])
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	d := newDomain(13)
	set, v := sixteen(d)
	b.ReportAllocs()
	for b.Loop() {
		set.Judge(d.now, &v, nobody)
	}
}

func BenchmarkShape(b *testing.B) {
	d := newDomain(14)
	b.ReportAllocs()
	for b.Loop() {
		s := d.shaper.Of("/article/4711/comments", "page=2&order=new")
		d.habit.Class(&s)
	}
}

// BenchmarkRules makes a plan of a full pane.
func BenchmarkRules(b *testing.B) {
	d := newDomain(15)
	w := suspect.NewWatch(key, d.crowd, d.habit)
	for i := range 20_000 {
		v := d.visit()
		if i%10 > 0 {
			v.Hello = 0xa1 + uint64(i%7)
		}
		w.Note(d.now, &v)
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(w.Rules(d.now.Add(time.Second), 0.9).Rules) == 0 {
			b.Fatal("no rules")
		}
	}
}
