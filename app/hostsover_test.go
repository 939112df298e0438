package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// What a host carries out is ended by nobody else: without hosts a lift waits, nobody is told that nothing was limited, and once
// hosts can connect again it is lifted there. What a host says to carry and is over in the books is lifted once more.
func TestWhatAHostCarriesOutIsLiftedByItAndNotOnPaper(t *testing.T) {
	dir, at := dataDir(t), freeAddress(t)
	settings := filepath.Join(dir, "operators.yaml")
	linked := func(p *Parts) { withHosts(p); p.Config.Hosts.Listen, p.Settings = at, settings }
	s := serve(t, dir, linked)
	now := time.Now().UTC().Truncate(time.Second)
	acmeHolds(t, s, now.Add(-time.Hour), "vm-7")
	a := enrol(t, dir, "host-1", "vm-7")
	m, err := wire.New(wire.Options{Source: "host-1", Key: siphash.Key{1}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := a.Publish(flood(m, "host-1", "vm-7", now.Add(time.Duration(i-3)*time.Second))); err != nil {
			t.Fatal(err)
		}
	}
	receipt := func(o evenkeel.OrderID) (r evenkeel.Receipt) {
		f := caseOf(t, dir, "flood")
		for i := range f.Dispatches {
			if f.Dispatches[i].Order == o {
				r = f.Dispatches[i].Receipt
			}
		}
		return r
	}
	eventually(t, "the flood is limited on its host", func() bool {
		got := a.orders()
		return len(got) > 0 && receipt(got[0].ID).State == evenkeel.ReceiptApplied
	})
	d := a.orders()[0].Decision
	lift := evenkeel.NewOrderID(d, true)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := InviteHost(t.Context(), dir, "host-2", time.Hour); !strings.Contains(evenkeel.HintOf(err), "evenkeel serve --config "+settings+" --data "+dir) {
		t.Errorf("%v; hint %s", err, evenkeel.HintOf(err))
	}

	// Somebody starts it without its settings.
	s = serve(t, dir)
	for _, says := range []string{"level=ERROR", "hosts carry out what nobody here can end", "orders=1", "hosts=host-1", settings} {
		if !strings.Contains(s.log.String(), says) {
			t.Errorf("it does not say %q at its start:\n%s", says, s.log)
		}
	}
	f := caseOf(t, dir, "flood")
	act := docket.Act{ID: ActID("operator", "1"), Kind: docket.ActLift, At: evenkeel.MomentOf(time.Now()), Case: f.Case.ID, Decision: d, By: "operator", Says: "The machine was rebuilt."}
	if _, err := Send(t.Context(), dir, act); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the lift waits for the host, and the tenant is told", func() bool {
		f = caseOf(t, dir, "flood")
		told := slices.ContainsFunc(f.Dispatches, func(x docket.Dispatch) bool {
			return x.Over != 0 && slices.ContainsFunc(f.Notices, func(n evenkeel.Notice) bool {
				return n.ID == x.Notice && n.Decision == d && n.State == evenkeel.Lifted
			})
		})
		return told && slices.ContainsFunc(f.Dispatches, func(x docket.Dispatch) bool {
			return x.Order == lift && x.Over == 0 && strings.Contains(x.Why, "host-1 carries it out, and no host can connect")
		})
	})
	if text, err := os.ReadFile(filepath.Join(dir, fileOrders)); err != nil || strings.Contains(string(text), string(lift)) {
		t.Errorf("the lift is on paper: %s, %v", text, err)
	}
	letters, err := filepath.Glob(filepath.Join(dir, dirMail, "*"))
	if err != nil || len(letters) == 0 {
		t.Errorf("no letters: %v", err)
	}
	for _, name := range letters {
		if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "nothing of yours is limited") {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}

	s = serve(t, dir, linked)
	lifts := func() (n int) {
		for _, o := range a.orders() {
			if o.Lift && o.Decision == d {
				n++
			}
		}
		return n
	}
	eventually(t, "it is lifted on the host", func() bool {
		r := receipt(lift)
		return lifts() > 0 && r.State == evenkeel.ReceiptLifted && r.Node == "host-1"
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}

	// The host has it still, such as from a copy of its disk, and says so when it connects.
	a.mu.Lock()
	a.got, a.stands = nil, []evenkeel.DecisionID{d, "d-unknown"}
	a.mu.Unlock()
	s = serve(t, dir, linked)
	eventually(t, "it is lifted there once more", func() bool { return lifts() > 0 })
	if !strings.Contains(s.log.String(), "a host carries out what is over in the books") {
		t.Error("nobody is told")
	}
	for _, o := range a.orders() {
		if o.Decision != d {
			t.Errorf("the host got %+v", o)
		}
	}
}
