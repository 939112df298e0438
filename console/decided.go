package console

import (
	"cmp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	maxPast = 60  // decisions that are over, or in shadow
	maxSent = 100 // notices, and as many orders
)

// decisionView is a decision and what became of it.
type decisionView struct {
	evenkeel.Decision
	Marks   []Mark
	On      string
	By      string // who took it
	Entered []evenkeel.Entry
	// Announced says that it was held and is not any more: its reasons say when it was to take effect.
	Announced bool
	Reasons   docket.Reasons
	Receipt   string // what a node says, or that none has
	Keeps     []string
	Covered   evenkeel.FlagID
	Answers   []answerView
	AskedAt   evenkeel.Moment // when they were asked for: what is held begins later
	Basis     []string
	Letter    bool // it is in shadow, and the tenant would have been told
}

// answerView is a safeguard's answer.
type answerView struct {
	Mark Mark
	Name string
	Why  string
}

// decided fills in what was decided: what stands or waits first, what is over after it.
func (v *caseView) decided(f *docket.Folder, now evenkeel.Moment) {
	sent := map[evenkeel.DecisionID]*docket.Dispatch{}
	byID, entered := dispatches(f), entries(f)
	for i := range f.Orders {
		if o := &f.Orders[i]; !o.Lift {
			sent[o.Decision] = byID[string(o.ID)]
		}
	}
	for i := range slices.Backward(f.Decisions) {
		x := &f.Decisions[i]
		d := decisionOf(x, entered[x.ID])
		d.Keeps = v.Terms.Keeps[x.Measure]
		if (x.Measure.Enforced() || docket.Withholds(x)) && x.State == evenkeel.InForce && x.Mode == evenkeel.ModeLive {
			says, m := receiptOf(sent[x.ID], false)
			d.Receipt, d.Marks = says, append(d.Marks, m)
		}
		live := x.Mode == evenkeel.ModeLive && !x.State.Over()
		if v.Asked == nil && len(x.Safeguards) > 0 && (live || i == 0) {
			v.Asked = &d
		}
		switch {
		case live:
			v.Standing = append(v.Standing, d)
		default:
			v.Past = append(v.Past, d)
		}
	}
	if v.Asked == nil {
		for i := range v.Past {
			if len(v.Past[i].Answers) > 0 {
				v.Asked = &v.Past[i]
				break
			}
		}
	}
	v.PastPart = v.pages.of("past", len(v.Past), maxPast, "decided", "decisions")
	v.Past = v.Past[v.PastPart.From:v.PastPart.Until]
}

// entries are what was entered about each decision, the oldest first.
func entries(f *docket.Folder) map[evenkeel.DecisionID][]*evenkeel.Entry {
	out := make(map[evenkeel.DecisionID][]*evenkeel.Entry, len(f.Decisions))
	for i := range f.Entries {
		if e := &f.Entries[i]; e.Kind == evenkeel.EntryDecided && e.Ref != "" {
			id := evenkeel.DecisionID(e.Ref)
			out[id] = append(out[id], e)
		}
	}
	return out
}

func decisionOf(x *evenkeel.Decision, entered []*evenkeel.Entry) decisionView {
	d := decisionView{Decision: *x, On: list(x.Assets, 12), By: actorWords(x.Actor), Covered: x.SuppressedBy, Reasons: docket.ReadReasons(x.Grounds.Says)}
	m := measureMark(x.Measure)
	if docket.Withholds(x) {
		m = Mark{"danger", "the data is withheld"}
	}
	d.Marks = append(d.Marks, m, Mark{stateKind(x.State), stateWord(x.State)})
	if x.Mode == evenkeel.ModeShadow {
		d.Marks, d.Letter = append(d.Marks, Mark{"info", "in shadow: nothing of it takes effect"}), x.Measure != evenkeel.MeasureNone
	}
	if d.AskedAt = min(x.At, x.From); len(entered) > 0 {
		d.AskedAt = entered[0].At
	}
	for _, g := range x.Safeguards {
		d.Answers = append(d.Answers, answerView{answerMark(g.Says), g.Name, g.Why})
	}
	for _, b := range x.Grounds.Basis {
		d.Basis = append(d.Basis, b.Rule+", "+b.Revision.String())
	}
	for i, e := range entered {
		d.Announced = d.Announced || e.State == evenkeel.Held.String() && x.State != evenkeel.Held
		if i > 0 && e.Actor.Person != "" { // the first says who took it, which is told already
			d.Entered = append(d.Entered, *e)
		}
	}
	return d
}

