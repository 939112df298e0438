package admit

import (
	"container/heap"
	"math/rand/v2"
)

// simulation has tenants offer requests to a gate in made-up time.
type simulation struct {
	gate   *Gate
	now    int64
	events events
	of     map[string]*offered
	random *rand.Rand
}

// backend takes so many requests at once in their time; what is beyond makes all of them as much slower.
type backend struct {
	service  float64 // ns, the mean
	capacity int
	spread   float64 // 1: exponential
	inside   int
}

// offered is what a tenant was offered, and what came of it.
type offered struct {
	name    string
	back    *backend
	each    float64 // ns between two
	offered int
	served  int
	lost    int
	took    []float64 // ns from offer to answer
	waiting map[*Waiter]int64
}

type event struct {
	at     int64
	of     *offered
	ticket *Ticket // it ends; else the next one is offered
	from   int64
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at < e[j].at }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	x := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return x
}

// offer has a tenant be offered so many requests a second, at random times.
func (s *simulation) offer(name string, b *backend, rate float64) {
	if s.of == nil {
		s.of, s.random = map[string]*offered{}, rand.New(rand.NewPCG(1, 2))
	}
	o := &offered{name: name, back: b, each: 1e9 / rate, waiting: map[*Waiter]int64{}}
	s.of[name] = o
	heap.Push(&s.events, event{at: s.now + int64(s.random.ExpFloat64()*o.each), of: o})
}

func (s *simulation) begin(o *offered, k Ticket, from int64) {
	o.back.inside++
	took := o.back.service * s.random.ExpFloat64() * max(1, float64(o.back.inside)/float64(o.back.capacity))
	heap.Push(&s.events, event{at: s.now + int64(took), of: o, ticket: &k, from: from})
}

// run goes on for so long.
func (s *simulation) run(long int64) {
	end, sweep := s.now+long, s.now
	for s.events[0].at < end {
		e := heap.Pop(&s.events).(event)
		s.now = e.at
		if s.now-sweep > 1e9 {
			s.gate.Sweep(s.now)
			sweep = s.now
		}
		if e.ticket != nil {
			e.of.back.inside--
			e.of.served++
			e.of.took = append(e.of.took, float64(s.now-e.from))
			e.ticket.Leave(s.now, Done)
			s.told()
			continue
		}
		heap.Push(&s.events, event{at: s.now + int64(s.random.ExpFloat64()*e.of.each), of: e.of})
		e.of.offered++
		w := &Waiter{}
		switch k, a := s.gate.Try(s.now, e.of.name, 1, w); a {
		case Admitted:
			s.begin(e.of, k, s.now)
		case Waiting:
			e.of.waiting[w] = s.now
		default:
			e.of.lost++
		}
	}
}

// told begins what was admitted after waiting.
func (s *simulation) told() {
	for _, o := range s.of {
		for w, from := range o.waiting {
			k, a := w.Told()
			switch a {
			case Waiting:
				if s.now-from > int64(s.gate.config.Patience) {
					w.Cancel(TimedOut)
				} else {
					continue
				}
				o.lost++
			case Admitted:
				s.begin(o, k, from)
			default:
				o.lost++
			}
			delete(o.waiting, w)
		}
	}
}
