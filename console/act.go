package console

import (
	"crypto/rand"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// maxSays is how many bytes an act can say (judge/docket/actevent has the same bound).
const maxSays = 8 << 10

var nonceForm = regexp.MustCompile(`^[A-Z2-7]{16,64}$`)

// act does what a person decided about a case. Where it may not be done, the case is shown
// with why, and with all that was typed; that is a look at it.
func (s *Server) act(v *visit) error {
	f, err := s.folder(v, evenkeel.CaseID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	kind, err := s.doneBefore(v, &f)
	if kind != "" && err == nil {
		s.entered(v, f.Case.ID, kind)
		return nil
	}
	terms := s.parts.Policy.Family(f.Case.Family)
	d := s.newDecide(&f, &terms, v.who.Person.ID)
	if d == nil && err == nil {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "this case is closed, and nothing stands in it", Hint: "look at the case: its timeline says who closed it, and why"}
	}
	if err == nil {
		var a docket.Act
		d.typed(v.form)
		if a, err = d.read(v.form, &f, v.now); err == nil {
			err = s.parts.Acts.Do(v.ctx(), v.sent(a, ""))
		}
		if err == nil {
			word := a.Kind.String()
			if d.looks() {
				word += lookedWord
			}
			s.entered(v, f.Case.ID, word)
			return nil
		}
	}
	switch evenkeel.KindOf(err) {
	case evenkeel.KindInternal:
		return err
	case evenkeel.KindConflict, evenkeel.KindNotFound: // it may stand otherwise by now
		if now, gone := s.folder(v, f.Case.ID); gone == nil {
			again := s.newDecide(&now, &terms, v.who.Person.ID)
			if again != nil {
				again.typed(v.form)
			}
			if again != nil && d != nil {
				again.News, again.Wrong = d.News, d.Wrong
			}
			f, d = now, again
		}
	}
	if d == nil {
		return err
	}
	d.Refused, d.Hint = told(err), evenkeel.HintOf(err)
	if unseen := s.look(v, f.Case.ID); unseen != nil {
		return unseen
	}
	return s.showFolder(v, evenkeel.KindOf(err).HTTPStatus(), &f, &terms, d)
}

// entered leads to the case after an act.
func (s *Server) entered(v *visit, c evenkeel.CaseID, kind string) {
	http.Redirect(v.w, v.r, "/case/"+url.PathEscape(string(c))+"?done="+url.QueryEscape(kind)+"#content", http.StatusSeeOther)
}

// doneBefore returns the kind of the act that a form was sent for before, or "". A button that is
// pressed twice leads where it led first, though by then what it does could not be done any more. Where
// the form says something else by now, the error says what was done then, and the form gets a new
// nonce: sent once more it is another act.
func (s *Server) doneBefore(v *visit, f *docket.Folder) (kind string, err error) {
	a := v.sent(docket.Act{Case: f.Case.ID, At: v.now}, "")
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Kind != evenkeel.EntryActed || e.Ref != a.ID {
			continue
		}
		if a.Kind, err = docket.ParseActKind(e.State); err == nil {
			err = s.parts.Acts.Do(v.ctx(), a) // which changes nothing: it was done
		}
		if evenkeel.KindOf(err) == evenkeel.KindConflict {
			v.form["nonce"] = rand.Text()
			err = &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: fmt.Sprintf("this form was sent before with other words, and then this was done: %s, at %s", spoken(e.State), e.At.Time().Format("15:04")+" UTC"),
				Hint: "read what stands now; what you typed is still here, and to send it now is to do it as well",
			}
		}
		if slices.ContainsFunc(f.Clocks, func(k docket.Clock) bool {
			return k.Kind == docket.ClockWay && k.Decision != "" && k.Decision == e.Decision && k.Started == e.At && k.Renewed == v.who.Person.ID
		}) {
			return e.State + lookedWord, err
		}
		return e.State, err
	}
	return "", nil
}

