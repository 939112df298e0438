package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Brakes are what holds machines back, and what undoes what they did.
type Brakes interface {
	docket.Boards
	docket.Stands
	// Undo undoes what an act says, or, where that is dry, only counts. What is left is counted too:
	// the same act again goes on with it.
	Undo(ctx context.Context, a docket.Act) (docket.Tally, error)
	// Rates are the budgets that the policy in force sets.
	Rates() Rates
}

// Rates are budgets of machines, counted in assets that a measure is put on: of a measure by one
// rule, of a measure by all rules, of all measures in a region.
type Rates struct{ Rule, Measure, Region Rate }

// Rate is so many at once, and one more every so often; AtOnce 0: no bound.
type Rate struct {
	AtOnce int64
	Every  time.Duration
}

const (
	maxSwitches = 50 // that were released
	maxBudgets  = 200
	maxBreakers = 200
	maxFeeds    = 200
)

// brakesView is the page of switches, breakers and budgets.
type brakesView struct {
	Done     string
	Nonce    string
	Pulled   []switchView
	Released []docket.Switch
	Open     []breakerView
	Closed   []breakerView
	Feeds    []feedView
	Budgets  []budgetView
	More     int // budgets that have no place on the page
	Pull     pullForm
	Lifted   *liftedView
	Now      evenkeel.Moment
	MayPull  bool
	MaySteer bool
}

// feedView is what a source sends that is not what it was.
type feedView struct {
	docket.Feed
	refusal
	Uses   string // the rules
	Reason string // typed
}

// switchView is a switch that is pulled.
type switchView struct {
	docket.Switch
	refusal
	Reason string // typed
	Own    bool   // whoever looks said so already: another person was drawn
	Yours  bool   // whoever looks was drawn
	Ended  bool   // it was asked before, and not two said yes
	Alone  *aloneView
}

// breakerView is a rule's breaker.
type breakerView struct {
	docket.Breaker
	refusal
	Reason      string // typed
	Established int    // of its hits
	Dots        string
}

// budgetView is a budget, and what of it is spent.
type budgetView struct {
	Says    string
	Spent   int64 // percent
	Of      string
	WholeAt evenkeel.Moment // 0: it is whole
}

// liftedView is what ended with a switch that was pulled, and, where some is left, what goes on with it.
type liftedView struct {
	refusal
	*tallyView
	Nonce  string
	Scope  docket.Scope
	Reason string
}

// pullForm is what was typed to pull a switch.
type pullForm struct {
	refusal
	Kind, Key, Reason string
	Lift              bool
	Counted           *tallyView   // whom it would free, before it is pulled
	Scope             docket.Scope // that was counted
	Kinds             []measureView
}

// switches shows what holds machines back.
func (s *Server) switches(v *visit) error {
	return s.showSwitches(v, http.StatusOK, nil)
}

// showSwitches shows the page, with a form that was refused where change puts one in.
func (s *Server) showSwitches(v *visit, status int, change func(*brakesView)) error {
	b, err := s.parts.Brakes.Board(v.ctx())
	if err != nil {
		return err
	}
	d := &brakesView{Done: brakesDone(v.r.URL.Query().Get("done")), Nonce: rand.Text(), Now: v.now, MayPull: v.who.Person.May(roll.Decide), MaySteer: v.who.Person.May(roll.Steer)}
	d.Pull.Kinds = switchKinds("")
	for i := range b.Switches {
		switch x := &b.Switches[i]; {
		case !x.Released():
			d.Pulled = append(d.Pulled, switchOf(*x, v.who.Person.ID))
		case len(d.Released) < maxSwitches:
			d.Released = append(d.Released, *x)
		}
	}
	for i := range b.Breakers {
		k := breakerOf(&b.Breakers[i])
		switch {
		case k.Tripped != 0:
			d.Open = append(d.Open, k)
		case len(d.Closed) < maxBreakers && len(k.Hits) > 0:
			d.Closed = append(d.Closed, k)
		}
	}
	for _, f := range b.Feeds[:min(len(b.Feeds), maxFeeds)] {
		d.Feeds = append(d.Feeds, feedView{Feed: f, Uses: strings.Join(f.Rules, ", ")})
	}
	d.budgets(b.Budgets, s.parts.Brakes.Rates(), v.now)
	s.lettable(v, d)
	if change != nil {
		d.Done = ""
		change(d)
	}
	return s.show(v, status, sheet.Page{Title: "Breakers and switches"}, "switches", d)
}

// switchOf is a switch that is pulled, as a person may read it.
func switchOf(x docket.Switch, me evenkeel.PersonID) switchView {
	d := switchView{Switch: docket.BlindSwitch(x, me)}
	switch r := x.Asked(); {
	case r == nil:
		d.Ended = x.Review != nil
	default:
		d.Own, d.Yours = r.VerdictOf(me) != nil, r.Waits() == me
	}
	return d
}

