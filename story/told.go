package story

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// noticed says what a notice tells the tenant, and what it asks.
func (d *desk) noticed(c *docket.Changes, e *evenkeel.Entry) block {
	i := slices.IndexFunc(c.Notices, func(n evenkeel.Notice) bool { return string(n.ID) == e.Ref })
	if i < 0 {
		return block{}
	}
	n := &c.Notices[i]
	by := "by a person"
	if n.Automatic {
		by = "by a machine"
	}
	if n.Reminder {
		by = "a reminder"
	}
	if n.Turn > 0 {
		by = "a reminder in turn, to the contacts of the next role"
	}
	if n.Cut {
		by = "a way to the data is cut"
	}
	if n.Contacts.Until != 0 {
		if by = "the contacts were changed"; n.Contacts.Confirmed != "" {
			by = "a contact was confirmed"
		}
	}
	if n.Measure == evenkeel.MeasureNone && n.Withheld.Authority != "" {
		by += fmt.Sprintf("; data withheld by order %s of %s", n.Withheld.Reference, n.Withheld.Authority)
	}
	is, closing := fmt.Sprintf("%s %s, %s", n.Measure, stands(n.State), by), n.ID == evenkeel.NewClosingID(n.Case, n.At)
	if closing {
		is = fmt.Sprintf("the case is closed: %s, %s; %s %s", n.Outcome, by, n.Measure, stands(n.State))
	}
	if n.Receipt != "" {
		is = fmt.Sprintf("the appeal against %s was received, number %s", n.Measure, n.Receipt)
		b := about(e.At, n.Tenant, n.Assets, "notice", is)
		who := "a person who did not take the decision"
		if n.Solo {
			who = "the one person who works here"
		}
		b.add("decides", fmt.Sprintf("%s, by %s", who, short(e.At, n.PersonBy)))
		return b
	}
	b := about(e.At, n.Tenant, n.Assets, "notice", is)
	b.add("says", quoted(withoutLeftOpen(n.Says)))
	if n.Credit.Amount != "" {
		b.add("credit", fmt.Sprintf("%s is made good, for %s", n.Credit.Amount, plural(n.Credit.Minutes, "minute")))
	}
	if closing || n.State.Over() { // of what it was about, the tenant was told when it began
		return b
	}
	if n.Turn > 0 { // it says what stands above
		b.add("answer", "by "+short(e.At, n.AnswerBy))
		return b
	}
	b.add("from", fmt.Sprintf("%s until %s", short(e.At, n.From), short(e.At, n.Until)))
	for _, t := range n.Seen {
		b.rows = append(b.rows, row{head: "seen", text: t.Says, loose: true})
	}
	b.add("keeps", strings.Join(n.Keeps, ", "))
	if n.Help {
		b.add("help", "somebody else may have got in: what to do first")
	}
	if n.PassOn {
		b.add("pass on", "it may be the doing of one of its own customers")
	}
	if n.AnswerBy != 0 {
		b.add("answer", fmt.Sprintf("by %s; then a person decides within %s", short(e.At, n.AnswerBy), span(n.PersonBy.Sub(n.At))))
	}
	if n.Solo && n.Appeal != 0 {
		b.add("appeal", "heard by the one person who works here")
	}
	return b
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return `"` + s + `"`
}

// flagged says what a flag covers, or that it does no longer.
func (d *desk) flagged(c *docket.Changes, at evenkeel.Moment, id string) block {
	b := block{at: at, tenant: c.Tenant}
	f := d.flag(evenkeel.FlagID(id))
	switch {
	case f == nil:
		return b
	case f.Revoked != 0:
		b.add("flag", fmt.Sprintf("%s, %s, %s: revoked", d.number(id), f.Tenant, f.Family))
	default:
		b.add("flag", fmt.Sprintf("%s, %s, %s: from %s until %s, by %s", d.number(id), f.Tenant, f.Family, short(at, f.From), short(at, f.Until), d.actor(f.By)))
	}
	b.add("covers", selected(f.Selector)+", "+bounds(f.Envelope))
	b.add("why", withoutLeftOpen(f.Why))
	return b
}

func (d *desk) flag(id evenkeel.FlagID) *evenkeel.Flag {
	if i := slices.IndexFunc(d.flags, func(f evenkeel.Flag) bool { return f.ID == id }); i >= 0 {
		return &d.flags[i]
	}
	return nil
}