// sent makes an act of whoever sends the form of a visit. The same form sent twice is one act; about
// tells apart what forms with one nonce are about, and is "" of those of a case. Of these what was
// typed is compared, since days from now are another act each time.
func (v *visit) sent(a docket.Act, about string) docket.Act {
	a.ID = "console/" + url.PathEscape(string(v.who.Person.ID)) + " " + strings.TrimSpace(v.form["nonce"]+" "+about)
	if a.By = v.who.Person.ID; about == "" {
		a.Form = v.form.sum(v.r.URL.Path)
	}
	return a
}

// typed puts what was typed back into the form, whatever becomes of it.
func (d *decideView) typed(f form) {
	d.Chosen, d.Reason, d.Outcome = f.line("act"), f.text("reason"), f.line("close-outcome")
	if nonceForm.MatchString(f["nonce"]) {
		d.Nonce = f["nonce"]
	}
	for i := range d.Criteria {
		c := &d.Criteria[i]
		c.Note = f.text(fmt.Sprintf("note-%d", c.N))
		if s := docket.Speaks(f.line(fmt.Sprintf("speaks-%d", c.N))); s.Says() != "" {
			c.Speaks = s
		}
	}
	for i := range d.Offers {
		for j := range d.Offers[i].Acts {
			a := &d.Offers[i].Acts[j]
			if m := f.line(a.Field); m != "" {
				for k := range a.Measures {
					a.Measures[k].Is = a.Measures[k].Word == m
				}
			}
		}
	}
	d.Clear.Outcome = f.line("clear-outcome")
	for _, g := range []*flagForm{&d.Clear.flagForm, &d.Flag} {
		at := func(name string) string { return f.line(g.Before + name) }
		g.Cover, g.Days, g.Principal, g.Image = at("cover"), at("days"), at("principal"), at("image")
		g.Count, g.VCPUs, g.Rate = at("count"), at("vcpus"), at("rate")
		g.Burst.typed(at("from"), at("until"))
	}
}

// read makes the act that was chosen, or an error; what is wrong with single fields is in Wrong.
func (d *decideView) read(f form, folder *docket.Folder, now evenkeel.Moment) (docket.Act, error) {
	a := docket.Act{Case: d.Case, At: now}
	if !nonceForm.MatchString(f["nonce"]) {
		return a, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	}
	kind, decision, _ := strings.Cut(d.Chosen, " ")
	a.Kind, _ = docket.ParseActKind(kind)
	switch {
	case a.Kind == docket.ActClear && d.Open && decision == "":
		d.readClear(&a, folder)
	case a.Kind == docket.ActClose && d.Open && decision == "":
		d.readClose(&a)
	case a.Kind == docket.ActFlag && d.Open && decision == "":
		d.readGrant(&a, &d.Flag, folder)
	default:
		if err := d.readOffer(&a, decision, f); err != nil {
			return a, err
		}
	}
	d.readReasons(&a)
	d.readLengths(f, a.Kind)
	if len(d.Wrong) > 0 {
		return a, evenkeel.Invalid("%s", "nothing was decided yet: something is missing")
	}
	return a, d.stillSo(&a, f, folder)
}

// wrong notes what is wrong with a field.
func (d *decideView) wrong(id, format string, args ...any) {
	d.Wrong = append(d.Wrong, wrongField{id, fmt.Sprintf(format, args...)})
}

// WrongAt says what is wrong with a field, or "".
func (d *decideView) WrongAt(id string) string {
	for _, w := range d.Wrong {
		if w.ID == id {
			return w.Says
		}
	}
	return ""
}

// readOffer takes an act about a decision: one of those that were offered.
func (d *decideView) readOffer(a *docket.Act, decision string, f form) error {
	if d.Chosen == "" {
		d.wrong("act", "Choose what is to be done.")
		return nil
	}
	for i := range d.Offers {
		for _, o := range d.Offers[i].Acts {
			if o.Value != d.Chosen {
				continue
			}
			a.Decision = evenkeel.DecisionID(decision)
			if len(o.Measures) == 0 {
				return nil
			}
			word := f.line(o.Field)
			if !slices.ContainsFunc(o.Measures, func(m measureView) bool { return m.Word == word }) {
				if m, err := evenkeel.ParseMeasure(word); err == nil && m.NeedsTwo() {
					return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: word + " takes two persons", Hint: "choose a lower measure; or ask two persons, above this form"}
				}
				d.wrong(o.ID+"-measure", "Choose one of the measures.")
				return nil
			}
			a.Measure, _ = evenkeel.ParseMeasure(word) // one of ours
			return nil
		}
	}
	return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "what you chose cannot be done any more", Hint: "look at what stands now, and choose again; what you typed is still here"}
}

