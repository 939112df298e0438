package share

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// troupe are edges that hear each other, as far as the test lets them.
type troupe struct {
	edges []*player
	now   time.Duration
	apart func(a, b int) bool
}

type player struct {
	*Fleet
	name        string
	life, seq   uint64
	phase, late time.Duration
	dead, left  bool
	setUp       int // of the first edges, itself included
	met         map[string]bool
	inbox       []letter
}

type letter struct {
	at   time.Duration
	from string
	m    *Message
}

func (p *troupe) add(weight, size int, phase, late time.Duration) *player {
	x := &player{name: fmt.Sprint("edge-", len(p.edges)), life: uint64(p.now) + 1, phase: phase, late: late, setUp: size, met: map[string]bool{}}
	x.Fleet, _ = New(x.name, weight, size, int64(p.now))
	p.edges = append(p.edges, x)
	return x
}

// step lets a tenth of a second pass.
func (p *troupe) step() {
	p.now += 100 * time.Millisecond
	for _, x := range p.edges {
		var rest []letter
		for _, l := range x.inbox {
			if l.at > p.now {
				rest = append(rest, l)
			} else if !x.dead {
				_, _ = x.Hear(l.from, l.m, int64(p.now), 0, all)
				x.met[l.from] = true
			}
		}
		x.inbox = rest
	}
	for i, x := range p.edges {
		if x.dead {
			continue
		}
		p.lists(x)
		if x.Step(int64(p.now)); (p.now+x.phase)%Says == 0 {
			p.says(i)
		}
	}
}

// lists has an edge know of those that are set up whom it has met.
func (p *troupe) lists(x *player) {
	var names []string
	for _, y := range p.edges[:min(x.setUp, len(p.edges))] {
		if x.met[y.name] {
			names = append(names, y.name)
		}
	}
	x.Listed(names, max(x.setUp-1-len(names), 0))
}

// says has an edge say whom it hears, and more.
func (p *troupe) says(i int, more ...string) {
	x := p.edges[i]
	x.seq++
	m := &Message{Life: x.life, Seq: x.seq, Beat: x.seq, Weight: uint16(x.weight), Part: x.part, Hears: append(x.Hears(int64(p.now)), more...)}
	for j, y := range p.edges {
		if i != j && (p.apart == nil || !p.apart(i, j)) {
			y.inbox = append(y.inbox, letter{p.now + x.late, x.name, m})
		}
	}
}

// leaves has an edge say goodbye and end.
func (p *troupe) leaves(i int) {
	x := p.edges[i]
	p.says(i, x.name)
	x.dead, x.left = true, true
}

// sum is what all that live have together.
func (p *troupe) sum() (sum float64) {
	for _, x := range p.edges {
		if !x.dead {
			sum += x.part
		}
	}
	return sum
}

func (p *troupe) runs(t *rapid.T, d time.Duration, most float64) {
	for range int(d / (100 * time.Millisecond)) {
		if p.step(); p.sum() > most+1e-9 {
			for _, x := range p.edges {
				t.Logf("%s dead %v part %v most %v %+v", x.name, x.dead, x.part, x.most, x.Standings(int64(p.now)))
			}
			t.Fatalf("after %v all have %v together; expected at most %v", p.now, p.sum(), most)
		}
	}
}

func drawnTroupe(t *rapid.T) (*troupe, int) {
	p, n := &troupe{}, rapid.IntRange(3, 7).Draw(t, "edges")
	for range n {
		p.joins(t, n)
	}
	return p, n
}

func (p *troupe) joins(t *rapid.T, size int) {
	tenth := rapid.IntRange(0, 9)
	p.add(rapid.SampledFrom([]int{50, 100, 200}).Draw(t, "weight"), size, time.Duration(tenth.Draw(t, "phase"))*100*time.Millisecond, time.Duration(tenth.Draw(t, "late")/3)*100*time.Millisecond)
}

