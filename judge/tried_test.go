package judge_test

import (
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R24: what takes effect because nobody was heard says which contacts were tried.
func TestWhatTakesEffectUnheardSaysWhoWasTried(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, conclusive()...)
	f := folders(t, b)[0]
	at := slices.IndexFunc(f.Decisions, func(x evenkeel.Decision) bool { return x.State == evenkeel.Held })
	if at < 0 {
		t.Fatal("nothing is held")
	}
	x := f.Decisions[at]
	half := x.At.Add(x.From.Sub(x.At) / 2)
	if _, err := d.Sweep(ctx, half, world); err != nil {
		t.Fatal(err)
	}
	for _, y := range []struct {
		id      evenkeel.NoticeID
		to      string
		refused bool
	}{
		{evenkeel.NewNoticeID(x.ID, evenkeel.Held), "owner#3f2a9c0d11e2", false}, {evenkeel.NewNoticeID(x.ID, evenkeel.Held), "billing#3f2a9c0d11e3", true},
		{evenkeel.NewReminderID(x.ID, evenkeel.Held), "tech#3f2a9c0d11e4", false}, {evenkeel.NewReminderID(x.ID, evenkeel.Held), "owner#3f2a9c0d11e5", false},
	} {
		if err := d.Told(ctx, docket.Delivery{Notice: y.id, Channel: "mail", To: y.to, At: half, Refused: y.refused, Says: "so"}, half); err != nil {
			t.Fatal(err)
		}
		if err := d.AllTold(ctx, y.id, half); err != nil {
			t.Fatal(err)
		}
	}
	for to, refused := range map[string]bool{"hook#3f2a9c0d11e6": false, "gate#3f2a9c0d11e7": true} { // machines are nobody who was tried
		y := docket.Delivery{Notice: evenkeel.NewNoticeID(x.ID, evenkeel.Held), Channel: docket.ChannelEndpoint, To: to, At: half, Refused: refused, Says: "so"}
		if err := d.Told(ctx, y, half); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Sweep(ctx, x.From.Add(time.Minute), world); err != nil {
		t.Fatal(err)
	}
	said := []string{}
	for _, e := range folders(t, b)[0].Entries {
		said = append(said, e.Says)
	}
	for _, want := range []string{"Tried before isolate, without an answer: owner, tech.", "Not reached before isolate: billing."} {
		if !slices.Contains(said, want) {
			t.Errorf("the case does not say %q:\n%q", want, said)
		}
	}
}
