package judge_test

import (
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestWhatComesBackIsUntoldThoughItWent: a mail that a server took and sent back reached nobody (R24,
// N). The same bounce twice is one, and who has it by another way was told.
func TestWhatComesBackIsUntoldThoughItWent(t *testing.T) {
	d, b := throttled(t)
	before := folders(t, b)[0]
	at := slices.IndexFunc(before.Notices, func(n evenkeel.Notice) bool { return n.Measure == evenkeel.MeasureThrottle })
	n := before.Notices[at]
	tell := func(x docket.Delivery) docket.Folder {
		t.Helper()
		x.Notice, x.At = n.ID, start
		if err := d.Told(t.Context(), x, start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		return folders(t, b)[0]
	}
	owner := docket.Delivery{Channel: "mail", To: "owner#3f2a9c0d11e2", Says: "250 accepted"}
	tell(owner)
	if err := d.AllTold(t.Context(), n.ID, start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if f := folders(t, b)[0]; f.Untold != 0 {
		t.Fatalf("untold %d after it was taken", f.Untold)
	}
	back := owner
	back.Refused, back.Says = true, "5.1.1 no such user ann@raisup.example"
	for range 2 {
		f := tell(back)
		wantTold(t, f, len(before.Entries),
			"told: The notice went to the owner contact by mail. [250 accepted]",
			"told: The notice that went to the owner contact by mail came back: it did not arrive. [5.1.1 no such user (address)]")
		if f.Untold != 1 || f.Unaware != 1 {
			t.Errorf("untold %d, unaware %d; expected one of each", f.Untold, f.Unaware)
		}
	}
	if f := tell(owner); f.Untold != 1 {
		t.Error("what came back is settled, and yet it counts as told")
	}
	if f := tell(docket.Delivery{Channel: "webhook", Says: "204"}); f.Untold != 0 {
		t.Error("somebody has it by another way, and it counts as untold")
	}
}
