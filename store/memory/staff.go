package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Staff keeps persons, accounts and passes in memory.
type Staff struct {
	turn chan struct{} // holds one while a transaction runs; who waits, waits for room in it
	mu   sync.RWMutex  // views against the keeping
	kept members
}

// members is what is kept. A transaction works on a copy: staff are few.
type members struct {
	persons  map[evenkeel.PersonID]roll.Person
	accounts map[roll.AccountID]roll.Account
	passes   map[roll.PassID]roll.Pass
	tenures  []roll.Tenure
}

// NewStaff makes an empty one.
func NewStaff() *Staff {
	return &Staff{turn: make(chan struct{}, 1), kept: members{
		map[evenkeel.PersonID]roll.Person{}, map[roll.AccountID]roll.Account{}, map[roll.PassID]roll.Pass{}, nil,
	}}
}

// Transact calls f with a transaction and keeps all of what f put, or nothing of it.
func (s *Staff) Transact(ctx context.Context, f func(roll.Tx) error) error {
	if err := over(ctx); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return over(ctx)
	}
	defer func() { <-s.turn }()
	x := &staffTx{members: members{maps.Clone(s.kept.persons), maps.Clone(s.kept.accounts), maps.Clone(s.kept.passes), slices.Clone(s.kept.tenures)}}
	if err := cmp.Or(f(x), x.refused, over(ctx)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = x.members
	return nil
}

// View calls f with what is kept.
func (s *Staff) View(ctx context.Context, f func(roll.Tx) error) error {
	if err := over(ctx); err != nil {
		return err
	}
	s.mu.RLock()
	x := &staffTx{members: s.kept, view: true} // its maps change nowhere any more
	s.mu.RUnlock()
	return cmp.Or(f(x), x.refused)
}

// staffTx is one transaction.
type staffTx struct {
	members
	view    bool
	refused error // why what was put is not kept
}

// put keeps something, if it may be.
func (x *staffTx) put(check error, keep func() error) error {
	err := check
	if x.view {
		err = &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "put into the roll: it is open to be read only"}
	}
	if err == nil {
		err = keep()
	}
	if err != nil && x.refused == nil {
		x.refused = err
	}
	return err
}

func (x *staffTx) Person(id evenkeel.PersonID) (roll.Person, bool, error) {
	p, found := x.persons[id]
	return ownPerson(p), found, nil
}

func (x *staffTx) Persons() (out []roll.Person, err error) {
	for _, id := range slices.Sorted(maps.Keys(x.persons)) {
		out = append(out, ownPerson(x.persons[id]))
	}
	return out, nil
}

func (x *staffTx) PutPerson(p roll.Person) error {
	return x.put(p.Check(), func() error {
		x.persons[p.ID] = ownPerson(p)
		return nil
	})
}