// switchKinds are the kinds of switch to choose from.
func switchKinds(chosen string) (out []measureView) {
	for _, k := range []struct {
		kind docket.SwitchKind
		says string
	}{
		{docket.SwitchRule, "one rule, in any version"}, {docket.SwitchMeasure, "one measure"}, {docket.SwitchDetector, "one input: a term of rules, or a family of evidence"},
		{docket.SwitchTenant, "one tenant"}, {docket.SwitchGlobal, "every measure of a machine"},
	} {
		out = append(out, measureView{Word: k.kind.String(), Label: k.says, Is: k.kind.String() == chosen})
	}
	return out
}

func breakerOf(b *docket.Breaker) breakerView {
	v := breakerView{Breaker: *b}
	for _, h := range b.Hits {
		if h.Established {
			v.Established++
			v.Dots += "●"
			continue
		}
		v.Dots += "○"
	}
	return v
}

// budgets fills in what of each budget is spent, the most first.
func (d *brakesView) budgets(all []docket.Budget, rates Rates, now evenkeel.Moment) {
	for _, b := range all {
		kind, key, _ := strings.Cut(b.Key, " ")
		rate, says := rates.Rule, ""
		switch kind {
		case "rule":
			at := strings.LastIndex(key, " ")
			says = fmt.Sprintf("%s by rule %s", key[at+1:], key[:max(at, 0)])
		case "measure":
			rate, says = rates.Measure, key+" by all rules"
		default:
			rate, says = rates.Region, cmp.Or(key, "machines whose region is not known")
		}
		if rate.AtOnce <= 0 {
			continue
		}
		d.Budgets = append(d.Budgets, budgetOf(says, rate, b.Full, now))
	}
	slices.SortStableFunc(d.Budgets, func(a, b budgetView) int { return cmp.Compare(b.Spent, a.Spent) })
	d.More = max(0, len(d.Budgets)-maxBudgets)
	d.Budgets = d.Budgets[:min(len(d.Budgets), maxBudgets)]
}

// budgetOf says what of a budget is spent that is whole again at a moment. In the first hour of a
// version of a rule less is to be spent and it comes back as much more slowly, so the part of the
// whole is right then too.
func budgetOf(says string, r Rate, full, now evenkeel.Moment) budgetView {
	b := budgetView{Says: says, Of: fmt.Sprintf("%d at once, one more every %s", r.AtOnce, sheet.Length(r.Every))}
	if left := full.Sub(now); left > 0 {
		b.WholeAt = full
		b.Spent = min(100, max(1, int64(float64(left)/float64(max(r.Every, 1))/float64(r.AtOnce)*100)))
	}
	return b
}

// brakesDone says what was done just now.
func brakesDone(word string) string {
	switch word {
	case docket.ActPull.String():
		return "The switch is pulled: no machine enters a measure of its scope any more."
	case docket.ActRelease.String():
		return "Your word is kept. A switch goes once two persons let it go, of whom one is drawn by lot."
	case docket.ActAccept.String():
		return "What the source sends is accepted: machines may act by it again."
	case docket.ActReset.String():
		return "The breaker is closed: the rule's machines may act again."
	default:
		return ""
	}
}

// houseAct does an act about no case, by a form of the page of switches. about tells forms with one nonce apart.
func (s *Server) houseAct(v *visit, a docket.Act, about string, r *refusal) error {
	return s.houseActOn(v, "/switches", a, about, r)
}

// houseActOn does one by a form of another page, which is shown again once it is done.
func (s *Server) houseActOn(v *visit, page string, a docket.Act, about string, r *refusal) error {
	var err error
	switch {
	case !nonceForm.MatchString(v.form["nonce"]):
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "open the page again, and send it from there"}
	case len(r.Wrong) > 0:
		err = evenkeel.Invalid("%s", "nothing was done yet: something is missing")
	default:
		a.At = v.now
		err = s.parts.Acts.Do(v.ctx(), v.sent(a, about))
	}
	if err == nil {
		http.Redirect(v.w, v.r, page+"?"+url.Values{"done": {a.Kind.String()}}.Encode()+"#content", http.StatusSeeOther)
		return nil
	}
	if evenkeel.KindOf(err) != evenkeel.KindInternal {
		r.Refused, r.Hint = told(err), evenkeel.HintOf(err)
	}
	return err
}

// refusedSwitches shows the page again with a form that was refused.
func (s *Server) refusedSwitches(v *visit, err error, change func(*brakesView) bool) error {
	if err == nil || evenkeel.KindOf(err) == evenkeel.KindInternal {
		return err
	}
	return s.showSwitches(v, evenkeel.KindOf(err).HTTPStatus(), func(d *brakesView) {
		if !change(d) { // it is gone by now
			d.Pull.refusal = refusal{Refused: told(err), Hint: evenkeel.HintOf(err)}
		}
	})
}

// reason takes the reason of a form.
func reason(f form, name string, r *refusal) string {
	text := f.text(name)
	if text == "" || len(text) > maxSays {
		r.wrong(name, "Give the reason, in at most %d bytes.", maxSays)
	}
	return text
}

