package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

var transactions = []promise{
	{"all of what was put is kept", func(t *testing.T, s *scene) {
		s.put(one())
		checkKept(s, true)
	}},
	{"nothing is kept where the function fails after it put", func(t *testing.T, s *scene) {
		fault := errors.New("no")
		err := s.books.Transact(t.Context(), func(tx docket.Tx) error {
			if err := tx.Put(one()); err != nil {
				t.Errorf("put: %v", err)
			}
			return fault
		})
		if !errors.Is(err, fault) {
			t.Errorf("transact: %v; expected the function's own error", err)
		}
		checkKept(s, false)
	}},
	{"nothing is kept where the keeping fails in its last part", func(t *testing.T, s *scene) {
		c := one()
		c.Sealed.Size = 17
		if err := s.try(c); err == nil {
			t.Error("changes were kept with a ledger of another size")
		}
		checkKept(s, false)
	}},
	{"nothing is kept where the keeping fails and the function hides it", func(t *testing.T, s *scene) {
		for name, spoil := range map[string]func(*docket.Changes){
			"in the ledger": func(c *docket.Changes) { c.Sealed.Size = 17 },
			"in an entry":   func(c *docket.Changes) { c.Entries[0].Seq = 3 },
			"in a word":     func(c *docket.Changes) { c.Decisions[0].State = 0 },
		} {
			err := s.books.Transact(t.Context(), func(tx docket.Tx) error {
				if _, err := tx.Ledger().Key("early"); err != nil {
					t.Error(err)
				}
				c := one()
				spoil(&c)
				_ = tx.Put(c)
				_, _ = tx.Ledger().Key("late")
				return nil
			})
			if err == nil {
				t.Errorf("%s: the fault that was hidden is not told", name)
			}
			checkKept(s, false)
			for _, tenant := range []evenkeel.TenantID{"early", "late"} {
				if err := s.books.EraseKey(t.Context(), tenant); evenkeel.KindOf(err) != evenkeel.KindNotFound {
					t.Errorf("%s: a key that was made %s is kept (%v)", name, tenant, err)
				}
			}
		}
	}},
	{"who only looks waits for nobody who writes, sees what was there, and keeps nothing", func(t *testing.T, s *scene) {
		c := one()
		s.put(c)
		more := docket.Changes{Tenant: "late", Taken: []string{"of who writes"}}
		s.transact(func(writes docket.Tx) error {
			if _, err := writes.Ledger().Key("late"); err != nil {
				return err
			}
			if err := writes.Put(more); err != nil {
				return err
			}
			err := s.books.Peek(t.Context(), func(looks docket.Tx) error {
				if d, err := looks.DossierOf(c.Cases[0].ID); err != nil || d.Case == nil || d.Tenant != c.Tenant {
					t.Errorf("who looks sees %+v, %v; expected the case that is kept", d, err)
				}
				if taken, err := looks.Taken("of who writes"); taken || err != nil {
					t.Errorf("who looks sees what is not kept yet (%v)", err)
				}
				if k, err := looks.Ledger().Key("nobody"); k != (ledger.Key{}) || err != nil {
					t.Errorf("the key of a tenant that has none: %v, %v; expected none", k, err)
				}
				if err := looks.Put(docket.Changes{Taken: []string{"of who looks"}}); evenkeel.KindOf(err) != evenkeel.KindDenied {
					t.Errorf("who looks puts: %v; expected that it is refused", err)
				}
				return nil
			})
			if err != nil {
				t.Errorf("peek: %v", err)
			}
			return nil
		})
		fault := errors.New("no")
		if err := s.books.Peek(t.Context(), func(docket.Tx) error { return fault }); !errors.Is(err, fault) || err.Error() != fault.Error() {
			t.Errorf("peek: %v; expected the function's own error", err)
		}
		s.transact(func(tx docket.Tx) error {
			for key, want := range map[string]bool{"of who writes": true, "of who looks": false} {
				if taken, err := tx.Taken(key); taken != want || err != nil {
					t.Errorf("%s: %v, %v", key, taken, err)
				}
			}
			return nil
		})
		if err := s.books.EraseKey(t.Context(), "nobody"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("a key was made for who looks (%v)", err)
		}
	}},
	{"changes are put once", func(t *testing.T, s *scene) {
		err := s.books.Transact(t.Context(), func(tx docket.Tx) error {
			if err := tx.Put(one()); err != nil {
				return err
			}
			_ = tx.Put(docket.Changes{Taken: []string{"more"}})
			return nil
		})
		if err == nil {
			t.Error("changes were put twice")
		}
		checkKept(s, false)
	}},
	{"nothing is kept where the context is over before", func(t *testing.T, s *scene) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.books.Transact(ctx, func(tx docket.Tx) error { return tx.Put(one()) })
		if !errors.Is(err, context.Canceled) || evenkeel.KindOf(err) != evenkeel.KindUnavailable {
			t.Errorf("transact: %v (%s); expected that it was cancelled", err, evenkeel.KindOf(err))
		}
		checkKept(s, false)
	}},
	{"nothing is kept where the context ends on the way", func(t *testing.T, s *scene) {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.books.Transact(ctx, func(tx docket.Tx) error {
			err := tx.Put(one())
			cancel()
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("transact: %v; expected that it was cancelled", err)
		}
		checkKept(s, false)
	}},
	{"nothing is kept where the function panics, and the books go on", func(t *testing.T, s *scene) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = s.books.Transact(t.Context(), func(tx docket.Tx) error {
				_ = tx.Put(one())
				panic("no")
			})
		}()
		checkKept(s, false)
		s.put(one())
		checkKept(s, true)
	}},
	{"a transaction that puts nothing changes nothing", func(t *testing.T, s *scene) {
		s.transact(func(tx docket.Tx) error { return nil })
		checkKept(s, false)
	}},
	{"one is after the other, whoever calls", oneAfterTheOther},
	{"one who waits is let go when the context ends", func(t *testing.T, s *scene) {
		ctx, cancel := context.WithCancel(t.Context())
		waits := &watched{Context: ctx, asked: make(chan struct{})}
		done := make(chan error, 1) // one result
		s.transact(func(docket.Tx) error {
			go func() {
				done <- s.books.Transact(waits, func(tx docket.Tx) error { return tx.Put(one()) })
			}()
			<-waits.asked
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("transact: %v; expected that it was cancelled", err)
			}
			return nil
		})
		checkKept(s, false)
	}},
	{"of many that are kept together each stands or falls by itself, and sees those before it", eachByItself},
	{"none of many is kept where the context is over before", func(t *testing.T, s *scene) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for i, err := range s.books.Each(ctx, 2, func(_ int, tx docket.Tx) error { return tx.Put(one()) }) {
			if evenkeel.KindOf(err) != evenkeel.KindUnavailable {
				t.Errorf("transaction %d: %v; expected that it was cancelled", i, err)
			}
		}
		checkKept(s, false)
	}},
	{"a key is taken once", func(t *testing.T, s *scene) {
		s.put(docket.Changes{Taken: []string{"a", "b"}})
		s.transact(func(tx docket.Tx) error {
			for key, want := range map[string]bool{"a": true, "b": true, "c": false, "": false, "A": false} {
				if taken, err := tx.Taken(key); taken != want || err != nil {
					t.Errorf("%q is taken: %t (%v)", key, taken, err)
				}
			}
			return nil
		})
		s.refused(docket.Changes{Taken: []string{"c", "a"}}, evenkeel.KindConflict)
		s.refused(docket.Changes{Taken: []string{"c", "c"}}, evenkeel.KindConflict)
	}},
}

