package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var (
	carl = evenkeel.Contact{Role: "owner", Email: "carl@trial.example"}
	dora = evenkeel.Contact{Role: "tech", Email: "dora@trial.example"}
)

// came is an open case in which contacts were changed from some to others.
func came(t tester, b books, before, after []evenkeel.Contact) *judge.Docket {
	t.Helper()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage))
	relist(t, d, 10*minute, before, after)
	return d
}

// vouched is the act by which a contact confirms another, by its own link; without an address by its name alone.
func vouched(by, mailbox, who string, at time.Duration) docket.Act {
	a := act(docket.ActVouch, "trial", at)
	a.ID += " " + by + mailbox + who
	a.Contact, a.Says, a.Confirm = by, "I know them.", &docket.Confirming{Contact: who, Speaker: mailbox}
	return a
}

func confirmed(who string, at time.Duration) docket.Act {
	a := act(docket.ActConfirm, "trial", at)
	a.ID += " " + who
	a.By, a.Says, a.Confirm = "ada", "I called the number of the contract.", &docket.Confirming{Contact: who}
	return a
}

// R27: a change of contacts needs a known second contact, or a person: who came confirms nobody and not itself, and neither does
// who is none any more, under whatever name they speak.
func TestNobodyConfirmsThemselves(t *testing.T) {
	inBoth(t, "confirm", func(t *testing.T, b books) {
		d := came(t, b, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{thief, bill, dora})
		for name, c := range map[string]struct {
			a    docket.Act
			kind evenkeel.Kind
		}{
			"who came, itself": {vouched("owner#new", "", "owner", 20*minute), evenkeel.KindDenied},
			"who came, itself, under the name of another":  {vouched("billing", thief.Email, "owner", 20*minute), evenkeel.KindDenied},
			"who came, another":                            {vouched("tech#new", dora.Email, "owner", 20*minute), evenkeel.KindDenied},
			"who is none any more":                         {vouched("owner#former", "", "owner", 20*minute), evenkeel.KindDenied},
			"who is none any more, by a letter of before":  {vouched("owner", "", "owner", 20*minute), evenkeel.KindDenied},
			"who is none any more, under the name of bill": {vouched("billing", ann.Email, "owner", 20*minute), evenkeel.KindDenied},
			"who never was one":                            {vouched("billing", "x@elsewhere.example", "owner", 20*minute), evenkeel.KindDenied},
			"a name that nobody has":                       {vouched("lawyer", "", "owner", 20*minute), evenkeel.KindDenied},
			"no name":                                      {vouched("", "", "owner", 20*minute), evenkeel.KindDenied},
			"one who is known already":                     {vouched("billing", bill.Email, "billing", 20*minute), evenkeel.KindNotFound},
			"nobody":                                       {vouched("billing", bill.Email, "", 20*minute), evenkeel.KindInvalid},
			"an address":                                   {vouched("billing", bill.Email, thief.Email, 20*minute), evenkeel.KindInvalid},
			"without a word": {func() docket.Act {
				a := vouched("billing", bill.Email, "owner", 20*minute)
				a.Says = " "
				return a
			}(), evenkeel.KindInvalid},
			"of a list that is another by now": {func() docket.Act {
				a := vouched("billing", bill.Email, "owner", 20*minute)
				a.Confirm.Listed = start
				return a
			}(), evenkeel.KindConflict},
			"by no person": {func() docket.Act {
				a := confirmed("owner", 20*minute)
				a.By = ""
				return a
			}(), evenkeel.KindInvalid},
		} {
			if _, err := d.Do(ctx, c.a, world); evenkeel.KindOf(err) != c.kind || strings.Contains(err.Error(), "@") {
				t.Errorf("%s: %v; expected %s, and no address", name, err, c.kind)
			}
		}
		if r := reached(t, b); len(r.Confirmed) > 0 {
			t.Fatalf("confirmed are %+v", r.Confirmed)
		}
	})
}