func measureMark(m evenkeel.Measure) Mark {
	if m == evenkeel.MeasureNone {
		return Mark{"mute", "no measure"}
	}
	return Mark{measureKind(m), m.String()}
}

// stateWord is a decision's state as a person says it.
func stateWord(s evenkeel.DecisionState) string {
	switch s {
	case evenkeel.Proposed:
		return "proposed: waits for a person"
	case evenkeel.Held:
		return "held: waits for its time"
	case evenkeel.Suppressed:
		return "covered by a flag: recorded only"
	case evenkeel.Superseded:
		return "another took its place"
	default:
		return spoken(s.String())
	}
}

func answerMark(a evenkeel.Answer) Mark {
	switch a {
	case evenkeel.Protect:
		return Mark{"good", "protects"}
	case evenkeel.Permit:
		return Mark{"warn", "permits"}
	case evenkeel.NotApplicable:
		return Mark{"mute", "does not apply"}
	default:
		return Mark{"info", "unknown, so it protects"}
	}
}

// actorWords says who took a decision.
func actorWords(a evenkeel.Actor) string {
	if a.Automatic() {
		return "a machine"
	}
	return string(a.Person)
}

// dispatches are what became of orders and notices, by their ids.
func dispatches(f *docket.Folder) map[string]*docket.Dispatch {
	out := make(map[string]*docket.Dispatch, len(f.Dispatches))
	for i := range f.Dispatches {
		d := &f.Dispatches[i]
		out[cmp.Or(string(d.Order), string(d.Notice))] = d
	}
	return out
}

// receiptOf says what is known of an order, and in a word. Without a node's word nothing is done.
func receiptOf(d *docket.Dispatch, lift bool) (says string, m Mark) {
	switch {
	case d == nil || d.Over == 0 && d.Receipt.Order == "":
		return "It has not left yet, or nobody has taken it.", Mark{"warn", "unconfirmed"}
	case d.Failed && d.Receipt.State != evenkeel.ReceiptRefused:
		return sheet.Sentence("nobody took the order: " + cmp.Or(d.Why, "no reason was told")), Mark{"danger", "not taken"}
	}
	r := &d.Receipt
	by := cmp.Or(r.Node, "a node")
	switch {
	case r.Effect == docket.EffectPaper && r.State != 0 && r.State != evenkeel.ReceiptRefused:
		return "It was written down by " + by + ", and nobody carries it out.", Mark{"info", docket.EffectPaper}
	case r.State == evenkeel.ReceiptRefused:
		return sheet.Sentence("refused by " + by + ": " + cmp.Or(r.Why, "no reason was told")), Mark{"danger", "refused"}
	case r.State == evenkeel.ReceiptApplied && !lift:
		says := "applied by " + by + ": " + cmp.Or(r.Effect, "no effect was told")
		if r.Why != "" { // of what of it is not, and where
			says += "; " + r.Why
		}
		return sheet.Sentence(says), Mark{"good", "confirmed"}
	case r.State == evenkeel.ReceiptLifted || r.State == evenkeel.ReceiptLapsed:
		kind := "danger" // of a measure that is meant to stand
		if lift {
			kind = "good"
		}
		if r.Why != "" {
			return sheet.Sentence("let go by " + by + ": " + r.Why), Mark{kind, r.State.String()}
		}
		return by + " has let go.", Mark{kind, r.State.String()}
	case r.State == 0 && r.Why != "":
		return sheet.Sentence("taken by " + by + ", and not confirmed: " + r.Why), Mark{"warn", "unconfirmed"}
	default:
		return by + " took the order and has not said what it did.", Mark{"warn", "unconfirmed"}
	}
}

// noticeView is a notice, and whom it reached.
type noticeView struct {
	evenkeel.Notice
	What    string
	Reached []docket.Delivery
	State   Mark
	Next    evenkeel.Moment
	Why     string
}

// orderView is an order, and what became of it.
type orderView struct {
	evenkeel.Order
	What  string
	Says  string
	Limit string // in numbers; "" where it names none
	State Mark
	Next  evenkeel.Moment
	Why   string
}