// Edges that join, die and come back never have more than the whole together, and have it again soon.
func TestEdgesThatJoinAndDieNeverHaveMoreThanTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, n := drawnTroupe(t)
		p.runs(t, 6*time.Second, 1)
		for range rapid.IntRange(1, 4).Draw(t, "events") {
			switch i := rapid.IntRange(0, len(p.edges)-1).Draw(t, "which"); {
			case rapid.Bool().Draw(t, "joins") && len(p.edges) < 9:
				p.joins(t, n)
			case p.edges[i].dead:
			case rapid.Bool().Draw(t, "goodbye"):
				deaf := rapid.IntRange(0, 2*len(p.edges)).Draw(t, "deaf") // to one at most it is lost
				p.apart = func(_, b int) bool { return b == deaf }
				p.leaves(i)
				p.apart, p.edges[i].left = nil, deaf >= len(p.edges) || deaf == i
			default:
				p.edges[i].dead = true
			}
			p.runs(t, time.Duration(rapid.IntRange(1, 60).Draw(t, "lasts"))*100*time.Millisecond, 1)
		}
		p.runs(t, 8*time.Second, 1)
		living, weight, whole := 0, 0, 0
		for _, x := range p.edges {
			if x.left {
				continue
			}
			if whole += x.weight; !x.dead {
				living++
				weight += x.weight
				for _, y := range p.edges {
					if y != x && !y.left && !x.met[y.name] {
						return // one died before it was heard here
					}
				}
			}
		}
		if 2*weight > whole && p.sum() < 0.999 {
			t.Fatalf("%d of %d live and have %v together; expected the whole", living, len(p.edges), p.sum())
		}
	})
}

// A fleet that is torn apart never has one and a half together; who hears less than half has what it had, and all is well when it is mended.
func TestAFleetThatIsTornApartNeverHasOneAndAHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := drawnTroupe(t)
		p.runs(t, 8*time.Second, 1)
		side := map[int]bool{}
		had := map[int]float64{}
		for i, x := range p.edges {
			side[i], had[i] = rapid.Bool().Draw(t, "side"), x.part
		}
		p.apart = func(a, b int) bool { return side[a] != side[b] }
		p.runs(t, 10*time.Second, 1.5)
		for i, x := range p.edges {
			if !x.most && x.part > had[i]+1e-9 {
				t.Fatalf("%s hears less than half and has %v; it had %v", x.name, x.part, had[i])
			}
		}
		p.apart = nil
		p.runs(t, time.Second, 1.5)
		p.runs(t, 8*time.Second, 1)
		if p.sum() < 0.999 {
			t.Fatalf("mended, all have %v together", p.sum())
		}
	})
}

func TestAKilledEdgesPartIsTheOthersWithinThreeSecondsAndANewOneTakesOfThem(t *testing.T) {
	p := &troupe{}
	for i := range 3 {
		p.add(100, 3, time.Duration(i)*300*time.Millisecond, 0)
	}
	for range 80 {
		p.step()
	}
	p.edges[0].dead = true
	killed := p.now
	for p.sum() < 0.999 && p.now < killed+time.Minute {
		p.step()
	}
	if took := p.now - killed; took > 3*time.Second {
		t.Errorf("its part was the others' after %v", took)
	} else {
		t.Log("a killed edge's part was the others' after", took)
	}
	d := p.add(100, 3, 500*time.Millisecond, 0)
	joined := p.now
	for d.part < 0.3 && p.now < joined+time.Minute {
		if p.step(); p.sum() > 1+1e-9 {
			t.Fatalf("with the new edge all have %v", p.sum())
		}
	}
	if took := p.now - joined; took > 3*time.Second {
		t.Errorf("the new edge had its part after %v", took)
	}
	lone := p.add(100, 3, 0, 0)
	p.apart = func(a, b int) bool { return a == 4 || b == 4 }
	for range 50 {
		if p.step(); lone.part > 1.0/3+1e-9 {
			t.Fatalf("an edge that hears nobody has %v", lone.part)
		}
	}
}