// R27: who was confirmed is known from then on, can confirm another, stays so, and all contacts are told who did it.
func TestAKnownContactConfirmsAnother(t *testing.T) {
	inBoth(t, "confirm", func(t *testing.T, b books) {
		d := came(t, b, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{carl, bill, dora})
		first := vouched("billing", bill.Email, "owner", 20*minute)
		first.Confirm.Listed = start.Add(10 * minute)
		heard, err := d.Do(ctx, first, world)
		if err != nil || len(heard.Changes) != 1 {
			t.Fatalf("%+v, %v", heard, err)
		}
		got := heard.Changes[0]
		if len(got.Notices) != 1 || len(got.Decisions)+len(got.Orders)+len(got.Clocks) > 0 || got.Notices[0].Contacts.Confirmed != "owner" || got.Notices[0].Contacts.By != "billing" || len(got.Sealed.Leaves) == 0 {
			t.Errorf("%+v; expected a notice of who confirmed whom, a leaf, and nothing else that anybody feels", got)
		}
		for _, e := range got.Entries {
			if strings.Contains(e.Says, "@") {
				t.Errorf("P: an address stands in %q", e.Says)
			}
		}
		if again, err := d.Do(ctx, first, world); err != nil || len(again.Changes) > 0 {
			t.Errorf("twice is not once: %+v, %v", again, err)
		}
		if _, err := d.Do(ctx, vouched("billing", bill.Email, "owner#new", 21*minute), world); evenkeel.KindOf(err) != evenkeel.KindConflict {
			t.Errorf("a second time: %v", err)
		}
		// Ann, who had his role, has a letter that calls her owner: the name alone is not enough for him.
		if _, err := d.Do(ctx, vouched("owner", "", "tech", 22*minute), world); evenkeel.KindOf(err) != evenkeel.KindDenied {
			t.Errorf("by a name that was Ann's: %v", err)
		}
		play(t, d, vouched("owner", carl.Email, "tech", 23*minute))
		relist(t, d, 30*minute, []evenkeel.Contact{carl, bill, dora}, []evenkeel.Contact{bill, dora})
		if _, err := d.Do(ctx, vouched("owner", carl.Email, "tech", 40*minute), world); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("nobody waits: %v", err)
		}
		r := reached(t, b)
		want := []docket.Confirmed{{Contact: carl, Called: "owner#new", By: "billing", At: start.Add(20 * minute)}, {Contact: dora, Called: "tech#new", By: "owner", At: start.Add(23 * minute)}}
		if !slices.Equal(r.Confirmed, want) {
			t.Errorf("confirmed are %+v; expected %+v", r.Confirmed, want)
		}
		if r.FootingOf(carl.Email) != docket.FootingFormer || r.FootingOf(dora.Email) != docket.FootingKnown {
			t.Errorf("Carl, who is none any more, and Dora stand as %d and %d", r.FootingOf(carl.Email), r.FootingOf(dora.Email))
		}
	})
}

// R27: where nobody from before is left, a person confirms who came; the case of another tenant, and a closed one, are none.
func TestOfATenantAloneAPersonConfirmsWhoCame(t *testing.T) {
	b := newBooks()
	d := came(t, b, []evenkeel.Contact{ann}, []evenkeel.Contact{carl})
	other := vouched("owner", ann.Email, "owner", 20*minute)
	other.Tenant = "bulk"
	for name, a := range map[string]docket.Act{"the one who was replaced": vouched("owner", ann.Email, "owner", 20*minute), "the one who came": vouched("owner#new", carl.Email, "owner", 20*minute), "in another tenant's case": other} {
		if _, err := d.Do(ctx, a, world); err == nil {
			t.Errorf("%s is heard", name)
		}
	}
	got := play(t, d, confirmed("owner", 30*minute))
	if r := reached(t, b); len(r.Confirmed) != 1 || r.Confirmed[0].Person != "ada" || r.Confirmed[0].By != "" || len(r.Came()) > 0 {
		t.Errorf("confirmed are %+v, %+v", r.Confirmed, got)
	}
	clear := act(docket.ActClear, "trial", 40*minute)
	clear.Outcome, clear.NoFlag = evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
	play(t, d, clear)
	if _, err := d.Do(ctx, confirmed("owner", 50*minute), world); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("in a closed case: %v", err)
	}
}

