package judge

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// recalled gathers what one transaction keeps of what came back. What others said stands in an
// entry's Words, so that none of it can pass for a sentence of ours.
type recalled struct {
	entries int64
	of      evenkeel.CaseID
	out     docket.Changes
}

func newRecalled(c *evenkeel.Case, entries int64) *recalled {
	return &recalled{entries: entries, of: c.ID, out: docket.Changes{Tenant: c.Tenant, Family: c.Family}}
}

// note appends a line to the case's timeline, where there is a case.
func (m *recalled) note(e evenkeel.Entry) {
	if m.of == "" {
		return
	}
	m.entries++
	e.Case, e.Seq = m.of, m.entries
	m.out.Entries = append(m.out.Entries, e)
}

// noteReceipt writes down what a node said; of the last receipt that is, that it is.
func (m *recalled) noteReceipt(r *evenkeel.Receipt, o *evenkeel.Order, last bool) {
	node, state := cmp.Or(r.Node, "a node that gave no name"), r.State.String()
	var did string
	switch r.State {
	case evenkeel.ReceiptApplied:
		did = "applied it"
	case evenkeel.ReceiptRefused:
		did = "refused"
	case evenkeel.ReceiptLapsed:
		did = "says that its time was up"
	case evenkeel.ReceiptLifted:
		did = "let go"
	default:
		did, state = "took the order and has not confirmed it", "unconfirmed"
	}
	says := fmt.Sprintf("%s: %s %s.", ordered(o), node, did)
	if last {
		says += " What it says of this order after that is not written down."
	}
	words := r.Effect
	if r.Why != "" {
		words = strings.TrimPrefix(words+"\n"+r.Why, "\n")
	}
	m.note(evenkeel.Entry{Kind: evenkeel.EntryEnforced, Says: says, Ref: string(o.ID), State: state, Words: words, Decision: o.Decision})
}

// correct writes to the tenant where a notice said that a measure is in force and, as far as is
// known by now, it could not be carried out or was let go of; and where that was told, that it was after all.
// Each is told once of a decision, while it is in force: of what is over nobody waits to hear.
// Neither names a head of the ledger: no leaf goes with it.
func (m *recalled) correct(tx docket.Tx, s *docket.SentOrder, now evenkeel.Moment) error {
	id, undone := s.Order.Decision, s.Dispatch.Undone() || s.Dispatch.LetGo()
	done := s.Dispatch.Receipt.State == evenkeel.ReceiptApplied && !s.Dispatch.OnPaper()
	if s.Order.Lift || s.Order.Data != "" || !undone && !done {
		return nil
	}
	said, err := noticeIn(tx, evenkeel.NewNoticeID(id, evenkeel.InForce))
	if said == nil || err != nil {
		return err
	}
	if told, err := noticeIn(tx, evenkeel.NewUndoneID(id, true)); err != nil || undone == (told != nil) {
		return err
	}
	if again, err := noticeIn(tx, evenkeel.NewUndoneID(id, undone)); err != nil || again != nil {
		return err
	}
	d, err := tx.DossierOf(s.Case.ID)
	if err != nil || !stands(&d, id, now) {
		return err
	}
	n := *said
	n.ID, n.At, n.Undone, n.Ledger, n.PersonBy = evenkeel.NewUndoneID(id, undone), now, undone, "", now.Add(said.PersonBy.Sub(said.At))
	n.Beside = nil // it was told, and may be otherwise by now
	if undone {
		if n.Params = nil; len(n.Seen) > 0 {
			n.Says = "" // what a person wrote of a measure that stands
		}
	}
	if n.AnswerBy <= now || !slices.ContainsFunc(d.Clocks, func(c docket.Clock) bool { return c.Kind == docket.ClockTenantAnswer }) {
		n.AnswerBy = 0 // the tenant has answered, or the time is up
	}
	if s.Case.State == evenkeel.CaseClosed {
		n.Outcome, n.AnswerBy = s.Case.Outcome, 0
	}
	if n.Check() != nil {
		return nil // nor could the one that it corrects be sent; what came back is written down all the same
	}
	says := "A notice to the tenant was written, that the measure was carried out after all."
	if undone {
		says = "A notice to the tenant was written, that the measure is not carried out."
	}
	m.out.Notices = []evenkeel.Notice{n}
	m.note(evenkeel.Entry{Kind: evenkeel.EntryToldTo, Says: says, Ref: string(n.ID), Decision: id})
	return nil
}

// callWhereItFell calls people where a measure in force was let go of, such as by hand on a host, or is refused by whoever carried it out: no
// order goes out again by itself, and a machine takes what stands in the books for enough. Each time that it happens: the tenant is written to once.
func (m *recalled) callWhereItFell(tx docket.Tx, rota Rota, s *docket.SentOrder, before evenkeel.ReceiptState, now evenkeel.Moment) error {
	r := &s.Dispatch.Receipt
	fell := r.State == evenkeel.ReceiptLifted || r.State == evenkeel.ReceiptRefused && before == evenkeel.ReceiptApplied
	if s.Order.Lift || s.Order.Data != "" || !fell || r.State == before {
		return nil
	}
	d, err := tx.DossierOf(s.Case.ID)
	if err != nil || !stands(&d, s.Order.Decision, now) {
		return err
	}
	did := "let go of"
	if r.State == evenkeel.ReceiptRefused {
		did = "no longer carries out"
	}
	m.call(rota, s, procedure.Call{
		Level: docket.LevelOnCall, At: now, About: fmt.Sprintf("%s %s %d", did, s.Order.ID, r.At),
		Why: fmt.Sprintf("%s %s the %s, and nothing holds it any more: the case says why. Renew it to have it ordered again, or lift it.",
			cmp.Or(r.Node, "A node that gave no name"), did, ordered(&s.Order)),
	})
	return nil
}

