package story

import (
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// act is what a person does in a story. Which case, decisions or flag are meant is known
// when it is played: a story does not speak of ids.
type act struct {
	docket.Act
	line    int                          // of the story's file
	measure evenkeel.Measure             // of the decisions that are meant; none: any
	assets  []evenkeel.AssetID           // of the decisions that are meant; none: any
	bounces bool                         // no act: what the tenant was told last reached nobody, and Says is why
	posted  bool                         // no act: a machine of the tenant's took what it was told last, and Says is what it answered
	many    bool                         // one of many, which are told as one
	each    bool                         // what is found by lot is found of all that wait
	look    func(*player) (block, error) // no act: somebody looks
	leap    time.Duration                // no act: for so long nobody looks at the clocks
}

// theirs returns the function of a verb with which a tenant speaks.
func theirs(kind docket.ActKind) func(*stage, *line) error {
	return func(s *stage, l *line) error {
		return s.perform(l, kind, func(a *act) error {
			a.Contact = l.args["contact"]
			return nil
		})
	}
}

// bouncing delivers that a notice came back.
func (s *stage) bouncing(l *line) error {
	return s.perform(l, 0, func(a *act) error {
		a.bounces = true
		return nil
	})
}

// telling reads whom a person told, and how.
func (s *stage) telling(l *line, a *act) error {
	how, err := l.need("how")
	if err != nil {
		return err
	}
	if a.Contact, err = l.need("contact"); err != nil {
		return err
	}
	a.Telling = &docket.Telling{}
	a.Telling.How, err = docket.ParseHow(how)
	return err
}

// vouching delivers that a contact confirms one who came.
func (s *stage) vouching(l *line) error {
	return s.perform(l, docket.ActVouch, func(a *act) error {
		a.Contact = l.args["contact"]
		err := s.confirming(l, a)
		a.Confirm.Speaker = l.args["mailbox"]
		return err
	})
}

// confirming reads who is confirmed.
func (s *stage) confirming(l *line, a *act) error {
	who, err := l.need("newcomer")
	a.Confirm = &docket.Confirming{Contact: who}
	return err
}

// posting delivers that a machine of the tenant's took a notice.
func (s *stage) posting(l *line) error {
	return s.perform(l, 0, func(a *act) error {
		a.posted = true
		return nil
	})
}

// ours returns the function of a verb with which a person of the operator acts.
func ours(kind docket.ActKind, read func(s *stage, l *line, a *act) error) func(*stage, *line) error {
	return func(s *stage, l *line) error {
		by, err := l.need("by")
		if err != nil {
			return err
		}
		return s.perform(l, kind, func(a *act) error {
			a.By = evenkeel.PersonID(by)
			if err := evenkeel.CheckID("by", by); err != nil {
				return err
			}
			return read(s, l, a)
		})
	}
}

// perform delivers an act: a tenant, words, and what the verb reads besides.
func (s *stage) perform(l *line, kind docket.ActKind, read func(*act) error) error {
	a := act{line: l.number, Act: docket.Act{Kind: kind, At: s.clock.Add(s.delay), Tenant: evenkeel.TenantID(l.words[0]), Says: l.words[1], Family: l.args["family"]}}
	if err := evenkeel.CheckID("tenant", l.words[0]); err != nil {
		return err
	}
	if err := read(&a); err != nil {
		return err
	}
	s.event++
	a.ID = fmt.Sprintf("%s line %d, %d", s.source, l.number, s.event)
	s.deliveries = append(s.deliveries, delivery{at: a.At, act: &a})
	return nil
}

// clearance reads how a case is cleared: with a flag, or with a reason for none. Whether
// that is enough is the judge's to say.
func (s *stage) clearance(l *line, a *act) error {
	a.Outcome = evenkeel.OutcomeFalsePositive
	if err := arg(l, "outcome", evenkeel.ParseOutcome, &a.Outcome); err != nil {
		return err
	}
	if err := arg(l, "no_flag", docket.ParseNoFlag, &a.NoFlag); err != nil {
		return err
	}
	if _, given := l.args["flag"]; !given {
		for _, key := range grantArgs {
			if _, given := l.args[key]; given {
				return evenkeel.Invalid("%s=… without flag=…; expected: %s", key, l.verb.form)
			}
		}
		return nil
	}
	return s.grant(l, a, "flag")
}

// grantArgs say how much a flag covers and how long.
var grantArgs = []string{"count", "vcpus", "rate", "from", "until", "for"}

func (s *stage) flag(l *line, a *act) error {
	if _, err := l.need("selector"); err != nil {
		return err
	}
	return s.grant(l, a, "selector")
}

// grant reads the flag that an act asks for.
func (s *stage) grant(l *line, a *act, selector string) error {
	g := docket.Grant{From: a.At}
	if err := arg(l, selector, parseSelector, &g.Selector); err != nil {
		return err
	}
	if err := arg(l, "count", parseCount, &g.Envelope.Count); err != nil {
		return err
	}
	if err := arg(l, "vcpus", parseCount, &g.Envelope.VCPUs); err != nil {
		return err
	}
	if err := arg(l, "rate", parsePackets, &g.Envelope.Rate); err != nil {
		return err
	}
	if err := arg(l, "from", parseMoment, &g.From); err != nil {
		return err
	}
	if err := ends(l, g.From, &g.Until); err != nil {
		return err
	}
	if g.Until == 0 {
		return evenkeel.Invalid("a flag ends; expected one of until=2019-08-27 and for=90d")
	}
	if g.Until <= g.From {
		return evenkeel.Invalid("until %s is not after from %s", g.Until, g.From)
	}
	a.Grant = &g
	return nil
}

// ends reads an end, as until=… or for=…; it stays as it is where neither is given.
func ends(l *line, from evenkeel.Moment, until *evenkeel.Moment) error {
	_, named := l.args["until"]
	length, lasts := l.args["for"]
	switch {
	case named && lasts:
		return evenkeel.Invalid("until=… and for=… are both given; expected one of them")
	case !lasts:
		return arg(l, "until", parseMoment, until)
	}
	d, err := parseSpan(length)
	*until = from.Add(d)
	return err
}

func (s *stage) closing(l *line, a *act) error {
	if _, err := l.need("outcome"); err != nil {
		return err
	}
	return arg(l, "outcome", evenkeel.ParseOutcome, &a.Outcome)
}

// chosen reads which decisions are meant.
func (s *stage) chosen(l *line, a *act) error {
	if err := arg(l, "measure", evenkeel.ParseMeasure, &a.measure); err != nil {
		return err
	}
	names, given := l.args["assets"]
	if !given {
		return nil
	}
	assets, err := expandNames(names)
	for _, name := range assets {
		a.assets = append(a.assets, evenkeel.AssetID(name))
	}
	return err
}

func (s *stage) lowering(l *line, a *act) error {
	if _, err := l.need("to"); err != nil {
		return err
	}
	return s.approving(l, a)
}

// approving reads what is to take effect, where that is less than what was wanted.
func (s *stage) approving(l *line, a *act) error {
	if err := arg(l, "to", evenkeel.ParseMeasure, &a.Measure); err != nil {
		return err
	}
	return s.chosen(l, a)
}

// renewing reads until when what is in force stands, where that is not as long as may be.
func (s *stage) renewing(l *line, a *act) error {
	if err := ends(l, a.At, &a.Until); err != nil {
		return err
	}
	return s.chosen(l, a)
}

// shutting reads which site a person has show its own page, until when, and what that says.
func (s *stage) shutting(l *line, a *act) error {
	site, err := l.need("site")
	if err != nil {
		return err
	}
	a.Assets, a.Update = []evenkeel.AssetID{evenkeel.AssetID(site)}, l.args["update"]
	return ends(l, a.At, &a.Until)
}

func (s *stage) upholding(*line, *act) error { return nil }

// revoking reads which flag is meant, where a tenant has several.
func (s *stage) revoking(l *line, a *act) error {
	if _, given := l.args["selector"]; !given {
		return nil
	}
	a.Grant = &docket.Grant{}
	return arg(l, "selector", parseSelector, &a.Grant.Selector)
}
