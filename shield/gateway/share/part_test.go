package share

import (
	"fmt"
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
	dead        bool
	inbox       []letter
}

type letter struct {
	at   time.Duration
	from string
	m    *Message
}

func (p *troupe) add(weight, size int, phase, late time.Duration) *player {
	x := &player{name: fmt.Sprint("edge-", len(p.edges)), life: uint64(p.now) + 1, phase: phase, late: late}
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
			}
		}
		x.inbox = rest
	}
	for i, x := range p.edges {
		if x.dead {
			continue
		}
		if x.Step(int64(p.now)); (p.now+x.phase)%Says != 0 {
			continue
		}
		x.seq++
		m := &Message{Life: x.life, Seq: x.seq, Beat: x.seq, Weight: uint16(x.weight), Part: x.part, Hears: x.Hears(int64(p.now))}
		for j, y := range p.edges {
			if i != j && (p.apart == nil || !p.apart(i, j)) {
				y.inbox = append(y.inbox, letter{p.now + x.late, x.name, m})
			}
		}
	}
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
			default:
				p.edges[i].dead = true
			}
			p.runs(t, time.Duration(rapid.IntRange(1, 60).Draw(t, "lasts"))*100*time.Millisecond, 1)
		}
		p.runs(t, 8*time.Second, 1)
		living, weight, whole := 0, 0, 0
		for _, x := range p.edges {
			if whole += x.weight; !x.dead {
				living++
				weight += x.weight
				if len(x.Fleet.edges) < len(p.edges)-1 {
					return // one died before it was heard here
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
// more than the whole, and have it once those that went are forgotten.
func TestEdgesThatAreReplacedUnderNewNamesHaveTheWholeAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 4).Draw(t, "edges")
		p := &troupe{}
		for i := range n {
			p.add(100, n, time.Duration(i)*100*time.Millisecond, 0)
		}
		p.runs(t, 6*time.Second, 1)
		for range rapid.IntRange(n, 3*n).Draw(t, "replaced") {
			p.edges[max(len(p.edges)-n+1, 1)].dead = true
			p.runs(t, time.Duration(rapid.IntRange(1, 50).Draw(t, "away"))*100*time.Millisecond, 1)
			p.add(100, n, time.Duration(len(p.edges)%5)*100*time.Millisecond, 0)
			p.runs(t, 4*time.Second, 1)
		}
		p.ages()
		p.runs(t, 8*time.Second, 1)
		if p.sum() < 0.999 {
			t.Fatalf("an hour after %d of %d were replaced all have %v together; expected the whole", len(p.edges)-n, n, p.sum())
		}
	})
}

// A fleet that is torn apart for hours is no two fleets, also where each edge was set up with one address.
func TestAFleetThatIsTornApartForHoursNeverHasOneAndAHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 7).Draw(t, "edges")
		p := &troupe{}
		for i := range n {
			p.add(100, 2, time.Duration(i)*100*time.Millisecond, 0)
		}
		p.runs(t, 8*time.Second, 1)
		half := rapid.IntRange(1, n-1).Draw(t, "here")
		p.apart = func(a, b int) bool { return (a < half) != (b < half) }
		for range 3 {
			p.runs(t, 5*time.Second, 1.5)
			p.ages()
		}
		p.runs(t, 5*time.Second, 1.5)
	})
}
