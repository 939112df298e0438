package memory

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// interest is what somebody has a stake in.
type interest struct {
	kind   docket.InterestKind
	key    string
	person evenkeel.PersonID
}

// reviewOf returns a review as it will be, or nil.
func (c *checker) reviewOf(id docket.ReviewID) *docket.Review {
	if r := c.reviews[id]; r != nil {
		return r
	}
	return c.reviewed[id]
}

func (c *checker) checkReviews() error {
	for i := range c.in.Reviews {
		r := &c.in.Reviews[i]
		if err := r.Check(); err != nil {
			return err
		}
		old := c.reviewOf(r.ID)
		switch {
		case c.caseOf(r.Case) == nil:
			return evenkeel.Invalid("review %s of case %s; expected one that is kept", r.ID, r.Case)
		case (r.State == docket.ReviewAgreed || r.State == docket.ReviewSplit || r.State == docket.ReviewSettled) && len(r.Verdicts) < 2:
			return evenkeel.Invalid("review %s is %s with %d verdicts; expected two", r.ID, r.State, len(r.Verdicts))
		case old != nil && (old.Case != r.Case || old.Tenant != r.Tenant || old.About != r.About || old.Opened != r.Opened || old.By != r.By || givesBack(old) != givesBack(r)):
			return conflict("review %s: it is kept as another one's, or of another case", r.ID)
		case old != nil && (!slices.Equal(old.Assets, r.Assets) || old.Until != r.Until || old.Wanted != r.Wanted || !sameHold(old.Hold, r.Hold)):
			return conflict("review %s: it stays about the measure, the assets and the end that were asked for", r.ID)
		case old != nil && old.State.Over() && !alikeReviews(old, r):
			return conflict("review %s: it is %s, and nothing follows", r.ID, old.State)
		}
		if err := c.checkVerdicts(old, r); err != nil {
			return err
		}
		c.reviews[r.ID] = r
	}
	return nil
}

// checkVerdicts wants that those that are kept stay, and that the new ones are by persons who
// had no part in it before. Interests count as they were kept before these changes.
func (c *checker) checkVerdicts(old, r *docket.Review) error {
	kept := 0
	if old != nil {
		kept = len(old.Verdicts)
	}
	for n := range max(kept, len(r.Verdicts)) {
		switch {
		case n >= len(r.Verdicts):
			return conflict("review %s: a verdict that is kept is missing", r.ID)
		case n < kept:
			a, b := &old.Verdicts[n], &r.Verdicts[n]
			if a.Person != b.Person || a.At != b.At || a.Measure != b.Measure || a.Grant != b.Grant {
				return conflict("review %s: a verdict that is kept was changed", r.ID)
			}
		case n > 0 && !slices.ContainsFunc(r.Draws, func(d docket.Draw) bool { return d.Drawn == r.Verdicts[n].Person }):
			return conflict("review %s: a verdict after the first is by who was drawn for it, by lot; %s was not", r.ID, r.Verdicts[n].Person)
		case n > 0 && c.interested(r, r.Verdicts[n].Person):
			return conflict("review %s: %s had a part in it before: an act on the tenant or the case, or the rule is theirs", r.ID, r.Verdicts[n].Person)
		}
	}
	return nil
}

// givesBack says whether a review is about the end of a lawful order before its time.
func givesBack(r *docket.Review) bool { return r.Hold != nil && r.Hold.Ends }

// interested says whether somebody had a part in it. In what gives back nobody has: whom to ask first the judge says.
func (c *checker) interested(r *docket.Review, p evenkeel.PersonID) bool {
	if r.About == docket.AboutHold && givesBack(r) {
		return false
	}
	has := func(kind docket.InterestKind, key string) bool {
		since, ok := c.interests[interest{kind, key, p}]
		return ok && since <= r.Opened
	}
	return has(docket.InterestTenant, string(r.Tenant)) || has(docket.InterestCase, string(r.Case)) ||
		slices.ContainsFunc(r.Rules, func(rule string) bool { return has(docket.InterestRule, rule) })
}

func sameHold(a, b *docket.Hold) bool { return a == b || a != nil && b != nil && *a == *b }

// checkWithheld wants that access to data is withheld by nothing but a new decision, by a lawful order on which
// its two persons agreed, of what was ordered and no longer. Nothing else that is in force has no measure.
func (c *checker) checkWithheld(old, d *evenkeel.Decision) error {
	withholds := func(d *evenkeel.Decision) bool {
		return d.Mode == evenkeel.ModeLive && d.State == evenkeel.InForce && d.Measure == evenkeel.MeasureNone
	}
	if !withholds(d) || old != nil && withholds(old) && alike(old, d) || (old == nil || withholds(old)) && c.ordered(d) {
		return nil
	}
	return conflict("decision %s by %q and %q withholds data; expected a new one, by a lawful order on which two persons agreed", d.ID, d.Actor.Person, d.Actor.Second)
}

