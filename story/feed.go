package story

import (
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// drifted has the judge know what sources are not what they were, before what is found by them.
func (p *player) drifted() error {
	if p.desk == nil {
		return nil
	}
	for _, d := range p.engine.Drifts() {
		heard, err := p.desk.docket.Drifted(context.Background(), docket.NewFeed(d.Source, d.Input, d.Since, d.At, d.Over, d.Says, d.Rules))
		if err != nil {
			return err
		}
		p.hear(heard)
	}
	return nil
}

// fed says what became of a feed.
func fed(f *docket.Feed) block {
	var b block
	switch {
	case f.Took != nil:
		b.add("feed", fmt.Sprintf("%s of %s is accepted: machines may act by it again", f.Input, f.Source))
	case f.Over != 0:
		b.add("feed", fmt.Sprintf("%s of %s is as before", f.Input, f.Source))
	default:
		b.add("feed", fmt.Sprintf("%s of %s is not what it was. %s", f.Input, f.Source, f.Says))
		b.add("rules", strings.Join(f.Rules, ", "))
	}
	return b
}
