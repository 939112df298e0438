package visit_test

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func known(v float64) evenkeel.Reading { return evenkeel.Reading{Value: v, Known: true} }

const (
	clause   = "Machines may not be used to mine crypto-currencies (terms of service, acceptable use)."
	internal = "Looks like the gang from ticket 4711 to me."
	hostile  = `</textarea><script>alert("x")</script><img src=x onerror=y>&amp; ` + "\u202egnp.exe"
)

// aCase is the case of a tenant and a family.
func aCase(t evenkeel.TenantID, family string) evenkeel.Case {
	return evenkeel.Case{
		ID: evenkeel.NewCaseID(t, family, at(20)), Tenant: t, Family: family, Opened: at(20), State: evenkeel.CaseUnderReview, Since: at(20),
		Latest: at(20), Assets: []evenkeel.AssetID{"worker-1", "worker-2"},
	}
}

// mined is what was found about a machine: pinned, new, and that it spoke Stratum.
func mined(t evenkeel.TenantID, asset evenkeel.AssetID, r evenkeel.Revision) evenkeel.Finding {
	s := evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: asset, Tenant: t}
	f := evenkeel.Finding{
		ID: evenkeel.NewFindingID("crypto-mining", 1, s, start), Revision: r, Rule: "crypto-mining", Version: 1, Family: "mining", Mode: evenkeel.ModeLive,
		Subject: s, From: start, Until: at(20), At: at(20), Score: 7.5,
		Terms: []evenkeel.Term{
			{Name: "pinned", Family: evenkeel.EvidenceUsage, Value: known(0.9985), Threshold: known(0.995), Weight: 3, Says: "The CPU was 99.9 % busy: the mean of 20 one-minute values."},
			{Name: "new-machine", Family: evenkeel.EvidenceUsage, Unit: "s", Value: known(7200), Threshold: known(604800), Weight: 1, Says: "The machine was created 2 hours ago."},
			{Name: "stratum", Family: evenkeel.EvidenceWire, Conclusive: true, Value: known(12), Threshold: known(1), Weight: 3.5, Says: "Stratum, the protocol between miners and pools, was recognised in its traffic: 12 flow records, the last one 4 minutes ago."},
			{Name: "busy-network", Family: evenkeel.EvidenceUsage, Value: known(4.2e6), Threshold: known(1e6), Weight: -1, Says: "The machine moved 4.01 MiB a second over the network, far more than a miner needs."},
		},
		Unmet: []evenkeel.Term{{Name: "secret-rule-part", Family: evenkeel.EvidenceUsage, Weight: -2, Unknown: "tenant.paid: nobody told"}},
	}
	cpu := evenkeel.PaneSeries{Name: "cpu", Unit: "fraction", From: start, Width: evenkeel.Moment(time.Minute)}
	for i := range 20 {
		v := known(0.9985 + float64(i%3-1)*0.0005)
		if i == 7 || i == 8 {
			v = evenkeel.Reading{}
		}
		cpu.Values = append(cpu.Values, v)
	}
	f.Panes = []evenkeel.PaneSeries{cpu}
	return f
}

// decided is a decision about a case.
func decided(c evenkeel.Case, m evenkeel.Measure, s evenkeel.DecisionState, mode evenkeel.Mode, minutes int) evenkeel.Decision {
	return evenkeel.Decision{
		ID: evenkeel.NewDecisionID(c.ID, at(minutes), m.String(), "sha256:abc", mode), Case: c.ID, Tenant: c.Tenant, Family: c.Family, Measure: m, Wanted: m,
		Assets: c.Assets, From: at(minutes), Until: at(minutes + 240), At: at(minutes), Actor: evenkeel.Actor{Policy: "sha256:abc"}, State: s, Mode: mode,
		Grounds:    evenkeel.Grounds{Clause: clause, Row: "compute, two families", Says: "said by nobody"},
		Safeguards: []evenkeel.Safeguard{{Name: "payment-history", Says: evenkeel.Unknown, Why: "Not known: tenant.paid."}},
	}
}