// An edge that hears others, and is not heard by them, takes nothing of what they have divided without it.
func TestAnEdgeThatNobodyHearsTakesNothingOfOneThatDied(t *testing.T) {
	p := &troupe{}
	for i := range 5 {
		p.add(100, 5, time.Duration(i)*100*time.Millisecond, 0)
	}
	for range 60 {
		p.step()
	}
	mute := p.edges[4]
	p.apart = func(a, _ int) bool { return a == 4 }
	for range 30 {
		p.step()
	}
	p.edges[0].dead = true
	for range 80 {
		if p.step(); mute.part > 0.2+1e-9 {
			t.Fatalf("it has %v, and those who do not hear it the whole", mute.part)
		}
	}
	if p.sum() < 1.19 {
		t.Fatalf("all have %v: the others did not divide the whole, and this test shows nothing", p.sum())
	}
}

// ages lets an hour pass for those that are silent to whoever does not hear them.
func (p *troupe) ages() {
	for _, x := range p.edges {
		for _, e := range x.Fleet.edges {
			if !x.lives(e, int64(p.now)) {
				e.heard -= int64(known)
			}
		}
	}
}

// Edges beside one that stays are replaced under new names, one after the other and as often as somebody likes: they never have
// more than the whole, and have it once those that went are forgotten; at once, where all of them said goodbye.
func TestEdgesThatAreReplacedUnderNewNamesHaveTheWholeAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 4).Draw(t, "edges")
		p := &troupe{}
		for i := range n {
			p.add(100, n, time.Duration(i)*100*time.Millisecond, 0)
		}
		p.runs(t, 6*time.Second, 1)
		polite := rapid.IntRange(0, 2).Draw(t, "goodbyes") // none, some, all
		for range rapid.IntRange(n, 3*n).Draw(t, "replaced") {
			if i := max(len(p.edges)-n+1, 1); polite == 2 || polite == 1 && rapid.Bool().Draw(t, "goodbye") {
				p.leaves(i)
			} else {
				p.edges[i].dead = true
			}
			p.runs(t, time.Duration(rapid.IntRange(1, 50).Draw(t, "away"))*100*time.Millisecond, 1)
			p.add(100, n, time.Duration(len(p.edges)%5)*100*time.Millisecond, 0)
			p.runs(t, 4*time.Second, 1)
		}
		if polite < 2 {
			p.ages()
		}
		p.runs(t, 8*time.Second, 1)
		if p.sum() < 0.999 {
			t.Fatalf("after %d of %d were replaced all have %v together; expected the whole", len(p.edges)-n, n, p.sum())
		}
	})
}

// Of those that say goodbye the part is the others' with the next step, however few they are; and one of two that are left may die like one of two.
func TestAFleetThatIsCutByGoodbyesHasTheWholeAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, n := drawnTroupe(t)
		p.runs(t, 8*time.Second, 1)
		stay := rapid.IntRange(1, n-1).Draw(t, "stay")
		slowest := time.Duration(0)
		for i := range p.edges {
			if slowest = max(slowest, p.edges[i].late); i >= stay {
				p.leaves(i)
				p.runs(t, time.Duration(rapid.IntRange(0, 3).Draw(t, "pause"))*100*time.Millisecond, 1)
			}
		}
		p.runs(t, slowest+100*time.Millisecond, 1)
		if p.sum() < 0.999 {
			t.Fatalf("%d of %d are left and have %v together; expected the whole at once", stay, n, p.sum())
		}
		p.runs(t, 8*time.Second, 1)
		if p.sum() < 0.999 {
			t.Fatalf("and later %v", p.sum())
		}
	})
}

// A fleet that is torn apart for hours is no two fleets, also where each edge was set up with one address, and whoever comes on one side and says goodbye there.
func TestAFleetThatIsTornApartForHoursNeverHasOneAndAHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 7).Draw(t, "edges")
		p := &troupe{}
		for i := range n {
			p.add(100, 2, time.Duration(i)*100*time.Millisecond, 0)
		}
		p.runs(t, 8*time.Second, 1)
		half := rapid.IntRange(1, n-1).Draw(t, "here")
		side := map[int]bool{}
		for i := range half {
			side[i] = true
		}
		p.apart = func(a, b int) bool { return side[a] != side[b] }
		if p.runs(t, 5*time.Second, 1.5); rapid.Bool().Draw(t, "guests") {
			for _, here := range []bool{true, false} {
				guest := len(p.edges)
				side[guest] = here
				p.add(100, n+1, 0, 0) // it knows how many there are
				p.runs(t, 5*time.Second, 1.5)
				p.leaves(guest)
				p.runs(t, 5*time.Second, 1.5)
			}
		}
		for range 3 {
			p.runs(t, 5*time.Second, 1.5)
			if i := rapid.IntRange(0, 2*n).Draw(t, "leaves"); i < n && !p.edges[i].dead {
				p.leaves(i)
			}
			p.runs(t, 5*time.Second, 1.5)
			p.ages()
		}
		p.runs(t, 5*time.Second, 1.5)
	})
}