// pull pulls a kill switch.
func (s *Server) pull(v *visit) error {
	d := pullForm{Kind: v.form.line("kind"), Key: v.form.line("key"), Lift: v.form.line("lift") != "", Kinds: switchKinds(v.form.line("kind"))}
	d.Reason = reason(v.form, "reason", &d.refusal)
	scope := docket.Scope{Key: d.Key}
	var err error
	if scope.Kind, err = docket.ParseSwitchKind(d.Kind); err != nil {
		d.wrong("kind", "Choose what the switch is about.")
	} else if err := scope.Check(); err != nil {
		d.wrong("key", "%s", sheet.Sentence(told(err)))
	}
	a := docket.Act{Kind: docket.ActPull, Scope: &scope, Lift: d.Lift, Says: d.Reason}
	if d.Lift && len(d.Wrong) == 0 && nonceForm.MatchString(v.form["nonce"]) {
		if v.form.line("sure") != scope.String() { // another one was counted, or none
			return s.countLift(v, scope, d)
		}
		return s.pullAndLift(v, a, d)
	}
	err = s.houseAct(v, a, "pull", &d.refusal)
	return s.refusedSwitches(v, err, func(b *brakesView) bool { b.Pull = d; return true })
}

// countLift shows whom a switch would free that lifts, and pulls nothing.
func (s *Server) countLift(v *visit, scope docket.Scope, d pullForm) error {
	stands, err := s.parts.Brakes.Stands(v.ctx(), docket.Standing{})
	if err != nil {
		return err
	}
	d.Counted, d.Scope = tallied((&docket.Undo{Scope: &scope}).CountOf(stands, v.now)), scope
	return s.showSwitches(v, http.StatusOK, func(b *brakesView) { b.Pull, b.Nonce = d, v.form["nonce"] })
}

// pullAndLift pulls a switch and ends what stands under it, as far as one request goes.
func (s *Server) pullAndLift(v *visit, a docket.Act, d pullForm) error {
	one, err := s.through(v, v.sent(a, "pull"))
	if err != nil && evenkeel.KindOf(err) == evenkeel.KindInternal {
		return err
	}
	all := soFar(v.form)
	all.Add(one)
	status := http.StatusOK
	if err != nil {
		status = evenkeel.KindOf(err).HTTPStatus()
		d.Refused, d.Hint = told(err), evenkeel.HintOf(err)
	}
	return s.showSwitches(v, status, func(b *brakesView) {
		if err != nil && all.Cases == 0 { // the switch itself was refused
			b.Pull = d
			return
		}
		if err == nil {
			b.Done = brakesDone(docket.ActPull.String())
		}
		b.Lifted = &liftedView{refusal: d.refusal, tallyView: tallied(all), Nonce: v.form["nonce"], Scope: *a.Scope, Reason: a.Says}
	})
}

// release asks whether a kill switch is let go, or says what whoever was drawn finds.
func (s *Server) release(v *visit) error {
	var d switchView
	scope := docket.Scope{Key: v.form.line("key")}
	scope.Kind, _ = docket.ParseSwitchKind(v.form.line("kind")) // the judge says what is wrong with none
	d.Reason = reason(v.form, "release-reason", &d.refusal)
	err := s.houseAct(v, docket.Act{Kind: docket.ActRelease, Scope: &scope, Says: d.Reason, Keep: v.form.line("keep") != ""}, "release "+scope.String(), &d.refusal)
	return s.refusedSwitches(v, err, func(b *brakesView) bool {
		i := slices.IndexFunc(b.Pulled, func(x switchView) bool { return x.Scope == scope })
		if i >= 0 {
			b.Pulled[i].refusal, b.Pulled[i].Reason = d.refusal, d.Reason
		}
		return i >= 0
	})
}

// reset closes a breaker.
func (s *Server) reset(v *visit) error {
	var d breakerView
	rule := v.form.line("rule")
	d.Reason = reason(v.form, "reset-reason", &d.refusal)
	err := s.houseAct(v, docket.Act{Kind: docket.ActReset, Rule: rule, Says: d.Reason}, "reset "+rule, &d.refusal)
	return s.refusedSwitches(v, err, func(b *brakesView) bool {
		i := slices.IndexFunc(b.Open, func(x breakerView) bool { return x.Rule == rule })
		if i >= 0 {
			b.Open[i].refusal, b.Open[i].Reason = d.refusal, d.Reason
		}
		return i >= 0
	})
}

// accept says that what a source sends is right.
func (s *Server) accept(v *visit) error {
	var d feedView
	source := v.form.line("source")
	d.Reason = reason(v.form, "accept-reason", &d.refusal)
	err := s.houseAct(v, docket.Act{Kind: docket.ActAccept, Source: source, Says: d.Reason}, "accept "+source, &d.refusal)
	return s.refusedSwitches(v, err, func(b *brakesView) bool {
		i := slices.IndexFunc(b.Feeds, func(x feedView) bool { return x.Source == source })
		if i >= 0 {
			b.Feeds[i].refusal, b.Feeds[i].Reason = d.refusal, d.Reason
		}
		return i >= 0
	})
}
