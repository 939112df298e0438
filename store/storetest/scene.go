package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// start is when the scenes begin.
var start = evenkeel.MomentOf(time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC))

// at is some minutes after the start.
func at(minutes int) evenkeel.Moment { return start.Add(time.Duration(minutes) * time.Minute) }

// scene is a test with its books.
type scene struct {
	t     testing.TB
	books Books
	open  Open
}

// transact calls f in a transaction that has to be kept.
func (s *scene) transact(f func(tx docket.Tx) error) {
	s.t.Helper()
	if err := s.books.Transact(s.t.Context(), f); err != nil {
		s.t.Fatalf("transact: %v", err)
	}
}

// put puts changes, which have to be kept.
func (s *scene) put(c docket.Changes) {
	s.t.Helper()
	if err := s.try(c); err != nil {
		s.t.Fatalf("put: %v", err)
	}
}

// try puts changes and returns what came of it.
func (s *scene) try(c docket.Changes) error {
	return s.books.Transact(s.t.Context(), func(tx docket.Tx) error { return tx.Put(c) })
}

// refused wants changes to be refused, and that nothing is kept of them.
func (s *scene) refused(c docket.Changes, kind evenkeel.Kind) {
	s.t.Helper()
	c.Taken = append(c.Taken, "of what is refused")
	err := s.try(c)
	if err == nil || evenkeel.KindOf(err) != kind {
		s.t.Errorf("put: %v (%s); expected an error of kind %s", err, evenkeel.KindOf(err), kind)
	}
	s.transact(func(tx docket.Tx) error {
		if taken, err := tx.Taken("of what is refused"); taken || err != nil {
			s.t.Errorf("a part of what was refused is kept (%v)", err)
		}
		return nil
	})
}

// dossier reads a dossier.
func (s *scene) dossier(t evenkeel.TenantID, family string) (d docket.Dossier) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		d, err = tx.Dossier(t, family)
		return err
	})
	return d
}

func (s *scene) dossierOf(c evenkeel.CaseID) (d docket.Dossier) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		d, err = tx.DossierOf(c)
		return err
	})
	return d
}

// folder reads a folder.
func (s *scene) folder(c evenkeel.CaseID) docket.Folder {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) (docket.Folder, error) { return s.books.Folder(ctx, c) })
}

