package share

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"pgregory.net/rapid"
)

func all(Key) bool { return true }

// drawnMessage is one that an edge could say.
func drawnMessage(t *rapid.T, life, seq uint64) *Message {
	m := &Message{Life: life, Seq: seq, Beat: seq, Clock: rapid.Int64Range(0, 1<<50).Draw(t, "clock"), Weight: uint16(rapid.IntRange(1, MaxWeight).Draw(t, "weight")),
		Part: float64(rapid.IntRange(0, mostParts).Draw(t, "part")) / mostParts, Age: time.Duration(rapid.IntRange(0, 1e6).Draw(t, "age")) * time.Millisecond}
	if rapid.Bool().Draw(t, "head") {
		m.Hears = append([]string{}, rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "edge-1.x"}), 0, 3).Draw(t, "hears")...)
		m.Seeds = append([]uint64{}, rapid.SliceOfN(rapid.Uint64(), 0, MaxSeeds).Draw(t, "seeds")...)
	}
	for _, k := range rapid.SliceOfNDistinct(rapid.Uint64Range(1, 4), 0, 4, rapid.ID).Draw(t, "sites") {
		n := rapid.Uint32Range(0, 1000)
		m.Sites = append(m.Sites, Site{Key: Key(k), Stage: stage.Stage(rapid.IntRange(0, 5).Draw(t, "stage")), Tally: stage.Tally{
			Offered: n.Draw(t, "n"), Passed: n.Draw(t, "n"), InFlight: n.Draw(t, "n"), Limit: n.Draw(t, "n"), Failed: n.Draw(t, "n"), Fresh: n.Draw(t, "n"),
			P95: time.Duration(n.Draw(t, "n")) * time.Millisecond, Absorbed: stage.Cost{CPU: time.Duration(n.Draw(t, "n")) * time.Microsecond, Bytes: uint64(n.Draw(t, "n"))},
		}, Spent: stage.Cost{Backend: time.Duration(n.Draw(t, "n")) * time.Microsecond}})
	}
	return m
}

func TestWhatIsSaidIsHeardAsItWas(t *testing.T) {
	var into Message
	rapid.Check(t, func(t *rapid.T) {
		m := drawnMessage(t, rapid.Uint64().Draw(t, "life"), rapid.Uint64Range(1, 1<<63).Draw(t, "seq"))
		m.Used = []Used{{Key: 7, Used: [22]byte{1, 2, 3}}}
		m.Bans = []Ban{{7, netip.MustParseAddr("192.0.2.7"), time.Minute}, {8, netip.MustParseAddr("2001:db8::7"), time.Second}}
		m.Pardons = []Pardon{{netip.MustParseAddr("192.0.2.9"), time.Second}}
		m.Stops = []Stop{{9, rapid.Uint64Range(0, 1<<62).Draw(t, "stamp"), time.Hour}}
		m.Passes = []Pass{{9, 16383, 40}}
		if len(m.Sites) == 0 {
			m.Sites = into.Sites[:0]
		}
		b := Append(nil, m)
		if err := Parse(b, &into); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(Append(nil, &into), b) || into.Stops[0] != m.Stops[0] || !reflect.DeepEqual(into.Hears, m.Hears) || !slices.Equal(into.Bans, m.Bans) || !slices.Equal(into.Sites, m.Sites) {
			t.Fatalf("%+v\nbecame %+v", m, into)
		}
	})
}

func TestWhatCannotBeReadIsSaidSo(t *testing.T) {
	good := Append(nil, &Message{Life: 1, Seq: 1, Weight: 1})
	var m Message
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"nothing":           {nil, "bytes more"},
		"another version":   {append([]byte{9}, good[1:]...), "form 9; expected 1"},
		"it is cut":         {good[:len(good)-1], "cannot be read"},
		"something follows": {append(slices.Clone(good), 0), "1 bytes after its end"},
		"too long":          {make([]byte, MaxMessage+1), "expected at most"},
		"no sequence":       {Append(nil, &Message{Life: 1, Weight: 1}), "sequence 0"},
		"a weight of all":   {Append(nil, &Message{Life: 1, Seq: 1, Weight: MaxWeight + 1}), "its weight is 1001"},
		"a claim":           {append(slices.Clone(good[:len(good)-6]), 0xff, 0x03), "the number of sites is"},
		"no stage":          {Append(nil, &Message{Life: 1, Seq: 1, Weight: 1, Sites: []Site{{Stage: 9}}}), "stage 9"},
		"a name of nobody":  {Append(nil, &Message{Life: 1, Seq: 1, Weight: 1, Hears: []string{"a b"}}), `"a b"; expected small letters`},
	} {
		if err := Parse(c.b, &m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; expected %q", name, err, c.want)
		}
	}
}

// told is what a fleet makes of what it heard, to compare.
func told(f *Fleet, now int64) string {
	var b strings.Builder
	fmt.Fprint(&b, f.Standings(now), f.Hears(now), f.Part(), f.Counts().Taken)
	for k := range Key(5) {
		sum, spent, n := f.Sum(k, stage.Tally{Offered: 5, Passed: 5, InFlight: 1, Limit: 10}, now)
		fmt.Fprint(&b, "\n", k, sum, spent, n)
	}
	return b.String()
}