// ordered says whether the two persons of a decision each said yes in a review of the case about a lawful order.
func (c *checker) ordered(d *evenkeel.Decision) bool {
	found := func(r *docket.Review) bool {
		a, b := r.VerdictOf(d.Actor.Person), r.VerdictOf(d.Actor.Second)
		return r.Case == d.Case && r.About == docket.AboutHold && !givesBack(r) && a != nil && b != nil && a != b && a.Grant && b.Grant && r.Hold != nil &&
			d.Until <= r.Hold.Until && docket.Within(d.Assets, r.Assets)
	}
	return c.anyReview(d.Case, found)
}

func (c *checker) checkInterests() error {
	for _, i := range c.in.Interests {
		if i.Person == "" || i.Key == "" || i.Kind.String() == "invalid" {
			return evenkeel.Invalid("interest of person %q in %s %q; expected all three", i.Person, i.Kind, i.Key)
		}
	}
	return nil
}

func alikeReviews(a, b *docket.Review) bool {
	x, ex := json.Marshal(a)
	y, ey := json.Marshal(b)
	return ex == nil && ey == nil && bytes.Equal(x, y)
}

func (x *tx) keepReviews(c *docket.Changes) {
	for i := range c.Reviews {
		r := c.Reviews[i]
		f := x.files[r.Case]
		f.reviews = put(f.reviews, &r, func(a, b *docket.Review) int {
			return cmp.Or(cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.ID, b.ID))
		})
		x.reviewed[r.ID] = &r
	}
	for _, i := range c.Interests {
		x.keepInterest(i.Kind, i.Key, i.Person, i.Since)
	}
}

// keepInterest keeps that somebody has a stake, from the first time on.
func (s *state) keepInterest(kind docket.InterestKind, key string, p evenkeel.PersonID, since evenkeel.Moment) {
	i := interest{kind, key, p}
	if _, has := s.interests[i]; !has {
		s.interests[i] = since
	}
}

// keepActed keeps the stake of who acted in a case, to the second.
func (s *state) keepActed(e *evenkeel.Entry, c *evenkeel.Case) {
	if e.Kind != evenkeel.EntryActed || e.Actor.Person == "" {
		return
	}
	const second = 1e9
	since := e.At - e.At%second
	s.keepInterest(docket.InterestCase, string(c.ID), e.Actor.Person, since)
	s.keepInterest(docket.InterestTenant, string(c.Tenant), e.Actor.Person, since)
}

// keepGranted keeps the stake of who granted a flag that is new.
func (s *state) keepGranted(f *evenkeel.Flag) {
	if _, known := s.flagged[f.ID]; !known && f.By.Person != "" {
		s.keepInterest(docket.InterestTenant, string(f.Tenant), f.By.Person, f.From)
	}
}

func (x *tx) keepAgreed(d *evenkeel.Decision) {
	if x.decided[d.ID] == nil && x.rests[d.ID] {
		x.agreed[d.ID] = true
	}
}

// newestReviews are those that are not over, those about lawful orders, and the newest.
func newestReviews(all []*docket.Review) (out []docket.Review) {
	for i, r := range all {
		if !r.State.Over() || r.About == docket.AboutHold || i >= len(all)-docket.MaxReviews {
			out = append(out, *r)
		}
	}
	return out
}

// Interested returns the persons who have an interest, by id.
func (x *tx) Interested(t evenkeel.TenantID, c evenkeel.CaseID, rules []string) (out []evenkeel.PersonID, err error) {
	for i := range x.interests {
		if i.kind == docket.InterestTenant && i.key == string(t) || i.kind == docket.InterestCase && i.key == string(c) ||
			i.kind == docket.InterestRule && slices.Contains(rules, i.key) {
			out = append(out, i.person)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Denials returns the reviews in which a verdict supports a denial, opened last first.
func (x *tx) Denials(most int) (out []docket.Review, err error) {
	for _, r := range x.reviewed {
		if r.Denies() {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b docket.Review) int { return cmp.Or(cmp.Compare(b.Opened, a.Opened), cmp.Compare(a.ID, b.ID)) })
	return out[:min(len(out), max(most, 0))], nil
}

// Upheld returns the entries of acts that left what was appealed as it was, the newest first.
func (x *tx) Upheld(most int) (out []evenkeel.Entry, err error) {
	keys := slices.Sorted(slices.Values(x.upheld))
	slices.Reverse(keys)
	for _, key := range keys[:min(len(keys), max(most, 0))] {
		c, seq, _ := docket.ParseUpheldKey(key)
		if f := x.files[c]; f != nil && seq > 0 && seq <= int64(len(f.entries)) {
			out = append(out, f.entries[seq-1])
		}
	}
	return out, nil
}

// Said returns the entries of what the tenant said in a case, the newest first.
func (x *tx) Said(c evenkeel.CaseID, most int) (out []evenkeel.Entry, err error) {
	f := x.files[c]
	for i := 0; f != nil && i < len(f.entries) && len(out) < most; i++ {
		if e := f.entries[len(f.entries)-1-i]; e.Kind == evenkeel.EntrySaid {
			out = append(out, e)
		}
	}
	return out, nil
}
