package storetest

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

var sealed = []promise{
	{"the log grows by what was sealed, and its hashes are read back", func(t *testing.T, s *scene) {
		var want []tlog.Hash
		for n := range 21 {
			s.transact(func(tx docket.Tx) error {
				c := docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{aCase("raisup", "mining", n), aCase("raisup", "flood", n)}[:1+n%2]}
				if err := seal(tx, &c); err != nil {
					return err
				}
				want = append(want, c.Sealed.Hashes...)
				return tx.Put(c)
			})
		}
		s.transact(func(tx docket.Tx) error {
			size, err := tx.Ledger().Size()
			if err != nil || size != 31 || int64(len(want)) != tlog.StoredHashCount(size) {
				t.Errorf("the log has %d leaves (%v) and %d hashes; expected 31", size, err, len(want))
			}
			var all []int64
			for i := range want {
				all = append(all, int64(len(want)-1-i)) // in any order
			}
			got, err := tx.Ledger().ReadHashes(all)
			if err != nil || len(got) != len(all) {
				t.Fatalf("%d of %d hashes were read (%v)", len(got), len(all), err)
			}
			for i, x := range all {
				if got[i] != want[x] {
					t.Errorf("hash %d is not the one that was sealed", x)
				}
			}
			for _, x := range []int64{-1, int64(len(want)), int64(len(want)) + 99, 1 << 62} {
				if _, err := tx.Ledger().ReadHashes([]int64{0, x}); err == nil {
					t.Errorf("hash %d was read and is not there", x)
				}
			}
			return nil
		})
	}},
	{"what was sealed after another size is refused", func(t *testing.T, s *scene) {
		s.enter(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{aCase("raisup", "mining", 0)}})
		var late docket.Changes
		s.transact(func(tx docket.Tx) error {
			late = docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{aCase("raisup", "mining", 1)}}
			return seal(tx, &late)
		})
		s.enter(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{aCase("raisup", "mining", 2)}})
		s.refused(late, evenkeel.KindConflict)
		late.Sealed.Size += 2
		s.refused(late, evenkeel.KindConflict)
	}},
	{"leaves without their hashes are refused", func(t *testing.T, s *scene) {
		var c docket.Changes
		s.transact(func(tx docket.Tx) error {
			c = docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{aCase("raisup", "mining", 1)}}
			return seal(tx, &c)
		})
		c.Sealed.Hashes = c.Sealed.Hashes[1:]
		s.refused(c, evenkeel.KindInvalid)
	}},
	{"a content that is nobody's is refused", func(t *testing.T, s *scene) {
		var c docket.Changes
		s.transact(func(tx docket.Tx) error {
			c = docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{aCase("raisup", "mining", 1)}}
			return seal(tx, &c)
		})
		c.Tenant = ""
		s.refused(c, evenkeel.KindInvalid)
	}},
	{"a key is made once, and each tenant has its own", func(t *testing.T, s *scene) {
		first, again, other := s.key("raisup"), s.key("raisup"), s.key("other")
		if first != again || first == other || first == (ledger.Key{}) {
			t.Errorf("keys %x and %x of one tenant, %x of another", first[:4], again[:4], other[:4])
		}
	}},
	{"a key of a transaction that is not kept is not kept", func(t *testing.T, s *scene) {
		var made ledger.Key
		_ = s.books.Transact(t.Context(), func(tx docket.Tx) (err error) {
			if made, err = tx.Ledger().Key("raisup"); err != nil {
				t.Errorf("make a key: %v", err)
			}
			if again, err := tx.Ledger().Key("raisup"); again != made || err != nil {
				t.Errorf("the same transaction gives another key (%v)", err)
			}
			return fmt.Errorf("no")
		})
		if s.key("raisup") == made {
			t.Error("the key was kept")
		}
	}},
	{"a key that was erased is not found, and is never made again", func(t *testing.T, s *scene) {
		s.key("raisup")
		other := s.key("other")
		for range 2 {
			if err := s.books.EraseKey(t.Context(), "raisup"); err != nil {
				t.Fatalf("erase: %v", err)
			}
			err := s.books.Transact(t.Context(), func(tx docket.Tx) error {
				_, err := tx.Ledger().Key("raisup")
				return err
			})
			if evenkeel.KindOf(err) != evenkeel.KindNotFound || err == nil {
				t.Errorf("an erased key: %v; expected that it is not found", err)
			}
		}
		if s.key("other") != other {
			t.Error("another tenant's key changed")
		}
		if err := s.books.EraseKey(t.Context(), "nobody"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("erase a key that never was: %v", err)
		}
	}},
	{"what was entered verifies, with its contents and the values in use", verifies},
	{"after a key was erased the log still verifies", func(t *testing.T, s *scene) {
		enterSome(s)
		if err := s.books.EraseKey(t.Context(), "raisup"); err != nil {
			t.Fatal(err)
		}
		r := s.verify()
		if r.Fault != nil || r.Erased == 0 || r.Contents != 1 || r.Rows != 1 {
			t.Errorf("it says %+v", r)
		}
	}},
	{"a value that was put without its leaf shows", func(t *testing.T, s *scene) {
		enterSome(s)
		s.key("raisup")
		s.put(docket.Changes{Cases: []evenkeel.Case{aCase("raisup", "scan", 77)}})
		if r := s.verify(); r.Fault == nil || r.Fault.How != ledger.RowAltered {
			t.Errorf("it says %+v", r)
		}
	}},
}

