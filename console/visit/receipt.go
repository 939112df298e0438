package visit

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// receipt says that something was received, as the address asks for it. What it says stands in
// the books: an address that names what is not there gets none, so nobody can be shown a receipt
// for what was never received.
func (t tongue) receipt(v *visitor, q url.Values) []template.HTML {
	if id := q.Get("allowed"); id != "" {
		for i := range v.flags {
			if f := &v.flags[i]; string(f.ID) == id {
				says := strings.TrimRight(string(t.grant(f)), ".。")
				return []template.HTML{say(t.ReceiptAllow, template.HTML(says), name(id))}
			}
		}
	}
	id := q.Get("said")
	if id == "" || len(id) > 2*longest {
		return nil
	}
	said := v.said(v.linkID() + id)
	if said == nil {
		return nil
	}
	out := []template.HTML{say(t.Receipt, t.moment(said.entry.At), number(said.in, said.entry))}
	switch k := clockOf(said.in, docket.ClockTenantAnswer); {
	case said.entry.State == docket.ActAppeal.String():
		out = []template.HTML{say(t.ReceiptAppeal, t.moment(said.entry.At), receiptOf(said.in, said.entry))}
		if then := t.appealed(v, said.entry); then != "" {
			return append(out, then)
		}
		return out
	case said.entry.State == docket.ActExtend.String() && k != nil:
		return append(out, say(t.ReceiptMore, t.when(k.Due)))
	}
	switch k := clockOf(said.in, docket.ClockOurAnswer); {
	case said.entry.State == docket.ActVouch.String():
		return append(out, say("%s", t.ReceiptVouch))
	case k != nil && k.Due > v.now:
		out = append(out, say(t.ReceiptBy, t.when(k.Due)))
	case k != nil:
		out = append(out, say(t.Late, t.moment(k.Due)))
	case said.in.Case.State == evenkeel.CaseClosed:
		out = append(out, say("%s", t.ReceiptClosed))
	}
	if said.in.Case.ID == v.folder.Case.ID {
		out = append(out, t.stopped(v)...)
	}
	return out
}
