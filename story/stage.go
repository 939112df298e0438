package story

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// mostRecords bounds a story, so that a slip of the pen ends in an error.
const mostRecords = 500_000

// firstSource tells the lines of a script before any source line.
const firstSource = "story"

// delivery is a record or an act, and the moment at which it arrives.
type delivery struct {
	at   evenkeel.Moment
	from *evenkeel.Batch // all that its source says in the story; nil for an act
	nth  int             // of from
	act  *act
}

// note is a line for the reader.
type note struct {
	at   evenkeel.Moment
	kind eventKind // eventNote or eventThen
	text string
}

// stage turns lines into deliveries.
type stage struct {
	story      *Script
	clock      evenkeel.Moment
	source     string
	spread     time.Duration // shuffle
	said       map[string]*evenkeel.Batch
	ports      map[string]*wire.Meter   // by source
	sites      map[string]*visits.Meter // likewise
	deliveries []delivery
	previous   []delivery // of the last line that sent anything

	// For the line at hand.
	line  *line
	delay time.Duration
	first int // its first delivery
	event int // how many events it has told
}

func newStage(s *Script) *stage {
	return &stage{story: s, source: firstSource, said: map[string]*evenkeel.Batch{}}
}

// say plays one line of a script.
func (s *stage) say(l *line) error {
	if s.clock == 0 && l.verb.name != "at" {
		return evenkeel.Invalid("%s before the clock is set; expected first: at 2019-05-29T06:00:00Z", l.verb.name)
	}
	s.line, s.delay, s.first, s.event = l, 0, len(s.deliveries), 0
	if err := arg(l, "arrives", parseDelay, &s.delay); err != nil {
		return err
	}
	if err := l.verb.play(s, l); err != nil {
		return err
	}
	if !intake.Sane(s.clock) {
		return evenkeel.Invalid("the clock stands at %s; expected a year before 2200", s.clock)
	}
	if err := s.full(); err != nil {
		return err
	}
	if len(s.deliveries) > s.first && !slices.Contains([]string{"again", "tick", "docket", "learned", "stages"}, l.verb.name) {
		s.previous = s.deliveries[s.first:len(s.deliveries):len(s.deliveries)]
	}
	return nil
}

// full says that the story has more records than it may.
func (s *stage) full() error {
	if len(s.deliveries) > mostRecords {
		return evenkeel.Invalid("the story has more than %d records", mostRecords)
	}
	return nil
}

func parseDelay(s string) (time.Duration, error) {
	d, plus := strings.CutPrefix(s, "+")
	if !plus {
		return 0, evenkeel.Invalid("%q; expected how much later, such as arrives +20m", s)
	}
	return parseSpan(d)
}

// batch is what the present source says.
func (s *stage) batch() *evenkeel.Batch {
	b := s.said[s.source]
	if b == nil {
		b = evenkeel.NewBatch(s.source, 0)
		s.said[s.source] = b
	}
	return b
}

// send delivers the record that was added to the source's batch last.
func (s *stage) send(b *evenkeel.Batch) {
	nth := len(b.Records) - 1
	r := &b.Records[nth]
	late := s.delay
	if s.spread > 0 {
		seconds := float64(s.spread/time.Second) + 1
		late += time.Duration(float64(chance(fmt.Sprintf("%s %x", s.source, r.ID), r.At)*seconds)) * time.Second
	}
	s.deliveries = append(s.deliveries, delivery{at: r.At.Add(late), from: b, nth: nth})
}

// eventID is the identity of the next event of the line at hand.
func (s *stage) eventID() uint64 {
	s.event++
	return intake.EventID(siphash.Key{}, s.source, fmt.Sprintf("line %d, %d", s.line.number, s.event))
}

// end gives the story its deliveries by arrival, those of one moment as they were written,
// and says when it begins and ends.
func (s *stage) end() {
	slices.SortStableFunc(s.deliveries, func(a, b delivery) int { return cmp.Compare(a.at, b.at) })
	t := s.story
	t.deliveries, t.end = s.deliveries, s.clock
	if n := len(s.deliveries); n > 0 {
		t.begin, t.end = s.deliveries[0].at, max(s.clock, s.deliveries[n-1].at)
	}
	if len(t.notes) > 0 && (t.begin == 0 || t.notes[0].at < t.begin) {
		t.begin = t.notes[0].at
	}
}

func (s *stage) setClock(l *line) error {
	m, err := parseMoment(l.words[0])
	switch {
	case err != nil:
		return err
	case !intake.Sane(m):
		return evenkeel.Invalid("time %s; expected one of the years 1971 to 2199", l.words[0])
	case m < s.clock:
		return evenkeel.Invalid("the clock stands at %s; expected a time that is not before it", s.clock)
	}
	s.clock = m
	return nil
}

func (s *stage) jump(l *line) error {
	d, err := parseSpan(l.words[0])
	s.clock = s.clock.Add(d)
	return err
}

// tick lets every source that has spoken show that it is alive: a record of no kind moves
// its source's clock and says nothing.
func (s *stage) tick(l *line) error {
	d, err := parseSpan(l.words[0])
	if err != nil {
		return err
	}
	if d > 30*24*time.Hour {
		return evenkeel.Invalid("tick %s; expected at most 30d", l.words[0])
	}
	sources := make([]string, 0, len(s.said))
	for name := range s.said {
		sources = append(sources, name)
	}
	slices.Sort(sources)
	for t := time.Duration(0); t < d; {
		t = min(t+time.Minute, d)
		for _, name := range sources {
			b := s.said[name]
			b.Records = append(b.Records, evenkeel.Record{At: s.clock.Add(t)})
			s.deliveries = append(s.deliveries, delivery{at: s.clock.Add(t), from: b, nth: len(b.Records) - 1})
		}
		if err := s.full(); err != nil {
			return err
		}
	}
	s.clock = s.clock.Add(d)
	return nil
}

func (s *stage) setSource(l *line) error {
	s.source = l.words[0]
	return evenkeel.CheckID("source", s.source)
}

func (s *stage) note(l *line) error {
	s.story.notes = append(s.story.notes, note{s.clock, eventNote, l.words[0]})
	return nil
}

func (s *stage) then(l *line) error {
	s.story.notes = append(s.story.notes, note{s.clock, eventThen, l.words[0]})
	return nil
}

// again sends what the previous line said once more, under the same identities.
func (s *stage) again(l *line) error {
	after := time.Second
	if len(l.words) > 0 {
		var err error
		if after, err = parseSpan(l.words[0]); err != nil {
			return err
		}
	}
	if len(s.previous) == 0 {
		return evenkeel.Invalid("again, but no line before it sent anything")
	}
	for _, d := range s.previous {
		d.at = d.at.Add(after)
		s.deliveries = append(s.deliveries, d)
	}
	return nil
}

func (s *stage) shuffle(l *line) (err error) {
	s.spread = 0
	if l.words[0] != "off" {
		s.spread, err = parseSpan(l.words[0])
	}
	return err
}