// Whatever comes twice, late, or in another order (within 64 messages of one edge) makes no difference, and what one edge says makes none to
// what another says.
func TestMessagesCountOnceInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type one struct {
			from string
			m    *Message
		}
		var said []one
		for i, from := range []string{"b", "c", "d"} {
			for seq := range uint64(rapid.IntRange(0, 12).Draw(t, "messages")) {
				said = append(said, one{from, drawnMessage(t, uint64(i+1), seq+1)})
			}
		}
		hear := func(those []one) string {
			f, _ := New("a", 100, 4, 0)
			for _, x := range those {
				if _, err := f.Hear(x.from, x.m, 1, 1, all); err != nil {
					t.Fatal(err)
				}
			}
			f.Step(1)
			return told(f, 1)
		}
		want := hear(said)
		other := slices.Clone(said)
		for range rapid.IntRange(0, 10).Draw(t, "twice") {
			if len(said) > 0 {
				other = append(other, rapid.SampledFrom(said).Draw(t, "again"))
			}
		}
		for i := range other { // Fisher and Yates
			j := rapid.IntRange(i, len(other)-1).Draw(t, "place")
			other[i], other[j] = other[j], other[i]
		}
		if got := hear(other); got != want {
			t.Fatalf("in order:\n%s\nin another, and some twice:\n%s", want, got)
		}
	})
}

func TestASumIsNoLessThanWhatCameHereAndKnowsTheWorst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _ := New("a", 1, 1, 0)
		own := stage.Tally{Offered: 10, Passed: 10, InFlight: 3, Limit: 10, P95: time.Millisecond, Absorbed: stage.Cost{CPU: time.Second}}
		last := own
		for i, from := range []string{"b", "c", "d"} {
			m := drawnMessage(t, 1, uint64(i+1))
			m.Hears = nil // no goodbye
			m.Sites = append(m.Sites[:0], Site{Key: 1, Tally: stage.Tally{Offered: 10, Passed: 10, InFlight: uint32(rapid.IntRange(0, 10).Draw(t, "full")), Limit: 10, P95: time.Duration(i) * time.Second}})
			_, _ = f.Hear(from, m, 1, 1, all)
			f.Step(1)
			sum, _, n := f.Sum(1, own, 1)
			if sum.Offered != last.Offered+10 || sum.P95 < last.P95 || sum.Limit != last.Limit+10 || fullness(&sum) < fullness(&last) || n != i+1 {
				t.Fatalf("%+v\nafter %+v", sum, last)
			}
			last = sum
		}
		if sum, _, n := f.Sum(1, own, 2+int64(Silence)); sum != own || n != 0 {
			t.Fatalf("what was said by who is silent counts still: %+v", sum)
		}
	})
}

func TestAStageThatRisesElsewhereIsToldOnce(t *testing.T) {
	f, _ := New("a", 1, 2, 0)
	now, seq := int64(0), uint64(0)
	says := func(s stage.Stage, want ...stage.Stage) {
		t.Helper()
		seq++
		_, _ = f.Hear("b", &Message{Life: 1, Seq: seq, Beat: seq, Weight: 1, Sites: []Site{{Key: 1, Stage: s}}}, now, 0, all)
		f.Step(now)
		var got []stage.Stage
		for _, r := range f.Rises() {
			got = append(got, r.Stage)
		}
		if !slices.Equal(got, want) {
			t.Errorf("after %v: %v; expected %v", s, got, want)
		}
		now += int64(time.Second)
	}
	says(stage.Observe)
	says(stage.Cookie, stage.Cookie)
	says(stage.Cookie)
	says(stage.Filter) // down is each edge's own
	says(stage.Cookie, stage.Cookie)
	now += int64(stage.Dwell) // it could not be heard
	says(stage.Cookie, stage.Cookie)
}

func TestWhatTheOperatorSaidLastHoldsWhoeverHearsItWhen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var edges [3]Stops
		var said []Stop
		for i := range edges {
			edges[i].tie = byte(i)
		}
		last := Stop{}
		for range rapid.IntRange(1, 8).Draw(t, "said") {
			at := rapid.IntRange(0, 2).Draw(t, "at")
			for _, x := range said { // whoever presses sees what holds now
				edges[at].Hear(x, 0)
			}
			clock := int64(1_000_000 + rapid.IntRange(-100_000, 100_000).Draw(t, "clock")) // clocks differ by minutes
			last = edges[at].Say(1, time.Duration(rapid.IntRange(0, 3).Draw(t, "minutes"))*time.Minute, 0, clock)
			said = append(said, last)
		}
		for i := range edges {
			for _, j := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7}).Draw(t, "order") {
				if j < len(said) {
					edges[i].Hear(said[j], 0)
				}
			}
			if got := edges[i].All(0, nil); len(got) != 1 || got[0] != last {
				t.Fatalf("edge %d: %+v; expected %+v", i, got, last)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(Append(nil, &Message{Life: 1, Seq: 1, Weight: 1}))
	f.Add(Append(nil, &Message{Life: 1, Seq: 2, Weight: 100, Hears: []string{"a"}, Seeds: []uint64{1}, Sites: []Site{{Key: 1, Stage: 3, Tally: stage.Tally{Offered: 10, Slope: 0.5}}},
		Used: []Used{{Key: 1}}, Bans: []Ban{{1, netip.MustParseAddr("192.0.2.7"), time.Minute}}, Stops: []Stop{{1, 5, time.Hour}}, Passes: []Pass{{1, 2, 3}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m, again Message
		if Parse(b, &m) != nil {
			return
		}
		out := Append(nil, &m)
		if err := Parse(out, &again); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if !slices.Equal(Append(nil, &again), out) {
			t.Fatal("it is another one the second time")
		}
		fleet, _ := New("a", 1, 2, 0)
		_, _ = fleet.Hear("b", &m, 1, 1, all)
		fleet.Step(1)
		for i := range m.Sites {
			fleet.Sum(m.Sites[i].Key, stage.Tally{}, 1)
		}
	})
}