// eachByItself keeps four transactions together of which one fails once it has put, and one puts what books
// refuse and hides it.
func eachByItself(t *testing.T, s *scene) {
	c, fault := aCase("raisup", "mining", 0), errors.New("no")
	entries := func(tx docket.Tx) int64 {
		d, err := tx.Dossier("raisup", "mining")
		if err != nil {
			t.Error(err)
		}
		return d.Entries
	}
	for _, spoilt := range []bool{false, true} {
		before := s.dossier("raisup", "mining").Entries
		failed := s.books.Each(t.Context(), 4, func(i int, tx docket.Tx) error {
			n := entries(tx)
			in := docket.Changes{Entries: []evenkeel.Entry{anEntry(c, n+1)}}
			if n == 0 {
				in.Cases = []evenkeel.Case{c}
			}
			hides := spoilt && i == 2
			if hides {
				in.Entries[0].Seq += 2
			}
			if err := tx.Put(in); err != nil && !hides {
				t.Errorf("put %d: %v", i, err)
			}
			if spoilt && i == 1 {
				return fault
			}
			return nil
		})
		want := []bool{false, spoilt, spoilt, false}
		for i, err := range failed {
			if (err != nil) != want[i] {
				t.Errorf("transaction %d: %v; expected that it fails: %t", i, err, want[i])
			}
		}
		kept := before + 4
		if spoilt {
			kept = before + 2
		}
		if n := s.dossier("raisup", "mining").Entries; n != kept || len(failed) != 4 || spoilt && !errors.Is(failed[1], fault) {
			t.Errorf("%d entries, %v; expected %d entries and four answers", n, failed, kept)
		}
	}
	rows := must(t, func(ctx context.Context) ([]docket.Row, error) {
		return s.books.Cases(ctx, docket.Query{ByPlace: true})
	})
	if len(rows) != 1 || rows[0].Case.ID != c.ID {
		t.Errorf("%+v in the order of the docket; expected the case", rows)
	}
}