// must returns what a reader says, who must not fail.
func must[T any](t testing.TB, read func(context.Context) (T, error)) T {
	t.Helper()
	v, err := read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// aCase is the case of a tenant and a family that opened some minutes after the start.
func aCase(tenant evenkeel.TenantID, family string, minutes int) evenkeel.Case {
	o := at(minutes)
	return evenkeel.Case{
		ID: evenkeel.NewCaseID(tenant, family, o), Tenant: tenant, Family: family,
		Opened: o, State: evenkeel.CaseOpen, Since: o, Latest: o,
	}
}

// aDecision is the nth decision of a case.
func aDecision(c evenkeel.Case, n int, state evenkeel.DecisionState) evenkeel.Decision {
	return evenkeel.Decision{
		ID: evenkeel.DecisionID(fmt.Sprintf("d-%s-%d", c.ID, n)), Case: c.ID, Tenant: c.Tenant, Family: c.Family,
		Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1"},
		From: at(n), Until: at(n + 60), At: at(n), Actor: evenkeel.Actor{Policy: "sha256:abc"}, State: state, Mode: evenkeel.ModeLive,
		Grounds: evenkeel.Grounds{Clause: "4.2", Says: "seen"}, Safeguards: []evenkeel.Safeguard{},
	}
}

func anEntry(c evenkeel.Case, seq int64) evenkeel.Entry {
	return evenkeel.Entry{Case: c.ID, Seq: seq, At: at(int(seq)), Kind: evenkeel.EntryCase, Says: "said"}
}

func aClock(c evenkeel.Case, kind docket.ClockKind, d evenkeel.DecisionID, due int) docket.Clock {
	return docket.Clock{Case: c.ID, Decision: d, Kind: kind, Started: start, Due: at(due), Breach: "it ends"}
}

func aFlag(id evenkeel.FlagID, tenant evenkeel.TenantID, family string, from int) evenkeel.Flag {
	return evenkeel.Flag{
		ID: id, Tenant: tenant, Family: family, Selector: evenkeel.Selector{TenantWide: true},
		From: at(from), Until: at(from + 60), By: evenkeel.Actor{Person: "ada"}, Why: "known",
	}
}

func anOrder(d evenkeel.Decision, lift bool) evenkeel.Order {
	return evenkeel.Order{
		ID: evenkeel.NewOrderID(d.ID, lift), Decision: d.ID, Tenant: d.Tenant, Measure: d.Measure, Assets: d.Assets,
		From: d.From, Until: d.Until, Lift: lift,
	}
}

func aNotice(d evenkeel.Decision) evenkeel.Notice {
	return evenkeel.Notice{
		ID: evenkeel.NewNoticeID(d.ID, d.State), Case: d.Case, Decision: d.ID, Tenant: d.Tenant, Family: d.Family, At: d.At,
		State: d.State, Measure: d.Measure, Assets: d.Assets, From: d.From, Until: d.Until, Says: "seen", Clause: "4.2", PersonBy: at(90),
	}
}

// seal seals the leaves of what is decided, as the judge does.
func seal(tx docket.Tx, c *docket.Changes) (err error) {
	var leaves []ledger.Leaf
	key, err := tx.Ledger().Key(c.Tenant)
	if err != nil {
		return err
	}
	for i := range c.Cases {
		leaves = append(leaves, ledger.OfCase(key, &c.Cases[i], "sha256:abc"))
	}
	for i := range c.Decisions {
		leaves = append(leaves, ledger.OfDecision(key, &c.Decisions[i], "sha256:abc"))
	}
	for i := range c.Flags {
		leaves = append(leaves, ledger.OfFlag(key, &c.Flags[i], start, "sha256:abc"))
	}
	for i := range c.Reviews {
		r := &c.Reviews[i]
		whole, err := json.Marshal(r)
		if err != nil {
			return err
		}
		leaves = append(leaves, ledger.OfReview(key, r.Case, start, c.Family, "sha256:abc", whole))
	}
	c.Sealed, err = ledger.Seal(tx.Ledger(), leaves...)
	return err
}

// enter seals changes and puts them, which has to be kept.
func (s *scene) enter(c docket.Changes) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) error {
		if err := seal(tx, &c); err != nil {
			return err
		}
		return tx.Put(c)
	})
}

// same wants two values to be alike; a list of none is like nil.
func same[T any](t interface {
	Helper()
	Errorf(string, ...any)
}, what string, got, want T) {
	t.Helper()
	if !alike(got, want) {
		t.Errorf("%s is\n%+v\nexpected\n%+v", what, got, want)
	}
}

func alike[T any](a, b T) bool {
	return reflect.DeepEqual(settled(reflect.ValueOf(&a)).Interface(), settled(reflect.ValueOf(&b)).Interface())
}

// settled is a deep copy of a value in which lists of none are nil.
func settled(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	if v.Type() == reflect.TypeFor[netip.Addr]() { // one value, whatever it is made of
		out.Set(v)
		return out
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(settled(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(settled(v.Field(i)))
		}
	case reflect.Slice:
		for i := range v.Len() {
			out.Set(reflect.Append(out, settled(v.Index(i))))
		}
	case reflect.Interface:
		if !v.IsNil() {
			out.Set(settled(v.Elem()))
		}
	case reflect.Map:
		if v.Len() > 0 {
			out.Set(v)
		}
	default:
		out.Set(v)
	}
	return out
}

// ids returns the ids of a list, to compare orders at a glance.
func ids[T any, ID ~string](list []T, id func(*T) ID) []ID {
	out := []ID{}
	for i := range list {
		out = append(out, id(&list[i]))
	}
	return out
}

func caseID(c *evenkeel.Case) evenkeel.CaseID             { return c.ID }
func flagID(f *evenkeel.Flag) evenkeel.FlagID             { return f.ID }
func decisionID(d *evenkeel.Decision) evenkeel.DecisionID { return d.ID }
