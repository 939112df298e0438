package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/credit"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// promotion reads how far rules may act. Without a section nothing has to be earned by the versions that
// are there: a policy that was written before acts as it did.
func (b builder) promotion(d strict.Located[promotionDoc]) (p learning.Promotion) {
	if d.Line == 0 {
		return p
	}
	p.Enforced = d.Value.Enforced.Value
	b.bounded("rules to confirm", spotOf(d), len(d.Value.Confirm), mostStaged)
	b.bounded("rules on trial", spotOf(d), len(d.Value.Canary), mostStaged)
	for _, r := range d.Value.Confirm {
		b.named("rule", r)
		p.Confirm = append(p.Confirm, r.Value)
	}
	for _, k := range slices.SortedFunc(maps.Keys(d.Value.Canary), func(a, b strict.Located[string]) int { return a.Line - b.Line }) {
		share, percent := d.Value.Canary[k], 0
		whole(b, "canary", share, &percent, 0, 100)
		if slices.Contains(p.Confirm, k.Value) {
			b.at(spotOf(share), "leave it in one of them", "rule %q is in `confirm` and in `canary`", clip(k.Value))
		}
		if p.Canary == nil {
			p.Canary = map[string]learning.Permille{}
		}
		p.Canary[k.Value] = learning.Permille(percent * 10)
	}
	b.bounded("rules that begin live", spotOf(d), len(d.Value.Live), mostStaged)
	for _, r := range d.Value.Live {
		b.named("rule", r)
		p.Live = append(p.Live, r.Value)
	}
	p.NewRule, p.NewVersion = b.begins("new_rule", d.Value.New), b.begins("new_version", d.Value.Next)
	return p
}

// begins reads the stage at which versions begin, where one is written.
func (b builder) begins(key string, d strict.Text) learning.Stage {
	if d.Line == 0 {
		return 0
	}
	switch s, err := learning.ParseStage(d.Value); {
	case err != nil:
		b.at(textSpot(d), "", "`%s`: %v", key, err)
	case s == learning.StageBacktest || s == learning.StageCanary:
		b.at(textSpot(d), "draft, shadow, confirm or live", "`%s`: a version does not begin at the stage of %s", key, s)
	default:
		return s
	}
	return 0
}

// Misnamed says which names under `promotion` are those of no rule that is loaded, with the one that
// was perhaps meant, or nil: a slip there would leave a rule to machines that a person was to confirm.
func (p *Policy) Misnamed(rules []string) error {
	names := slices.Concat(p.promotion.Confirm, p.promotion.Live, slices.Sorted(maps.Keys(p.promotion.Canary)))
	for _, name := range names {
		if slices.Contains(rules, name) {
			continue
		}
		known := slices.Compact(slices.Sorted(slices.Values(rules)))
		e := &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("policy %s: promotion: %.80q is no rule that is loaded; expected one of %s", p.ID(), name, strings.Join(known[:min(len(known), mostNamed)], ", ")),
			Hint: "evenkeel rules list shows their ids",
		}
		if near := strict.Nearest(name, known); near != "" {
			e.Hint = "did you mean " + near + "?"
		}
		return e
	}
	return nil
}

// mostNamed is how many rules an error names.
const mostNamed = 40

// audit reads how many cases are looked at by lot. What is left out is as usual: it is nothing that a
// machine does to anybody.
func (b builder) audit(d *auditDoc) learning.Audit {
	of := func(what string, n strict.Located[int], usual learning.Permille, least, most int) learning.Permille {
		percent := int(usual / 10)
		whole(b, what, n, &percent, least, most)
		return learning.Permille(percent * 10)
	}
	usual := learning.UsualAudit
	return learning.Audit{
		Share: of("share", d.Share, usual.Share, 0, 100), Controls: of("controls", d.Controls, usual.Controls, 0, 50),
		Limit: of("limit", d.Limit, usual.Limit, 1, 100),
	}
}

// credits reads what is made good.
func (b builder) credits(d strict.Located[creditsDoc]) (t credit.Terms) {
	if d.Line == 0 {
		return t
	}
	var err error
	v := &d.Value
	if t.Mode, err = credit.ParseMode(v.Mode.Value); err != nil {
		b.at(textSpot(v.Mode), "", "%v", err)
	}
	t.Currency, t.Minor = v.Currency.Value, 2
	whole(b, "decimals", v.Decimals, &t.Minor, 0, 2)
	if t.Within = credit.Within; v.Within.Line != 0 {
		t.Within = time.Duration(b.within("within", v.Within, span(90*24*time.Hour)))
	}
	t.UpTo = b.amount("up_to", v.UpTo)
	t.Other = b.amount("other", v.Other)
	for k, price := range v.Hour {
		m, err := evenkeel.ParseMeasure(k.Value)
		if err != nil {
			b.at(spotOf(k), "", "%v", err)
			continue
		}
		if t.Hour == nil {
			t.Hour = map[evenkeel.Measure]credit.Millionths{}
		}
		t.Hour[m] = b.amount(k.Value, price)
	}
	switch err := t.Prices.Check(); {
	case err != nil && t.Mode != credit.Off:
		b.at(spotOf(d), "", "credits: %v", err)
	case t.Mode == credit.Auto && t.UpTo == 0:
		b.at(spotOf(d), "say up to which amount, or write propose", "credits are granted at once up to nothing")
	}
	return t
}

// amount reads an amount, where one is written.
func (b builder) amount(what string, d strict.Located[plain]) credit.Millionths {
	if d.Line == 0 {
		return 0
	}
	n, err := credit.ParseMillionths(string(d.Value))
	if err != nil {
		b.at(spotOf(d), "", "`%s`: %v", what, err)
	}
	return n
}