func (s *scene) key(t evenkeel.TenantID) (k ledger.Key) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		k, err = tx.Ledger().Key(t)
		return err
	})
	return k
}

func (s *scene) verify() (r ledger.Report) {
	s.t.Helper()
	err := s.books.Log(s.t.Context(), func(l ledger.Log) (err error) {
		l.Sent = nil // some decisions of these scenes come without the notices that a judge writes
		r, err = ledger.Verify(l, nil, nil)
		return err
	})
	if err != nil {
		s.t.Fatalf("verify: %v", err)
	}
	return r
}

// enterSome enters a few things, some of them in several states, and a policy.
func enterSome(s *scene) {
	s.t.Helper()
	c := aCase("raisup", "mining", 0)
	d := aDecision(c, 1, evenkeel.InForce)
	s.enter(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d}})
	s.transact(func(tx docket.Tx) error {
		sealed, err := ledger.Seal(tx.Ledger(), ledger.OfPolicy("sha256:abc", start))
		if err != nil {
			return err
		}
		return tx.Put(docket.Changes{Sealed: sealed})
	})
	d.State, d.At = evenkeel.Lifted, at(5)
	f := aFlag("flag-1", "raisup", "mining", 0)
	s.enter(docket.Changes{Tenant: "raisup", Decisions: []evenkeel.Decision{d}, Flags: []evenkeel.Flag{f}})
	f.Revoked = at(9)
	c.State, c.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed
	s.enter(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{c}, Flags: []evenkeel.Flag{f}})
	s.enter(docket.Changes{Tenant: "other", Cases: []evenkeel.Case{aCase("other", "mining", 0)}})
}

func verifies(t *testing.T, s *scene) {
	if r := s.verify(); r.Fault != nil || r.Leaves != 0 {
		t.Errorf("of an empty log it says %+v", r)
	}
	enterSome(s)
	r := s.verify()
	if r.Fault != nil || r.Leaves != 8 || r.Contents != 7 || r.Rows != 4 || r.Erased != 0 {
		t.Errorf("it says %+v (%v); expected 8 leaves, 7 contents and 4 values in use that fit", r, r.Fault)
	}
	s.transact(func(tx docket.Tx) error {
		size, root, err := ledger.Root(tx.Ledger())
		if size != r.Leaves || root != r.Root {
			t.Errorf("the tree has %d leaves and the root %s; the log %d and %s", size, root, r.Leaves, r.Root)
		}
		return err
	})
}