// actor is who took a decision or granted a flag.
func (d *desk) actor(a evenkeel.Actor) string {
	if a.Automatic() {
		return "policy " + d.policy(a.Policy)
	}
	return string(a.Person)
}

// stopped says whose time ended and why. Where a measure ends or begins, its decision says
// so.
func stopped(e *evenkeel.Entry) string {
	says, ended := strings.CutPrefix(e.Says, "Clock ")
	if !ended || e.State != "ended" {
		return ""
	}
	for _, k := range []docket.ClockKind{docket.ClockLease, docket.ClockHearing} {
		if strings.HasPrefix(says, k.String()+": ") {
			return ""
		}
	}
	return says
}

// told is when it is told that a clock runs: as it was begun, but for the time to fetch data, which stands still and runs on.
func told(c *docket.Changes, k *docket.Clock) evenkeel.Moment {
	if n := len(c.Entries); k.Kind == docket.ClockRetrieval && n > 0 {
		return max(k.Started, c.Entries[n-1].At)
	}
	return k.Started
}

// started says whose time runs, where the decision does not say it.
func started(c *docket.Changes, k *docket.Clock) string {
	switch {
	case k.Ended != 0:
		return ""
	case k.Kind == docket.ClockTenantAnswer && k.Stood != 0: // its case says that it runs again
		return ""
	case k.Kind == docket.ClockTenantAnswer:
		return fmt.Sprintf("%s is asked to answer by %s", c.Tenant, short(k.Started, k.Due))
	case k.Kind == docket.ClockOurAnswer:
		return fmt.Sprintf("a person has to decide by %s", short(k.Started, k.Due))
	case k.Kind == docket.ClockRetrieval && k.Paused != "":
		return fmt.Sprintf("the time of %s to fetch its data stands still: %s", c.Tenant, k.Paused)
	case k.Kind == docket.ClockRetrieval && k.PutOff == 0: // else its case says when it runs out
		return fmt.Sprintf("%s can fetch its data until %s", c.Tenant, short(k.Started, k.Due))
	}
	return ""
}

// acted says who does what.
func (d *desk) acted(a *docket.Act, at evenkeel.Moment) block {
	b := block{tenant: a.Tenant}
	who := string(a.Tenant)
	if a.By != "" {
		who += ", by " + string(a.By)
	}
	if a.Contact != "" {
		who += ", by its " + a.Contact + " contact"
	}
	switch a.Kind {
	case docket.ActLower, docket.ActApprove:
		if a.Measure != evenkeel.MeasureNone {
			who += ", to " + a.Measure.String()
		}
	case docket.ActClear, docket.ActClose:
		who += ", as " + a.Outcome.String()
	case docket.ActVouch, docket.ActConfirm:
		who += ", for the " + a.Confirm.Contact + " contact"
	}
	head := a.Kind.String()
	if a.Kind == docket.ActNoCredit { // its word has no place in the column
		head, who = "credit", who+", refuses"
	}
	b.add(head, who+": "+quoted(a.Says))
	if u := a.Burst; u != nil {
		b.add("covers", fmt.Sprintf("%s, %s, from %s until %s", cmp.Or(u.Selector, "any machines"), plural(u.Count, "machine"), short(at, u.From), short(at, u.Until)))
	}
	if a.NoFlag != docket.NoFlagMissing {
		b.add("no flag", a.NoFlag.String())
	}
	return b
}

var (
	ids      = regexp.MustCompile(`\b(?:c|d|flag)-[a-z2-7]{26}\b`)
	asideIDs = regexp.MustCompile(` \((?:case |decision )?d-[a-z2-7]{26}\)`)
)

// plain writes numbers for ids: those of cases and flags stand in the transcript, and which
// decision is meant is to be seen.
func (d *desk) plain(s string) string {
	return ids.ReplaceAllStringFunc(asideIDs.ReplaceAllString(s, ""), d.number)
}

// number is which case or flag of the story an id names, from 1.
func (d *desk) number(id string) string {
	i := slices.IndexFunc(d.cases, func(c evenkeel.Case) bool { return string(c.ID) == id })
	if i < 0 {
		i = slices.IndexFunc(d.flags, func(f evenkeel.Flag) bool { return string(f.ID) == id })
	}
	if i < 0 {
		return id
	}
	return strconv.Itoa(i + 1)
}
