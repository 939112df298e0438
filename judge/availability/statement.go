package availability

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/credit"
)

// SiteMonth is what came to one site of a tenant in a month.
type SiteMonth struct {
	Site    evenkeel.AssetID `json:"site"`
	Wanted  uint64           `json:"wanted"`
	Served  uint64           `json:"served"`
	Excused uint64           `json:"excused"`
	// Estimated is how much of what was wanted is an estimate.
	Estimated uint64   `json:"estimated,omitempty"`
	Outages   []Outage `json:"outages"`
	Cut       bool     `json:"cut"` // there were more outages than are told
}

// outagesTold is how many outages a statement tells of a site.
const outagesTold = 50

// SiteMonthOf makes one of what is known of a site, and its window under the promise.
func (p *Promises) SiteMonthOf(t evenkeel.TenantID, site evenkeel.AssetID, h *History, from, until evenkeel.Moment) (SiteMonth, Window) {
	w := h.Window(from, until, p.Excuse(t, site))
	s := SiteMonth{Site: site, Wanted: w.Wanted, Served: w.Served, Excused: w.Excused, Estimated: w.Estimated, Outages: h.Outages(from, until, p.Below)}
	if s.Cut = len(s.Outages) > outagesTold; s.Cut {
		s.Outages = s.Outages[:outagesTold]
	}
	if s.Outages == nil {
		s.Outages = []Outage{}
	}
	return s, w
}

// Statement is what a month came to for a tenant. Its figures alone say whether it is another than the one before.
type Statement struct {
	Tenant   evenkeel.TenantID `json:"tenant"`
	From     evenkeel.Moment   `json:"from"` // the month
	Until    evenkeel.Moment   `json:"until"`
	Promises string            `json:"promises"` // digest of the document
	Plan     string            `json:"plan"`
	Target   string            `json:"target"`       // per cent
	Share    string            `json:"availability"` // per cent; "" where nobody came
	Wanted   uint64            `json:"wanted"`
	Served   uint64            `json:"served"`
	Excused  uint64            `json:"excused"`
	// Estimated is how much of what was wanted, and missed, is an estimate: no edge told anything.
	Estimated uint64            `json:"estimated,omitempty"`
	Clauses   map[string]uint64 `json:"excused_by"`
	Credit    int               `json:"credit_percent"`  // of the month's price
	Price     string            `json:"price,omitempty"` // of the month
	Amount    string            `json:"amount,omitempty"`
	Currency  string            `json:"currency"`
	Unknown   string            `json:"unknown,omitempty"` // why the amount is not known, and what to say; "" where it is
	Sites     []SiteMonth       `json:"sites"`
}

// StatementOf makes the statement of a month. w is the window over all sites, each with its own excuses; price is what the
// month costs as far as the inventory knows, where neither the tenant's terms nor the plan say it.
func (p *Promises) StatementOf(t evenkeel.TenantID, w Window, sites []SiteMonth, price evenkeel.Fact[credit.Millionths]) *Statement {
	terms := p.Of(t)
	s := &Statement{
		Tenant: t, From: w.From, Until: w.Until, Promises: p.Digest, Plan: terms.Plan.Name, Target: terms.Plan.Target.Percent(), Wanted: w.Wanted, Served: w.Served, Excused: w.Excused, Estimated: w.Estimated,
		Clauses: w.ByClause(), Currency: p.Currency, Sites: sites,
	}
	share, known := w.Share()
	if !known {
		return s
	}
	s.Share = share.Percent()
	s.Credit = terms.Plan.credit(&w)
	if s.Credit == 0 {
		s.Amount = "0"
		return s
	}
	known1, why := p.price(&terms, price)
	if why != "" {
		s.Unknown = why
		return s
	}
	s.Price, s.Amount = known1.String(), p.part(known1, s.Credit).String()
	return s
}

// credit is what is credited for a window, in per cent. It is compared by requests, so that no rounding of a share decides.
func (plan *Plan) credit(w *Window) int {
	for _, t := range plan.Tiers { // the lowest first
		if w.Served < ceiling(w.Counted(), t.Below) {
			return min(t.Credit, plan.Cap)
		}
	}
	return 0
}

// price is a month's: what was said of the tenant, else of its plan, else what the inventory knows.
func (p *Promises) price(terms *Terms, inventory evenkeel.Fact[credit.Millionths]) (credit.Millionths, string) {
	switch {
	case terms.Price > 0:
		return terms.Price, ""
	case terms.Plan.Price > 0:
		return terms.Plan.Price, ""
	case inventory.Known():
		return inventory.Value, ""
	}
	return 0, "the price of the month is not known (" + inventory.Unknown + "): say it as price of the tenant or of its plan"
}

// part is so many per cent of an amount, rounded up to what the currency is paid in.
func (p *Promises) part(of credit.Millionths, percent int) credit.Millionths {
	return p.payable(new(big.Int).Mul(big.NewInt(int64(of)), big.NewInt(int64(percent))), big.NewInt(100))
}

// payable is n/d in millionths, rounded up to what the currency is paid in.
func (p *Promises) payable(n, d *big.Int) credit.Millionths {
	unit := int64(1_000_000)
	for range p.Decimals {
		unit /= 10
	}
	q, rest := new(big.Int).QuoRem(n, new(big.Int).Mul(d, big.NewInt(unit)), new(big.Int))
	if rest.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	if q.Mul(q, big.NewInt(unit)); !q.IsInt64() {
		return 1<<63 - 1
	}
	return credit.Millionths(q.Int64())
}

// Owes says whether anybody has to be told of it: something is credited, or may be.
func (s *Statement) Owes() bool { return s.Credit > 0 }

// Event is a statement, or a refund, as it is told: one that says something else comes as another revision.
type Event struct {
	ID       string            `json:"id"` // of the subject and its revision: the same however often it is told
	Kind     string            `json:"kind"`
	Tenant   evenkeel.TenantID `json:"tenant"`
	About    string            `json:"about"`    // what it is about: the same of all its revisions
	Revision int               `json:"revision"` // 1 is the first
	Corrects string            `json:"corrects,omitempty"`
	At       evenkeel.Moment   `json:"at"`
	Data     json.RawMessage   `json:"data"`
}

// The kinds of events.
const (
	KindMonth  = "evenkeel.availability.v1"
	KindRefund = "evenkeel.refund.v1"
)

// Revise makes the event that tells data, after the last one of the same, which may be nil; nil where that said the same.
func Revise(last *Event, kind string, t evenkeel.TenantID, about string, data any, at evenkeel.Moment) (*Event, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	e := &Event{Kind: kind, Tenant: t, About: about, Revision: 1, At: at, Data: body}
	if last != nil {
		if string(last.Data) == string(body) {
			return nil, nil
		}
		e.Revision, e.Corrects = last.Revision+1, last.ID
	}
	h := sha256.New()
	for _, part := range []string{kind, string(t), about} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Write([]byte{byte(e.Revision >> 8), byte(e.Revision)})
	e.ID = "av-" + hex.EncodeToString(h.Sum(nil)[:16])
	return e, nil
}
