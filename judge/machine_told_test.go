package judge_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What stands here is about what is told from outside and may be wrong or meant ill: B, what a source sends is not
// what it was, and R27, other contacts of a tenant are told while a case is open.

// drifts has what a source sends not be what it was, and often its rule find something meanwhile; then it is as
// before, or a lead accepts it, or neither.
func (m *machine) drifts(name string) {
	family := pick(m, "family", m.office.families)
	rules := []string{harm[family].rule}
	if m.draw("of other rules too", 0, 1) == 0 {
		rules = append(rules, "flood-out", "crypto-mining")
	}
	slices.Sort(rules)
	f := docket.NewFeed(pick(m, "source", []string{"sensor", "meter"}), "flow-out", m.now.Add(-10*time.Minute), m.now, false, "It was 4 and is 4000.", slices.Compact(rules))
	told := func(f docket.Feed) func(*judge.Docket) error {
		return func(d *judge.Docket) error { _, err := d.Drifted(ctx, f); return err }
	}
	m.mustDo(name, told(f))
	before := len(m.books.kept)
	if m.mustDo(name, told(f)); len(m.books.kept) > before {
		m.t.Fatal("twice is not once")
	}
	if m.draw("is found meanwhile", 0, 2) > 0 {
		m.foundMeanwhile(family)
	}
	switch m.draw("and then", 0, 2) {
	case 0:
		f.Over = m.now
		m.mustDo("as before", told(f))
	case 1:
		m.accept("accept")
	}
}

// foundMeanwhile lets what a machine would act on be found twice, of somebody whom nothing protects if there is one.
func (m *machine) foundMeanwhile(family string) {
	t := m.bad()
	if t == "" {
		t = m.office.customers[0]
	}
	asset := machineOf(t, 1+m.draw("machine", 0, machines-1))
	for range 2 {
		m.now = m.now.Add(2 * time.Minute)
		f := finding(asset, t, m.now.Sub(start), evenkeel.Final, usage, wire)
		f.Rule, f.Family = harm[family].rule, family
		f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, m.now)
		m.judge(f, 2)
	}
}

// accept has a person say that what a source sends is right.
func (m *machine) accept(name string) {
	a := m.newAct(name)
	a.Source = pick(m, "source", []string{"sensor", "meter"})
	for _, f := range m.feeds {
		if f.Open() {
			a.Source = f.Source
		}
	}
	m.told(a)
}

// takeFeeds is what the books say of sources.
func (m *machine) takeFeeds(c *docket.Changes) {
	for _, f := range c.Feeds {
		i := slices.IndexFunc(m.feeds, func(o docket.Feed) bool { return o.ID() == f.ID() })
		if i < 0 {
			m.feeds = append(m.feeds, f)
			m.seen["feed drifts"]++
			continue
		}
		if old := m.feeds[i]; !old.Open() && f.Open() {
			m.t.Fatalf("B: feed %+v drifts again, and was %+v", f, old)
		}
		switch {
		case f.Took != nil:
			m.seen["feed accepted"]++
		case f.Over != 0:
			m.seen["feed is as before"]++
		}
		m.feeds[i] = f
	}
}

// drifted is a source because of which what a rule finds at a moment is for a person, or nil.
func (m *machine) drifted(rule string, at evenkeel.Moment) *docket.Feed {
	for i := range m.feeds {
		if f := &m.feeds[i]; f.At <= at && f.Holds(rule, at) {
			return f
		}
	}
	return nil
}

// contactsFor is how long whoever was a contact before is told on at least.
const contactsFor = 7 * day

// relisted has other contacts of a tenant be told, and perhaps somebody of those from before or of those who came
// speak. Nobody who stood there before is put out of reach by any number of changes.
func (m *machine) relisted(name string) {
	t := pick(m, "tenant", m.office.customers)
	contact := func(role string) evenkeel.Contact {
		return evenkeel.Contact{Role: role, Email: fmt.Sprintf("%s%d@%s.example", role, m.draw("which "+role, 1, 3), t)}
	}
	after := []evenkeel.Contact{contact("owner")}
	if m.draw("another", 0, 1) == 0 {
		after = append(after, contact("billing"))
	}
	m.relist(name, t, after)
}

