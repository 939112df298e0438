package judge_test

import (
	"reflect"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestShadowSaysWhatTheTenantWouldHaveRead: procedure 5.3, shadow has the full notice and not only a counter. What is
// found by a rule in shadow would have been told exactly as the same finding of a live one is; nothing of it is kept.
func TestShadowSaysWhatTheTenantWouldHaveRead(t *testing.T) {
	found := finding("trial-1", "trial", 0, evenkeel.Provisional, usage) // on more, live asks first, and shadow says what may follow
	live, shadow := newBooks(), newBooks()
	play(t, newDocket(t, live), found)
	found.Mode = evenkeel.ModeShadow
	play(t, newDocket(t, shadow), found)
	f, told := folders(t, shadow)[0], folders(t, live)[0].Notices
	if len(told) != 1 || len(f.Notices) != 0 || len(f.Decisions) != 1 || f.Decisions[0].Mode != evenkeel.ModeShadow {
		t.Fatalf("live there are %d notices; in shadow %d, and the decisions %+v", len(told), len(f.Notices), f.Decisions)
	}
	got, err := judge.WouldTell(&f, f.Decisions[0].ID, defaultPolicy(t))
	if err != nil {
		t.Fatal(err)
	}
	want := told[0]
	want.ID, want.Decision, want.Ledger = got.ID, got.Decision, got.Ledger // the ids tell the two apart, and only the real one is sealed
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it would have read\n%+v\nand of the live one it reads\n%+v", got, want)
	}

	for _, c := range []struct {
		name string
		kind evenkeel.Kind
		id   evenkeel.DecisionID
		f    docket.Folder
		none bool
	}{
		{"another decision", evenkeel.KindNotFound, "d-other", f, false},
		{"a policy that is not known", evenkeel.KindNotFound, f.Decisions[0].ID, f, true},
		{"one that is live", evenkeel.KindInvalid, folders(t, live)[0].Decisions[0].ID, folders(t, live)[0], false},
	} {
		known := defaultPolicy(t)
		if c.none {
			_, err = judge.WouldTell(&c.f, c.id)
		} else {
			_, err = judge.WouldTell(&c.f, c.id, known)
		}
		if evenkeel.KindOf(err) != c.kind {
			t.Errorf("%s: %v; expected %s", c.name, err, c.kind)
		}
	}
	f.Decisions[0].Measure = evenkeel.MeasureNone
	if _, err := judge.WouldTell(&f, f.Decisions[0].ID, defaultPolicy(t)); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("of a question to a person: %v; expected that nobody would have been told", err)
	}
}