// readClose takes the outcome.
func (d *decideView) readClose(a *docket.Act) {
	o, err := evenkeel.ParseOutcome(d.Outcome)
	if err != nil || o != evenkeel.OutcomeConfirmed && o != evenkeel.OutcomeVictim && o != evenkeel.OutcomeInconclusive {
		d.wrong("close-outcome", "Choose how the case ends.")
		return
	}
	a.Outcome = o
}

// readClear takes the outcome, and the flag or why there is none.
func (d *decideView) readClear(a *docket.Act, folder *docket.Folder) {
	o, err := evenkeel.ParseOutcome(d.Clear.Outcome)
	if err != nil || !o.Cleared() {
		d.wrong("clear-outcome", "Choose why it is cleared.")
	}
	a.Outcome = o
	if word, none := strings.CutPrefix(d.Clear.Cover, "none "); none {
		if a.NoFlag, err = docket.ParseNoFlag(word); err != nil || a.NoFlag == docket.NoFlagMissing {
			d.wrong("cover", "Choose why there is no flag.")
		}
		return
	}
	d.readGrant(a, &d.Clear.flagForm, folder)
}

// readReasons takes the reason and the answers.
func (d *decideView) readReasons(a *docket.Act) {
	if d.Reason == "" {
		d.wrong("reason", "Give the reason, in a sentence.")
	}
	r := docket.Reasons{Reason: d.Reason}
	weighs := a.Weighs() && !d.looks()
	against := weighs && a.Against()
	for i := range d.Criteria {
		c := &d.Criteria[i]
		switch {
		case weighs && c.Speaks == "":
			d.wrong(fmt.Sprintf("speaks-%d", c.N), "Answer point %d; “cannot tell” is an answer.", c.N)
		case against && c.Innocent && c.Note == "":
			d.wrong(fmt.Sprintf("note-%d", c.N), "Point %d: write the strongest innocent explanation down.", c.N)
		case c.Note != "" && c.Speaks == "":
			c.Speaks = docket.CannotTell // what was written is not lost
		}
		r.Points = append(r.Points, docket.Point{Criterion: c.Text, Speaks: c.Speaks, Note: c.Note})
	}
	a.Says = r.Text()
	if len(a.Says) > maxSays {
		d.wrong("reason", "Reason and answers together have %d bytes, %d too many; at most %d can be kept.", len(a.Says), len(a.Says)-maxSays, maxSays)
	}
}

// readLengths says which values are too long to be kept. They stay in the form.
func (d *decideView) readLengths(f form, k docket.ActKind) {
	names := []string{"reason"}
	switch k {
	case docket.ActClear:
		names = append(names, "principal", "image")
	case docket.ActFlag:
		names = append(names, d.Flag.Before+"principal", d.Flag.Before+"image")
	}
	for i := range d.Criteria {
		names = append(names, fmt.Sprintf("note-%d", d.Criteria[i].N))
	}
	for _, name := range names {
		if over := len(f[name]) - maxText; over > 0 {
			d.wrong(name, "This is too long by %d bytes; most letters that are not Latin have two or three.", over)
		}
	}
}

// stillSo says whether the person saw what is known now. Letting go does not wait for that.
func (d *decideView) stillSo(a *docket.Act, f form, folder *docket.Folder) (err error) {
	if a.Weighs() && !d.looks() {
		d.News, err = stillSo(f, folder, d.Terms)
	}
	return err
}

// seenIn is the last entry that stood on the page of a form.
func seenIn(f form) int64 {
	seen, err := strconv.ParseInt(f["seen"], 10, 64)
	if err != nil {
		return math.MinInt64
	}
	return seen
}