// watched is a context that tells when somebody begins to wait for its end.
type watched struct {
	context.Context
	once  sync.Once
	asked chan struct{} // closed then
}

func (w *watched) Done() <-chan struct{} {
	w.once.Do(func() { close(w.asked) })
	return w.Context.Done()
}

// one is changes with something of each kind.
func one() docket.Changes {
	c := aCase("raisup", "mining", 0)
	d := aDecision(c, 1, evenkeel.InForce)
	return docket.Changes{
		Tenant: "raisup", Family: "mining", Taken: []string{"one"}, Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d},
		Entries: []evenkeel.Entry{anEntry(c, 1)}, Clocks: []docket.Clock{aClock(c, docket.ClockLease, d.ID, 60)},
		Flags: []evenkeel.Flag{aFlag("flag-1", "raisup", "mining", 0)}, Orders: []evenkeel.Order{anOrder(d, false)}, Notices: []evenkeel.Notice{aNotice(d)},
	}
}

// checkKept wants all of one to be there, or nothing.
func checkKept(s *scene, want bool) {
	s.t.Helper()
	n := 0
	if want {
		n = 1
	}
	s.transact(func(tx docket.Tx) error {
		if taken, err := tx.Taken("one"); taken != want || err != nil {
			s.t.Errorf("the key is taken: %t (%v); expected %t", taken, err, want)
		}
		return nil
	})
	d := s.dossier("raisup", "mining")
	if (d.Case != nil) != want || len(d.Decisions) != n || len(d.Clocks) != n || len(d.Flags) != n || d.Entries != int64(n) {
		s.t.Errorf("the dossier is %+v; expected that all is kept: %t", d, want)
	}
	due := must(s.t, func(ctx context.Context) ([]evenkeel.CaseID, error) { return s.books.Due(ctx, at(60), 9) })
	flags := must(s.t, func(ctx context.Context) ([]evenkeel.Flag, error) { return s.books.Flags(ctx, "") })
	rows := must(s.t, func(ctx context.Context) ([]docket.Row, error) { return s.books.Cases(ctx, docket.Query{}) })
	if len(due) != n || len(flags) != n || len(rows) != n {
		s.t.Errorf("%d are due, %d flags, %d cases; expected %d of each", len(due), len(flags), len(rows), n)
	}
	f, err := s.books.Folder(s.t.Context(), evenkeel.NewCaseID("raisup", "mining", start))
	if want && (err != nil || len(f.Orders) != 1 || len(f.Notices) != 1) || !want && evenkeel.KindOf(err) != evenkeel.KindNotFound {
		s.t.Errorf("the folder is %+v (%v); expected that all is kept: %t", f, err, want)
	}
}

// oneAfterTheOther has each of many read how many entries there are and append the next:
// any two at the same time would append the same one.
func oneAfterTheOther(t *testing.T, s *scene) {
	c := aCase("raisup", "mining", 0)
	s.put(docket.Changes{Cases: []evenkeel.Case{c}})
	const callers, each = 8, 12
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				err := s.books.Transact(t.Context(), func(tx docket.Tx) error {
					d, err := tx.Dossier("raisup", "mining")
					if err != nil {
						return err
					}
					return tx.Put(docket.Changes{Entries: []evenkeel.Entry{anEntry(c, d.Entries+1)}})
				})
				if err != nil {
					t.Errorf("transact: %v", err)
				}
				if _, err := s.books.Folder(t.Context(), c.ID); err != nil {
					t.Errorf("read beside it: %v", err)
				}
			}
		})
	}
	all.Wait()
	if n := s.dossier("raisup", "mining").Entries; n != callers*each {
		t.Errorf("%d entries; expected %d", n, callers*each)
	}
}