// sent fills in what left, or waits to, the newest first.
func (v *caseView) sent(f *docket.Folder) {
	byID := dispatches(f)
	v.NoticePart = v.pages.of("notices", len(f.Notices), maxSent, "sent", "notices")
	v.OrderPart = v.pages.of("orders", len(f.Orders), maxSent, "orders", "orders")
	for n := v.NoticePart.From; n < v.NoticePart.Until; n++ {
		i := len(f.Notices) - 1 - n
		n := noticeView{Notice: f.Notices[i], State: Mark{"warn", "waits to be sent"}, What: noticeWords(&f.Notices[i])}
		if d := byID[string(n.ID)]; d != nil {
			n.Reached, n.Next, n.Why = d.Deliveries, d.Next, d.Why
			taken := false
			for i := range d.Deliveries {
				taken = taken || d.Took(i)
			}
			switch {
			case taken:
				n.State = Mark{"good", "delivered"}
			case slices.ContainsFunc(d.Deliveries, func(x docket.Delivery) bool { return x.OnPaper() }):
				n.State = Mark{"info", "on paper: nobody got it"}
			case n.Turn > 0 && d.Over != 0 && len(d.Deliveries) == 0:
				n.State = Mark{"mute", "nobody has that role"}
			case d.Failed || d.Over != 0 && d.Untold():
				n.State = Mark{"danger", "reached nobody"}
			case d.Over != 0:
				n.State = Mark{"mute", "over"}
			}
		}
		v.Notices = append(v.Notices, n)
	}
	for n := v.OrderPart.From; n < v.OrderPart.Until; n++ {
		i := len(f.Orders) - 1 - n
		o := orderView{Order: f.Orders[i], What: orderWords(&f.Orders[i])}
		says, _ := phrasebook.Amounts(o.Params)
		o.Limit = strings.Join(says, "; ")
		d := byID[string(o.ID)]
		o.Says, o.State = receiptOf(d, o.Lift)
		if d != nil && d.Over == 0 {
			o.Next, o.Why = d.Next, d.Why
		}
		v.Orders = append(v.Orders, o)
	}
}

// noticeWords are what a notice says, in a few words.
func noticeWords(n *evenkeel.Notice) string {
	of, says := n.Measure.String(), docket.NoticeWords(n, spoken(n.State.String()))
	switch {
	case n.Heard:
		return says
	case n.Measure == evenkeel.MeasureNone && n.Withheld.Authority != "" && n.Receipt == "":
		of = "lawful order"
	}
	return of + ", " + says
}

// orderWords are what an order is.
func orderWords(o *evenkeel.Order) string {
	what := o.Measure.String()
	if o.Data == evenkeel.DataWithheld {
		what = "withholding of the data"
	}
	if o.Lift {
		what = "let go of " + what
	}
	return what
}

// digest is a digest as a person compares it.
func digest(d string) string { return strings.TrimPrefix(d, "sha256:") }

// flagView is a flag in words.
type flagView struct {
	evenkeel.Flag
	Name   string // of the tenant, where it is shown
	Covers string
	By     string
	Mark   Mark
	Stands bool
	Reason docket.Reasons
}

func flagOf(f *evenkeel.Flag, now evenkeel.Moment) flagView {
	v := flagView{Flag: *f, Covers: selectorWords(&f.Selector) + envelopeWords(&f.Envelope), By: actorWords(f.By), Reason: docket.ReadReasons(f.Why)}
	if v.By == "a machine" {
		v.By, v.Reason = "the policy, as announced", docket.Reasons{Reason: sheet.Seconds(f.Why)}
	}
	switch {
	case f.Revoked != 0:
		v.Mark = Mark{"mute", "revoked"}
	case f.Until <= now:
		v.Mark = Mark{"mute", "over"}
	case f.From > now:
		v.Mark, v.Stands = Mark{"info", "begins " + sheet.Until(f.From, now)}, true
	default:
		v.Mark, v.Stands = Mark{"good", "stands, ends " + sheet.Until(f.Until, now)}, true
	}
	return v
}

func selectorWords(s *evenkeel.Selector) string {
	if s.TenantWide {
		return "all of the tenant's machines"
	}
	if len(s.Assets) > 0 {
		return list(s.Assets, 12)
	}
	return "machines" + madeWords(s.Principal, s.Image, s.StartScript)
}

// madeWords say how machines are made.
func madeWords(principal, image, script string) string {
	out := ""
	if principal != "" {
		out += " made by " + principal
	}
	if image != "" {
		out += " from image " + image
	}
	if script != "" {
		out += " with start script " + script[:min(len(script), 12)] + "…"
	}
	return out
}

func envelopeWords(e *evenkeel.Envelope) string {
	out := ""
	n := func(v float64) string { return sheet.Number(evenkeel.Reading{Value: v, Known: true}, "") }
	if e.Count > 0 {
		out += ", at most " + n(float64(e.Count)) + " at a time"
	}
	if e.VCPUs > 0 {
		out += ", at most " + n(float64(e.VCPUs)) + " vCPUs"
	}
	if e.Rate > 0 {
		out += ", at most " + n(e.Rate) + " packets a second"
	}
	return out
}
