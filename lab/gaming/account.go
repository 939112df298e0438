package gaming

import (
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// account is one of an abuser's.
type account struct {
	tenant   evenkeel.TenantID
	machines [machines]evenkeel.AssetID
	begins   int             // in which step
	since    evenkeel.Moment // when it came
	told     bool            // it was written to: there is something to appeal against
	decided  bool            // a person decided about it
	found    bool            // by a person, to be abuse: the account is closed by that
}

// open makes the accounts of the play.
func (r *run) open() {
	r.all, r.known = make([]account, r.Accounts), map[evenkeel.TenantID]int{}
	for i := range r.all {
		a := &r.all[i]
		a.tenant, a.begins = evenkeel.TenantID(fmt.Sprintf("t%d", i)), r.begins(r.Play, i)
		a.since = r.since(a.begins)
		for m := range machines {
			a.machines[m] = evenkeel.AssetID(fmt.Sprintf("%s-%d", a.tenant, m))
		}
		r.known[a.tenant] = i
	}
}

// since is when an account came that begins in a step.
func (r *run) since(begins int) evenkeel.Moment {
	switch {
	case r.Standing == Bought:
		return r.Start.Add(-3 * 365 * 24 * time.Hour)
	case r.Registers:
		return r.Start.Add(time.Duration(begins) * step)
	}
	return r.Start.Add(-48 * time.Hour)
}

// TenancyAt, AccountAt, CreatedBy and HeldBy are what is known of the accounts.
func (r *run) TenancyAt(a evenkeel.AssetID, _ evenkeel.Moment) (*evenkeel.Holding, bool) {
	t, _, _ := strings.Cut(string(a), "-")
	since := r.all[r.known[evenkeel.TenantID(t)]].since
	return &evenkeel.Holding{
		Asset: a, Tenant: evenkeel.TenantID(t), Kind: evenkeel.AssetVM, From: since, Created: evenkeel.KnownFact(since, r.Start), VCPUs: evenkeel.KnownFact(int64(vcpus), r.Start),
	}, true
}

// AccountAt is what is known of one.
func (r *run) AccountAt(t evenkeel.TenantID, _ evenkeel.Moment) evenkeel.Account {
	a := evenkeel.Account{
		Tenant: t, Since: evenkeel.KnownFact(r.all[r.known[t]].since, r.Start), Currency: "EUR", Standing: evenkeel.KnownFact(evenkeel.StandingTrial, r.Start),
		Paid: evenkeel.KnownFact(0.0, r.Start), RunRate: evenkeel.KnownFact(300.0, r.Start),
	}
	switch r.Standing {
	case Unknown:
		a.Standing, a.Paid = evenkeel.KnownFact(evenkeel.StandingOnCredit, r.Start), evenkeel.UnknownFact[float64]("on credit: no payment history")
	case Bought:
		a.Standing, a.Paid = evenkeel.KnownFact(evenkeel.StandingPrepaid, r.Start), evenkeel.KnownFact(9000.0, r.Start)
	}
	return a
}

// CreatedBy are the machines of an account.
func (r *run) CreatedBy(t evenkeel.TenantID, _ string, _, _ evenkeel.Moment, _ int) []evenkeel.AssetID {
	return r.all[r.known[t]].machines[:]
}

// HeldBy are the same.
func (r *run) HeldBy(t evenkeel.TenantID, at evenkeel.Moment, most int) (out []*evenkeel.Holding) {
	for _, a := range r.all[r.known[t]].machines {
		if h, ok := r.TenancyAt(a, at); ok && len(out) < most {
			out = append(out, h)
		}
	}
	return out
}

// words are those of an abuser, other ones each time.
func words(n int) string {
	return strings.Repeat(fmt.Sprintf("It is a batch job, number %d. ", n), 40)
}