// relist has these contacts of a tenant be told.
func (m *machine) relist(name string, t evenkeel.TenantID, after []evenkeel.Contact) {
	before := m.contacts[t]
	if before == nil {
		before = []evenkeel.Contact{{Role: "owner", Email: "owner1@" + string(t) + ".example"}}
	}
	m.contacts[t] = after
	r, world, now := evenkeel.Relisted{Tenant: t, Listed: m.now, Before: before, After: after}, m.world, m.now
	differs := len(docket.Differ(after, before))+len(docket.Differ(before, after)) > 0
	m.relisting = &r
	m.mustDo(name, func(d *judge.Docket) error { _, err := d.Relist(ctx, r, world, now); return err })
	m.relisting = nil
	for _, id := range m.opened {
		c, is := m.cases[id], m.reach[id]
		if c.Tenant != t || c.State == evenkeel.CaseClosed || c.Opened > now || !differs {
			continue
		}
		if is.Listed != now || !is.Tells(now.Add(contactsFor-1)) {
			m.t.Fatalf("R27: contacts of %s were changed at %s; of those from before case %s knows %+v", t, now, id, is)
		}
		if m.draw("somebody from before speaks", 0, 3) == 0 {
			a := m.newAct("message")
			a.ID += fmt.Sprintf(" of one from before %s, %s", id, now)
			a.Case, a.Contact = id, "owner"+pick(m, "who", []string{evenkeel.FormerContact, evenkeel.NewContact, ""})
			kept := is.Kept != 0 || a.Contact == "owner"+evenkeel.FormerContact
			if m.told(a); (m.reach[id].Kept != 0) != kept && m.cases[id].State != evenkeel.CaseClosed {
				m.t.Fatalf("R27: %q has spoken, and those from before are kept since %s", a.Contact, m.reach[id].Kept)
			}
		}
	}
}

// takeReaches is R27: whoever could be told when contacts were first changed in a case stays so, for a time that no
// change shortens.
func (m *machine) takeReaches(c *docket.Changes) {
	for _, is := range c.Reaches {
		old, known := m.reach[is.Case]
		switch {
		case !known && (m.relisting == nil || !slices.Equal(is.Before, m.relisting.Before)):
			m.t.Fatalf("R27: of those from before case %s knows %+v; told were %+v", is.Case, is.Before, m.relisting)
		case known && (!slices.Equal(is.Before, old.Before) || is.Until < old.Until || is.Listed < old.Listed || old.Kept != 0 && is.Kept != old.Kept):
			m.t.Fatalf("R27: case %s has %+v in the place of %+v", is.Case, is, old)
		case known && is.Listed > old.Listed:
			m.seen["contacts changed once more"]++
		}
		m.takeConfirmed(&is, &old)
		if is.Kept != 0 && old.Kept == 0 {
			m.seen["contacts from before kept"]++
		}
		m.reach[is.Case] = is
	}
	for i := range c.Notices {
		if n := &c.Notices[i]; len(n.Contacts.Added)+len(n.Contacts.Gone) > 0 {
			m.seen["contacts told of"]++
		}
	}
}

// goesOnAs says whether whoever was drawn is waited for as before and for as long, about what took the place of what
// they were asked about.
func goesOnAs(k, old *docket.Clock, c *docket.Changes) bool {
	return k.Kind == docket.ClockSecond && slices.ContainsFunc(c.Clocks, func(o docket.Clock) bool {
		return o.Kind == k.Kind && o.Case == k.Case && o.Decision != k.Decision && o.Ended == 0 && o.Started == old.Started && o.Due == old.Due
	})
}