// Books of an older form did not keep who is a contact now: it is told again after a restart, and kept then, once.
func TestWhoIsAContactNowIsTakenInAfterAnUpgrade(t *testing.T) {
	b := newBooks()
	d := came(t, b, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{carl, bill})
	is := reached(t, b)
	is.Now = nil
	if err := b.Transact(ctx, func(tx docket.Tx) error { return tx.Put(docket.Changes{Reaches: []docket.Reach{is}}) }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Do(ctx, vouched("billing", bill.Email, "owner", 20*minute), world); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("before: %v", err)
	}
	if got := relist(t, d, 10*minute, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{carl, bill}); len(got) != 1 || len(got[0].Notices) > 0 {
		t.Errorf("told again: %+v", got)
	}
	if got := relist(t, d, 10*minute, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{carl, bill}); len(got) != 0 {
		t.Errorf("and once more: %+v", got)
	}
	play(t, d, vouched("billing", bill.Email, "owner", 20*minute))
}

// R27: a link says by a mark whose it is; older ones do not, and then each to whom a letter went under their name has to be known.
func TestOnWhatFootingSomebodyStandsWhoSpeaksByALink(t *testing.T) {
	key, _ := redact.NewKey([]byte(strings.Repeat("k", redact.LeastKey)))
	other, _ := redact.NewKey([]byte(strings.Repeat("o", redact.LeastKey)))
	// Carl has taken Ann's place and role, and was confirmed; the thief came with the same role.
	r := docket.Reach{Case: "c-1", Listed: 1, Until: 9, Before: []evenkeel.Contact{ann, bill}, Now: []evenkeel.Contact{carl, bill, thief}, Confirmed: []docket.Confirmed{{Contact: carl, Called: "owner#new", By: "billing", At: 2}}}
	mark := func(k redact.Key, role string, c evenkeel.Contact) string {
		return redact.Label(role, k.Contact("c-1", c.Email))
	}
	sent := func(all ...any) (out []docket.Dispatch) {
		for i := 0; i < len(all); i += 2 {
			c := all[i+1].(evenkeel.Contact)
			out = append(out, docket.Dispatch{Notice: "n-1", Deliveries: []docket.Delivery{{Notice: "n-1", Channel: "mail", To: redact.Label(all[i].(string), key.Mark("n-1", c.Email))}}})
		}
		return out
	}
	for _, c := range []struct {
		name, contact string
		sent          []docket.Dispatch
		want          docket.Footing
		address       string
	}{
		{"one from before", mark(key, "billing", bill), nil, docket.FootingKnown, bill.Email},
		{"one who was confirmed, by a letter of now", mark(key, "owner", carl), nil, docket.FootingKnown, carl.Email},
		{"one who was confirmed, by a letter from before that", mark(key, "owner#new", carl), nil, docket.FootingKnown, carl.Email},
		{"one who is none any more, by a letter of before", mark(key, "owner", ann), nil, docket.FootingFormer, ann.Email},
		{"one who came, though their letter calls them owner", mark(key, "owner", thief), nil, docket.FootingNew, thief.Email},
		{"under another key", mark(other, "billing", bill), nil, docket.FootingUnknown, ""},
		{"of another case", redact.Label("billing", key.Contact("c-2", bill.Email)), nil, docket.FootingUnknown, ""},
		{"an older link, and letters went to bill", "billing", sent("billing", bill, "owner", ann), docket.FootingKnown, bill.Email},
		{"an older link, and no letter went out", "billing", nil, docket.FootingUnknown, ""},
		{"an older link, and one letter went to somebody else", "billing", sent("billing", bill, "billing", thief), docket.FootingUnknown, ""},
		{"an older link, whose name was Ann's and is Carl's", "owner", sent("owner", carl), docket.FootingFormer, ""},
		{"an older link of one who came", "owner#new", nil, docket.FootingNew, ""},
		{"no name", "", nil, docket.FootingUnknown, ""},
	} {
		if got, address := r.Footing(c.contact, c.sent, key); got != c.want || address != c.address {
			t.Errorf("%s: %d, %q; expected %d, %q", c.name, got, address, c.want, c.address)
		}
	}
}

