package story

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// leapVerb is a clock that goes on while nobody looks at it.
var leapVerb = verb{name: "leap", form: "leap 300d", about: "nobody judges for so long, or the machine's clock is set ahead: nothing falls due on the way. What came meanwhile is taken up after it",
	least: 1, most: 1, play: (*stage).leap}

// leap lets the clock go on without anybody who looks at it.
func (s *stage) leap(l *line) error {
	d, err := parseSpan(l.words[0])
	if err != nil {
		return err
	}
	s.event++
	a := act{line: l.number, leap: d, Act: docket.Act{ID: fmt.Sprintf("%s line %d, %d", s.source, l.number, s.event), At: s.clock}}
	s.deliveries = append(s.deliveries, delivery{at: a.At, act: &a})
	s.clock = s.clock.Add(d)
	return nil
}

// leapOver does what a process does that comes back: hearings get time back, and what would have ended for good is put
// off, before anything else is taken up.
func (p *player) leapOver(d time.Duration) error {
	since := p.clock
	p.clock = since.Add(d)
	p.say(about(p.clock, "", nil, "leap", fmt.Sprintf("nobody looked at the clocks since %s", since)))
	reopened, one := p.desk.docket.Reopen(context.Background(), since, p.clock)
	p.hear(reopened)
	putOff, two := p.desk.docket.Leapt(context.Background(), since, p.clock)
	p.hear(putOff)
	return errors.Join(one, two)
}