// noticed is the notice about a decision as it stands.
func noticed(d evenkeel.Decision, says string) evenkeel.Notice {
	n := evenkeel.Notice{
		ID: evenkeel.NewNoticeID(d.ID, d.State), Case: d.Case, Decision: d.ID, Tenant: d.Tenant, Family: d.Family, At: d.At, State: d.State, Measure: d.Measure,
		Assets: d.Assets, From: d.From, Until: d.Until, Seen: mined(d.Tenant, "worker-1", evenkeel.Final).Terms, Since: start, Measured: at(20),
		Keeps:  []string{"the machines run on a fifth of their CPU", "network and disks work as before", "data can be read and exported", "backups can be downloaded"},
		Clause: d.Grounds.Clause, Policy: "sha256:abc", Automatic: says == "", Says: says, AnswerBy: d.At.Add(24 * time.Hour), PersonBy: d.At.Add(time.Hour),
		Appeal: d.At.Add(183 * 24 * time.Hour), Ledger: "evenkeel ledger\n42\nroot\n\n— signed by the log",
	}
	return n
}

// throttled is a tenant whose two machines were throttled on two families of evidence, beside
// what it may not see: what is watched in shadow, notes of the operator's people, and a neighbour.
func throttled(t *house) evenkeel.Case {
	c, other := aCase("raisup", "mining"), aCase("neighbour", "mining")
	other.Assets = []evenkeel.AssetID{"neighbours-vm"}
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
	shadow := decided(c, evenkeel.MeasureDeny, evenkeel.Proposed, evenkeel.ModeShadow, 21)
	shadow.Grounds.Clause, shadow.Assets = "A clause that is tried out in shadow.", []evenkeel.AssetID{"only-in-shadow"}
	hidden := mined("raisup", "shadow-vm", evenkeel.Final)
	hidden.Mode = evenkeel.ModeShadow
	first, final := mined("raisup", "worker-1", evenkeel.Provisional), mined("raisup", "worker-1", evenkeel.Final)
	entries := []evenkeel.Entry{
		{Kind: evenkeel.EntryCase, Says: "The case was opened."},
		found(first), found(final), found(hidden),
		{Kind: evenkeel.EntryDecided, Says: "Wanted isolate; one step at a time.", Ref: string(d.ID)},
		{Kind: evenkeel.EntryActed, Actor: evenkeel.Actor{Person: "ada.lovelace"}, Says: "ada.lovelace: flag.", Words: internal},
		{Kind: evenkeel.EntryClock, Says: "Clock tenant_answer: " + internal},
	}
	for i := range entries {
		entries[i].Case, entries[i].Seq, entries[i].At = c.ID, int64(i+1), at(20)
	}
	theirs := decided(other, evenkeel.MeasureIsolate, evenkeel.InForce, evenkeel.ModeLive, 20)
	t.put(docket.Changes{Tenant: "neighbour", Cases: []evenkeel.Case{other}, Decisions: []evenkeel.Decision{theirs}, Notices: []evenkeel.Notice{noticed(theirs, "")}})
	t.put(docket.Changes{
		Tenant: "raisup", Cases: []evenkeel.Case{c}, Findings: []evenkeel.Finding{first, final, hidden}, Entries: entries,
		Decisions: []evenkeel.Decision{d, shadow}, Notices: []evenkeel.Notice{noticed(d, "")},
		Orders: []evenkeel.Order{orderOf(d)},
		Clocks: []docket.Clock{{Case: c.ID, Kind: docket.ClockTenantAnswer, Started: at(20), Due: at(20 + 24*60), Breach: "A person looks."}},
	})
	return c
}

func found(f evenkeel.Finding) evenkeel.Entry {
	return evenkeel.Entry{Kind: evenkeel.EntryFound, Says: "crypto-mining v1", Ref: string(f.ID), State: f.Revision.String()}
}

func orderOf(d evenkeel.Decision) evenkeel.Order {
	return evenkeel.Order{
		ID: evenkeel.NewOrderID(d.ID, false), Decision: d.ID, Tenant: d.Tenant, Measure: d.Measure, Assets: d.Assets, From: d.From, Until: d.Until,
		Params: map[string]string{"cpu": "20%"},
	}
}

// opened is a throttled tenant with the path of its link.
func opened(t interface {
	Helper()
	Fatal(...any)
}, h *house, p link.Purpose) (evenkeel.Case, string) {
	t.Helper()
	c := throttled(h)
	return c, "/t/" + h.token(p, c, "owner")
}