// R27: whom a role alone may mean is not left to the order of a list that whoever came has written.
func TestWhoCameUnderTheRoleOfAnotherIsNotConfirmedInItsPlace(t *testing.T) {
	inBoth(t, "confirm", func(t *testing.T, b books) {
		d := came(t, b, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{thief, carl, bill})
		for _, a := range []docket.Act{confirmed("owner", 20*minute), vouched("billing", bill.Email, "owner", 20*minute)} {
			if _, err := d.Do(ctx, a, world); evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "owner#new, owner#new #2") {
				t.Errorf("%s: %v; expected that it is asked which of the two", a.Kind, err)
			}
		}
		play(t, d, confirmed("owner#new #2", 21*minute))
		if r := reached(t, b); len(r.Confirmed) != 1 || r.Confirmed[0].Contact != carl {
			t.Fatalf("confirmed are %+v; expected Carl alone", r.Confirmed)
		}
	})
	inBoth(t, "confirm the first", func(t *testing.T, b books) {
		d := came(t, b, []evenkeel.Contact{ann, bill, dora}, []evenkeel.Contact{carl, thief, bill, dora})
		play(t, d, vouched("billing", bill.Email, "owner#new", 20*minute))
		for _, who := range []string{"owner#new", "owner"} { // Dora had opened the page before, and means the same one
			if _, err := d.Do(ctx, vouched("tech", dora.Email, who, 21*minute), world); err == nil {
				t.Errorf("%s once more confirms another: %+v", who, reached(t, b).Confirmed)
			}
		}
	})
}

// R27, N: where nothing holds any more and a person has still to decide, all contacts are told all the same who came and who confirmed them.
func TestWhoIsConfirmedIsToldWhereNothingHoldsAnyMore(t *testing.T) {
	inBoth(t, "confirm", func(t *testing.T, b books) {
		d := newDocket(t, b)
		a := act(docket.ActMessage, "trial", 30*minute)
		a.Says = "What is this?"
		play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), a)
		const late = 41 * 24 * time.Hour
		play(t, d, late)
		f := folders(t, b)[0]
		if f.Case.State == evenkeel.CaseClosed || slices.ContainsFunc(f.Decisions, func(x evenkeel.Decision) bool { return x.State == evenkeel.InForce || x.State == evenkeel.Held }) {
			t.Fatalf("the case is %s with %+v; expected that it waits, and that nothing holds", f.Case.State, f.Decisions)
		}
		notices := func(all []docket.Changes) (n []evenkeel.Notice) {
			for i := range all {
				n = append(n, all[i].Notices...)
			}
			return n
		}
		if n := notices(relist(t, d, late+minute, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{carl, bill})); len(n) != 1 || !slices.Equal(n[0].Contacts.Added, []string{"owner"}) {
			t.Errorf("of who came is told %+v", n)
		}
		heard, err := d.Do(ctx, vouched("billing", bill.Email, "owner", late+2*minute), world)
		if n := notices(heard.Changes); err != nil || len(n) != 1 || n[0].Contacts.Confirmed != "owner" || n[0].State != evenkeel.Lapsed {
			t.Errorf("%v; of who was confirmed is told %+v", err, n)
		}
	})
}
