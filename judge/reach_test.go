package judge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var (
	ann   = evenkeel.Contact{Role: "owner", Email: "ann@trial.example"}
	bill  = evenkeel.Contact{Role: "billing", Email: "bill@trial.example"}
	thief = evenkeel.Contact{Role: "owner", Email: "thief@elsewhere.example"}
)

func relist(t tester, d *judge.Docket, at time.Duration, before, after []evenkeel.Contact) []docket.Changes {
	t.Helper()
	heard, err := d.Relist(ctx, evenkeel.Relisted{Tenant: "trial", Listed: start.Add(at), Before: before, After: after}, world, start.Add(at))
	if err != nil {
		t.Fatal(err)
	}
	return heard.Changes
}

func reached(t tester, b books) docket.Reach {
	t.Helper()
	c := folders(t, b)[0].Case.ID
	var r docket.Reach
	err := b.Transact(ctx, func(tx docket.Tx) (err error) {
		r, err = tx.Reach(c)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// R27: a change of contacts while a case is open is told to those from before, and takes nobody's ear.
func TestContactsThatAreChangedInAnOpenCaseAreTold(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	if got := relist(t, d, 0, []evenkeel.Contact{ann}, []evenkeel.Contact{bill}); len(got) != 0 {
		t.Errorf("without a case: %+v", got)
	}
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage))
	if got := relist(t, d, 5*minute, []evenkeel.Contact{ann}, []evenkeel.Contact{{Role: "admin", Email: " ANN@trial.example"}}); len(got) != 0 {
		t.Errorf("the same address in another role: %+v", got)
	}
	got := relist(t, d, 10*minute, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{thief, bill})
	if len(got) != 1 || len(got[0].Notices) != 1 || len(got[0].Decisions)+len(got[0].Orders) > 0 {
		t.Fatalf("%+v; expected a notice, and nothing else that anybody feels", got)
	}
	until := start.Add(10*minute + 7*24*time.Hour)
	if n := got[0].Notices[0]; !slices.Equal(n.Contacts.Added, []string{"owner"}) || !slices.Equal(n.Contacts.Gone, []string{"owner"}) || n.Contacts.Until != until {
		t.Errorf("it tells %+v", n.Contacts)
	}
	if r := reached(t, b); !slices.Equal(r.Before, []evenkeel.Contact{ann, bill}) || r.Until != until || !r.Tells(until-1) || r.Tells(until) {
		t.Errorf("who could be told before: %+v", r)
	}
	for _, e := range got[0].Entries {
		if strings.Contains(e.Says, "@") {
			t.Errorf("P: an address stands in %q", e.Says)
		}
	}
	if again := relist(t, d, 10*minute, []evenkeel.Contact{ann, bill}, []evenkeel.Contact{thief, bill}); len(again) != 0 {
		t.Errorf("twice is not once: %+v", again)
	}
	word := act(docket.ActAnswer, "trial", 20*minute)
	word.Contact = "owner" + evenkeel.NewContact
	play(t, d, word)
	if r := reached(t, b); r.Kept != 0 {
		t.Errorf("the word of one who came keeps others: %+v", r)
	}
	word = act(docket.ActMessage, "trial", 30*minute)
	word.Contact = "owner" + evenkeel.FormerContact
	play(t, d, word)
	if r := reached(t, b); r.Kept != start.Add(30*minute) || !r.Tells(until.Add(100*24*time.Hour)) {
		t.Errorf("after the word of one from before: %+v", r)
	}
	clear := act(docket.ActClear, "trial", 40*minute)
	clear.Outcome, clear.NoFlag = evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
	play(t, d, clear)
	if got := relist(t, d, 50*minute, []evenkeel.Contact{thief}, []evenkeel.Contact{ann}); len(got) != 0 {
		t.Errorf("once the case is closed: %+v", got)
	}
}

// R27: contacts of a tenant with more open cases than a dossier holds are changed in all of them.
func TestContactsAreChangedInAllCasesHoweverMany(t *testing.T) {
	inBoth(t, "many cases", func(t *testing.T, b books) {
		d := newDocket(t, b)
		const many = 2*docket.MaxPrior + 3
		for n := range many {
			f := finding("trial-1", "trial", 0, evenkeel.Provisional, usage)
			f.Family = fmt.Sprint("kind-", n)
			f.ID += evenkeel.FindingID(f.Family)
			play(t, d, f)
		}
		if got := relist(t, d, 10*minute, []evenkeel.Contact{ann}, []evenkeel.Contact{thief}); len(got) != many {
			t.Errorf("changed in %d cases; expected %d", len(got), many)
		}
	})
}

// However often contacts are changed, those who could be told when it began stay so, for the time that
// policy states since the last change at least.
func TestNoNumberOfChangesPutsAnybodyOutOfReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBooks()
		d := newDocket(t, b)
		play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage))
		was, at := []evenkeel.Contact{ann, bill}, time.Duration(0)
		first, last := []evenkeel.Contact(nil), evenkeel.Moment(0)
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			at += time.Duration(rapid.IntRange(1, 300).Draw(t, "minutes")) * minute
			now := rapid.SliceOfNDistinct(rapid.SampledFrom([]evenkeel.Contact{ann, bill, thief, {Role: "tech", Email: "tech@elsewhere.example"}}), 1, 4, rapid.ID[evenkeel.Contact]).Draw(t, "now")
			if len(docket.Differ(now, was))+len(docket.Differ(was, now)) > 0 {
				if first == nil {
					first = was
				}
				last = start.Add(at)
			}
			relist(t, d, at, was, now)
			was = now
			if r := reached(t, b); first != nil && (!slices.Equal(r.Before, first) || r.Until < last.Add(7*24*time.Hour)) || first == nil && r.Changed() {
				t.Fatalf("%+v; expected %+v, told for a week since %s", r, first, last)
			}
		}
	})
}