// stands says whether a decision is in force yet.
func stands(d *docket.Dossier, id evenkeel.DecisionID, now evenkeel.Moment) bool {
	return slices.ContainsFunc(d.Decisions, func(x evenkeel.Decision) bool {
		return x.ID == id && x.State == evenkeel.InForce && x.Until > now
	})
}

// call calls people about an order.
func (m *recalled) call(rota Rota, s *docket.SentOrder, c procedure.Call) {
	m.out.Pages = append(m.out.Pages, pages(rota, &s.Case, []procedure.Call{c}, m.note)...)
}

// noticeIn returns a notice that was written, or nil.
func noticeIn(tx docket.Tx, id evenkeel.NoticeID) (*evenkeel.Notice, error) {
	s, err := sentIn(tx, id)
	if s == nil {
		return nil, err
	}
	return &s.Notice, nil
}

// sentIn returns a notice with what became of it, or nil where there is none.
func sentIn(tx docket.Tx, id evenkeel.NoticeID) (*docket.SentNotice, error) {
	switch s, err := tx.Notice(id); {
	case err == nil:
		return &s, nil
	case evenkeel.KindOf(err) == evenkeel.KindNotFound:
		return nil, nil
	default:
		return nil, err
	}
}

// noteDelivery writes down what became of a notice for one recipient; bounced: after its server had taken it.
func (m *recalled) noteDelivery(x *docket.Delivery, bounced bool, of *evenkeel.Notice) {
	what := "notice"
	if of.Reminder {
		what = "reminder"
	}
	to := "out"
	if x.To != "" {
		to = "to the " + x.Role() + " contact"
	}
	says, state := fmt.Sprintf("The %s went %s by %s.", what, to, x.Channel), "delivered"
	switch {
	case x.OnPaper():
		says, state = fmt.Sprintf("The %s %s was written down, on paper: nobody got it.", what, to), "on_paper"
	case x.ToMachine() && x.Refused:
		says, state = fmt.Sprintf("The endpoint of the %s contact did not take the %s: no person is missed by that.", x.Role(), what), "endpoint_refused"
	case x.ToMachine():
		says, state = fmt.Sprintf("The endpoint of the %s contact took the %s: it is a machine, and nobody is told by that.", x.Role(), what), "posted"
	case bounced:
		says, state = fmt.Sprintf("The %s that went %s by %s came back: it did not arrive.", what, to, x.Channel), "bounced"
	case x.Refused:
		says, state = fmt.Sprintf("The %s that went %s by %s was refused for good.", what, to, x.Channel), "refused"
	}
	m.note(evenkeel.Entry{Kind: evenkeel.EntryToldTo, Says: says, Ref: string(x.Notice), State: state, Words: x.Says, Decision: of.Decision})
}

// ordered is what an order is to do, in words, such as "throttle of vm-1 and 2 others".
func ordered(o *evenkeel.Order) string {
	const most = 3
	assets, more := o.Assets, ""
	switch n := len(assets) - most; {
	case n == 1:
		more = " and 1 other"
	case n > 1:
		more = fmt.Sprintf(" and %d others", n)
	}
	did := o.Measure.String()
	if o.Data != "" {
		did = "withholding of the data"
	}
	what := did + " of " + names(assets[:min(most, len(assets))]) + more
	if o.Lift {
		return "end of the " + what
	}
	return what
}

// withoutAddresses is what a server answered without whom it was about: servers repeat the
// address that they refuse.
func withoutAddresses(s string) string { return redact.Addresses(s) }

// clip bounds what others say, in bytes.
func clip(s string) string {
	const most = 2 << 10
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most-len("…")], "") + "…"
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

// receiptKey is what a receipt is known by.
func receiptKey(r *evenkeel.Receipt) (string, error) {
	whole, err := json.Marshal(r)
	sum := sha256.Sum256(whole)
	return "receipt " + hex.EncodeToString(sum[:16]), err
}

// news says whether a receipt says something that is not known.
func news(r *evenkeel.Receipt, d *docket.Dispatch) bool {
	kept, same := &d.Receipt, *r
	same.At = kept.At // who did not say when, says it again with another time
	switch {
	case kept.Order == "":
		return true
	case r.State == 0, same == *kept:
		return false
	}
	return d.Heard < docket.MaxHeard
}

// replaces says whether a receipt that is news takes the place of the one that is kept.
func replaces(r, kept *evenkeel.Receipt) bool {
	switch {
	case kept.State == 0:
		return true
	case r.At < kept.At:
		return false
	}
	letGo := kept.State == evenkeel.ReceiptLapsed || kept.State == evenkeel.ReceiptLifted
	return !letGo || r.State != evenkeel.ReceiptApplied
}