func (x *staffTx) TenuresOf(id evenkeel.PersonID) (out []roll.Tenure, err error) {
	for _, t := range x.tenures {
		if t.Person == id {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, roll.CompareTenures)
	return out, nil
}

func (x *staffTx) PutTenure(t roll.Tenure) error {
	return x.put(t.Check(), func() error {
		if _, found := x.persons[t.Person]; !found {
			return evenkeel.Invalid("a tenure: there is no person %s", t.Person)
		}
		for i := range x.tenures {
			was := &x.tenures[i]
			same := was.Person == t.Person && was.Role == t.Role
			switch {
			case same && was.From == t.From && was.Open() && !t.Open() && was.By == t.By:
				*was = t
				return nil
			case same && (was.From == t.From || was.Open() && t.Open()):
				return staffConflict("a tenure of " + string(t.Person) + ": a role is had once at a time, and what has ended stays as it is")
			}
		}
		x.tenures = append(x.tenures, t)
		return nil
	})
}

func (x *staffTx) Account(id roll.AccountID) (roll.Account, bool, error) {
	a, found := x.accounts[id]
	return ownAccount(a), found, nil
}

func (x *staffTx) Named(name string) (roll.Account, bool, error) {
	for _, a := range x.accounts {
		if a.Name == name && name != "" {
			return ownAccount(a), true, nil
		}
	}
	return roll.Account{}, false, nil
}

func (x *staffTx) Known(issuer, subject string) (roll.Account, bool, error) {
	for _, a := range x.accounts {
		if a.Issuer == issuer && a.Subject == subject && issuer != "" && subject != "" {
			return ownAccount(a), true, nil
		}
	}
	return roll.Account{}, false, nil
}

func (x *staffTx) AccountsOf(id evenkeel.PersonID) (out []roll.Account, err error) {
	for _, a := range x.accounts {
		if a.Person == id {
			out = append(out, ownAccount(a))
		}
	}
	slices.SortFunc(out, func(a, b roll.Account) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

func (x *staffTx) PutAccount(a roll.Account) error {
	return x.put(a.Check(), func() error {
		if _, found := x.persons[a.Person]; !found {
			return evenkeel.Invalid("account %s: there is no person %s", a.ID, a.Person)
		}
		if was, found := x.accounts[a.ID]; found && was.Person != a.Person {
			return staffConflict("account " + string(a.ID) + ": its person stays")
		}
		if named, found, _ := x.Named(a.Name); found && named.ID != a.ID {
			return staffConflict("account " + string(a.ID) + ": its name is taken")
		}
		for id, other := range x.accounts {
			if id != a.ID && a.Issuer != "" && other.Issuer == a.Issuer && (a.Subject != "" && other.Subject == a.Subject || a.Email != "" && other.Email == a.Email) {
				return staffConflict("account " + string(a.ID) + ": its subject is taken")
			}
		}
		x.accounts[a.ID] = ownAccount(a)
		return nil
	})
}

func (x *staffTx) DropAccount(id roll.AccountID) error {
	return x.put(nil, func() error {
		delete(x.accounts, id)
		maps.DeleteFunc(x.passes, func(_ roll.PassID, p roll.Pass) bool { return p.Account == id })
		return nil
	})
}

func (x *staffTx) Pass(id roll.PassID) (roll.Pass, bool, error) {
	p, found := x.passes[id]
	return ownPass(p), found, nil
}

func (x *staffTx) PutPass(p roll.Pass) error {
	return x.put(p.Check(), func() error {
		if _, found := x.accounts[p.Account]; !found {
			return evenkeel.Invalid("a pass: there is no account %s", p.Account)
		}
		if was, found := x.passes[p.ID]; found && was.Account != p.Account {
			return staffConflict("a pass: its account stays")
		}
		x.passes[p.ID] = ownPass(p)
		return nil
	})
}

func (x *staffTx) DropPass(id roll.PassID) error {
	return x.put(nil, func() error {
		delete(x.passes, id)
		return nil
	})
}

func (x *staffTx) DropPasses(id roll.AccountID, kinds ...roll.PassKind) error {
	return x.put(nil, func() error {
		maps.DeleteFunc(x.passes, func(_ roll.PassID, p roll.Pass) bool {
			return p.Account == id && (len(kinds) == 0 || slices.Contains(kinds, p.Kind))
		})
		return nil
	})
}

func (x *staffTx) SweepPasses(before evenkeel.Moment) error {
	return x.put(nil, func() error {
		maps.DeleteFunc(x.passes, func(_ roll.PassID, p roll.Pass) bool { return p.Until < before })
		return nil
	})
}

func staffConflict(says string) error {
	return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: says}
}

// What is kept shares no bytes with what is handed in and out.

func ownPerson(p roll.Person) roll.Person {
	p.Roles = slices.Clone(p.Roles)
	return p
}

func ownAccount(a roll.Account) roll.Account {
	a.Password, a.Seed = slices.Clone(a.Password), slices.Clone(a.Seed)
	return a
}

func ownPass(p roll.Pass) roll.Pass {
	p.Offer = slices.Clone(p.Offer)
	return p
}