// What lived at once at most is what it would be had those never been that are taken out.
func TestWhoSaidGoodbyeIsAsThoughItHadNeverBeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g gathered
		var was []map[string]int
		weights := map[string]int{"a": 1, "b": 2, "c": 4, "d": 8, "e": 16}
		for range rapid.IntRange(1, 20).Draw(t, "events") {
			name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
			if rapid.IntRange(0, 3).Draw(t, "goodbye") == 0 {
				gone := name.Draw(t, "who")
				g.without(gone)
				for _, s := range was {
					delete(s, gone)
				}
			} else {
				living := map[string]int{}
				for _, n := range rapid.SliceOfDistinct(name, rapid.ID).Draw(t, "living") {
					living[n] = weights[n]
				}
				was = append(was, maps.Clone(living))
				g.note(living)
			}
			want := 0
			for _, s := range was {
				want = max(want, weightOf(s))
			}
			if g.peak() != want {
				t.Fatalf("%d of %v; expected %d of %v", g.peak(), g.sets, want, was)
			}
		}
	})
	var g gathered
	for i := range 3 * mostGathered {
		g.note(map[string]int{fmt.Sprint(i): 1, "x": 1})
	}
	if g.without("x"); len(g.sets) > mostGathered || g.peak() != 2 {
		t.Errorf("%d sets, %d; expected at most %d, and that what there was no room for counts", len(g.sets), g.peak(), mostGathered)
	}
}

// What an edge said before its goodbye and comes after it counts, and does not bring it back; a new life does.
func TestWhatComesAfterAGoodbyeBringsNobodyBack(t *testing.T) {
	f, _ := New("a", 100, 2, 0)
	hear := func(from string, life, seq uint64, hears ...string) bool {
		taken, err := f.Hear(from, &Message{Life: life, Seq: seq, Weight: 100, Hears: hears}, 1, 0, all)
		if err != nil {
			t.Fatal(err)
		}
		return taken
	}
	hear("b", 1, 1, "a")
	hear("b", 1, 3, "a", "b")
	if !hear("b", 1, 2, "a") || hear("b", 1, 3, "a", "b") {
		t.Error("what came late is not taken, or what came twice is")
	}
	hear("c", 1, 1, "b") // it says that b lives: it has not heard the goodbye
	f.Step(1)
	if got := f.Hears(1); !slices.Equal(got, []string{"c"}) || !f.left["b"] {
		t.Errorf("it hears %v", got)
	}
	hear("c", 1, 2, "a", "c", "b") // for b it can say nothing
	hear("b", 2, 1, "a")
	if got := f.Hears(1); !slices.Equal(got, []string{"b"}) || f.left["b"] || !f.left["c"] {
		t.Errorf("it hears %v", got)
	}
	for i := range 2 * mostLeft {
		now := int64(i+1) * int64(leaves+time.Second)
		f.Step(now)
		if _, err := f.Hear(fmt.Sprint("x-", i), &Message{Life: 1, Seq: 1, Weight: 1, Hears: []string{fmt.Sprint("x-", i)}}, now, 0, all); err != nil {
			t.Fatal(err)
		}
		f.Listed([]string{"c", "d", "d"}, 1)
	}
	if len(f.left) > mostLeft || !slices.Contains(f.Gone(), "c") || f.size != 3 {
		t.Errorf("%d are remembered that said goodbye, c among them: %v; %d are set up, expected 3: itself, d, and one of whom nobody knows", len(f.left), f.left["c"], f.size)
	}
}
