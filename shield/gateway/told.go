package gateway

import (
	"math"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/share"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// speaker is what the scribe needs to say what others are to know. What is said is said again a second later, and what was
// not heard by then counts for nothing but that second.
type speaker struct {
	life, seq, beat uint64
	sites           []share.Site
	passes          []share.Pass
	used            [2][]share.Used // said in this second, and in the one before it
	bans            [2][]share.Ban
	greet           []share.Ban // for edges that joined
	living          []string
}

const (
	tellEach = 4 << 10 // bytes of a message that are set aside
	mostTold = 1 << 12 // places of passes in a second
)

// tell says in each look what cannot wait.
func (s *scribe) tell(now time.Time) {
	f := s.e.fleet
	f.mu.Lock()
	used, bans, urgent := f.used, f.bans, f.urgent
	f.used, f.bans, f.urgent = nil, nil, false
	news, joined := s.part(now)
	m := s.message(now)
	if news || s.look == looks/2-1 { // the other half of what share.Says asks is at the end of the second
		m.Hears, m.Seeds = f.living, f.c.Seeds
	}
	if urgent {
		s.tellHand(m, now)
	}
	f.mu.Unlock()
	f.speaker.used[0], f.speaker.bans[0] = append(f.speaker.used[0], used...), append(f.speaker.bans[0], bans...)
	if joined { // before it is said that it is heard: who hears that knows all
		s.saySites(now, f.sites, nil)
	}
	s.sayNews(m, used, bans)
	for range greetEach {
		n := min(len(f.greet), share.MaxBans)
		if n == 0 {
			break
		}
		s.sayNews(s.message(now), nil, f.greet[:n])
		f.greet = f.greet[n:]
	}
}

// message is one that says nothing yet.
func (s *scribe) message(now time.Time) *share.Message {
	f := s.e.fleet
	return &share.Message{
		Life: f.life, Beat: f.beat, Clock: now.UnixMilli(), Weight: uint16(f.c.Weight), Part: s.e.partOf(), Age: now.Sub(s.e.began),
	}
}

// tellHand puts in what was done by hand.
func (s *scribe) tellHand(m *share.Message, now time.Time) {
	f, moment := s.e.fleet, evenkeel.MomentOf(now)
	m.Stops = f.know.Stops().All(s.e.ticks(now), nil)
	for a, at := range f.pardons {
		if moment.Sub(at) > suspect.BanFor {
			delete(f.pardons, a)
		} else {
			m.Pardons = append(m.Pardons, share.Pardon{From: a, Ago: moment.Sub(at)})
		}
	}
}

// say sends a message, as it is within the bounds.
func (s *scribe) say(m *share.Message) {
	f := s.e.fleet
	f.seq++
	m.Seq = f.seq
	f.c.Say(share.Append(make([]byte, 0, tellEach), m))
}

// sayNews sends what does not fit into one message in several. What is by hand goes with the first.
func (s *scribe) sayNews(m *share.Message, used []share.Used, bans []share.Ban) {
	stops, pardons := m.Stops, m.Pardons
	m.Stops, m.Pardons = nil, nil
	for len(used) > 0 || len(bans) > 0 || len(stops) > 0 || len(pardons) > 0 || m.Hears != nil {
		m.Used, used = head(used, share.MaxUsed)
		m.Bans, bans = head(bans, share.MaxBans)
		m.Stops, stops = head(stops, share.MaxStops)
		m.Pardons, pardons = head(pardons, share.MaxBans)
		s.say(m)
		m.Hears, m.Seeds = nil, nil
	}
}

func head[T any](all []T, most int) (some, rest []T) {
	n := min(len(all), most)
	return all[:n], all[n:]
}

// saySites says where sites stood at the end of the last second, and which passes were used.
func (s *scribe) saySites(now time.Time, sites []share.Site, passes []share.Pass) {
	for len(sites) > 0 || len(passes) > 0 {
		m := s.message(now)
		m.Sites, sites = head(sites, share.MaxSites)
		m.Passes, passes = head(passes, share.MaxPasses)
		s.say(m)
	}
}

// part finds out who lives, and whether this edge has another part than before. It says whether others live than
// before, and whether one of them is new.
func (s *scribe) part(now time.Time) (news, joined bool) {
	f, ticks := s.e.fleet, s.e.ticks(now)
	if f.c.Listed != nil {
		f.know.Listed(f.c.Listed())
	}
	f.know.Step(ticks)
	part, hears := f.know.Part(), f.know.Hears(ticks)
	if was := math.Float64frombits(f.part.Swap(math.Float64bits(part))); was != part {
		s.e.divide(part)
	}
	if slices.Equal(hears, f.living) {
		return false, false
	}
	joined = slices.ContainsFunc(hears, func(name string) bool { return !slices.Contains(f.living, name) })
	if f.living = hears; joined { // it may know nothing
		f.greet = f.greet[:0]
		moment := evenkeel.MomentOf(now)
		for x, until := range s.e.bans.all(moment) {
			f.greet = append(f.greet, share.Ban{Key: share.KeyOf(string(x.site)), From: x.from, Left: until.Sub(moment)})
		}
	}
	return true, joined
}

// divide makes the rates those of a part. What a machine bears is its own; what visitors and tenants may have of it is the fleet's.
func (e *Edge) divide(part float64) {
	e.works.ShareAll(part)
	e.waits.ShareAll(part)
	e.idlers.ShareAll(part)
	e.handshakes.Share(part)
}

// weighed notes what a domain's second came to, for the others.
func (s *scribe) weighed(d *domain, own *stage.Tally, turn *stage.Turn) {
	f := s.e.fleet
	if turn.Stage == stage.Observe && !turn.Changed() && own.Offered == 0 && own.InFlight == 0 {
		return // it is idle
	}
	f.sites = append(f.sites, share.Site{Key: d.key, Stage: turn.Stage, Tally: *own, Spent: turn.Spent})
	if p := d.passes.Load(); p != nil && len(f.passes) < mostTold {
		f.passes = p.told(d.key, f.passes)
	}
}

// tellAll says at the end of a second where all sites stand that are not idle.
func (s *scribe) tellAll(now time.Time) {
	f := s.e.fleet
	m := s.message(now)
	f.mu.Lock()
	m.Hears, m.Seeds = f.living, f.c.Seeds
	s.tellHand(m, now)
	f.mu.Unlock()
	s.sayNews(m, f.speaker.used[1], f.speaker.bans[1])
	s.saySites(now, f.sites, f.passes)
	f.speaker.used = [2][]share.Used{f.speaker.used[1][:0], f.speaker.used[0]}
	f.speaker.bans = [2][]share.Ban{f.speaker.bans[1][:0], f.speaker.bans[0]}
}

// Leave gives the edge's part away and says goodbye to the others, for whoever calls Look: it is the last that it is to say. What is in flight then has hardly any
// rate left, since its part is the others' within milliseconds.
func (e *Edge) Leave(now time.Time) {
	f := e.fleet
	if f == nil {
		return
	}
	f.part.Store(math.Float64bits(share.Least))
	e.divide(share.Least)
	m := e.scribe.message(now)
	f.mu.Lock()
	m.Hears, m.Seeds = append(f.know.Hears(e.ticks(now)), f.c.Name), f.c.Seeds
	used, bans := f.used, f.bans
	f.used, f.bans = nil, nil
	e.scribe.tellHand(m, now)
	f.mu.Unlock()
	e.scribe.sayNews(m, used, bans)
}
