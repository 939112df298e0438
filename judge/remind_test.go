package judge_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// reminders are the notices of a folder that remind of others.
func reminders(f docket.Folder) (out []evenkeel.Notice) {
	for _, n := range f.Notices {
		if n.Reminder {
			out = append(out, n)
		}
	}
	return out
}

// R24: a warning that stays unanswered is said again at half of the time to answer, once; one that
// was answered is not.
func TestAnUnansweredWarningIsSaidAgainAtHalfTime(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("credit-1", "credit", 0, evenkeel.Provisional, usage), 12*time.Hour-1)
	if n := reminders(folders(t, b)[0]); len(n) != 0 {
		t.Fatalf("%+v; expected no reminder before half of a day", n)
	}
	play(t, d, 12*time.Hour, 30*time.Hour)
	f := folders(t, b)[0]
	n := reminders(f)
	if len(n) != 1 || n[0].At != start.Add(12*time.Hour) || n[0].Measure != evenkeel.MeasureNotify || n[0].AnswerBy != start.Add(24*time.Hour) || len(n[0].Seen) == 0 {
		t.Fatalf("%+v; expected one reminder of the notice, with what was seen and the same end", n)
	}
	if sentences(f, "A reminder to the tenant was written") != 1 {
		t.Error("the timeline does not say once that a reminder was written")
	}

	b = newBooks()
	d = newDocket(t, b)
	play(t, d, finding("credit-1", "credit", 0, evenkeel.Provisional, usage), act(docket.ActAnswer, "credit", 11*time.Hour), 30*time.Hour)
	if n := reminders(folders(t, b)[0]); len(n) != 0 {
		t.Errorf("%+v; expected none to whom has answered", n)
	}
}

// R24: before what is held takes effect every contact was tried. While some are still written to
// it waits, once and for half an hour: a server that is down does not hold it up for ever.
func TestWhatIsHeldWaitsForContactsThatAreStillWrittenTo(t *testing.T) {
	for name, c := range map[string]struct {
		deliver func(d docketOfPeople, reminder evenkeel.NoticeID, at evenkeel.Moment) error
		waits   bool
	}{
		"all contacts were tried": {func(d docketOfPeople, id evenkeel.NoticeID, at evenkeel.Moment) error {
			if err := d.Told(context.Background(), docket.Delivery{Notice: id, Channel: "mail", To: "billing#0123456789ab", At: at}, at); err != nil {
				return err
			}
			return d.AllTold(context.Background(), id, at)
		}, false},
		"one has it, and others are tried again": {func(d docketOfPeople, id evenkeel.NoticeID, at evenkeel.Moment) error {
			return d.Told(context.Background(), docket.Delivery{Notice: id, Channel: "mail", To: "owner#0123456789ab", At: at}, at)
		}, true},
		"a machine has it, and nobody was tried": {func(d docketOfPeople, id evenkeel.NoticeID, at evenkeel.Moment) error {
			return d.Told(context.Background(), docket.Delivery{Notice: id, Channel: docket.ChannelEndpoint, To: "hook#0123456789ab", At: at}, at)
		}, false},
		"nobody sends anything": {func(docketOfPeople, evenkeel.NoticeID, evenkeel.Moment) error { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			x := heldIsolation(t, d, b)
			half := x.From.Sub(start) - 15*minute
			play(t, d, half)
			n := reminders(folders(t, b)[0])
			if len(n) != 1 || n[0].Decision != x.ID || n[0].State != evenkeel.Held || n[0].AnswerBy != x.From {
				t.Fatalf("%+v; expected a reminder of what is held, at half of the hearing", n)
			}
			if err := c.deliver(d, n[0].ID, n[0].At); err != nil {
				t.Fatal(err)
			}
			play(t, d, half+15*minute)
			f := folders(t, b)[0]
			if is := standsAs(f, x.ID); (is == evenkeel.Held) != c.waits || (sentences(f, "not everybody was told yet") == 1) != c.waits {
				t.Fatalf("the isolation is %s; expected that it waits: %t, and that it is said why", is, c.waits)
			}
			play(t, d, half+45*minute-1)
			if is := standsAs(folders(t, b)[0], x.ID); c.waits && is != evenkeel.Held {
				t.Errorf("the isolation is %s before the half hour is over", is)
			}
			play(t, d, half+45*minute)
			if is := standsAs(folders(t, b)[0], x.ID); is != evenkeel.InForce {
				t.Errorf("the isolation is %s; expected that it takes effect after that", is)
			}
			if !strings.Contains(strings.Join(clockWords(f), " "), "reminder") {
				t.Error("the clock by which the tenant was reminded is not kept")
			}
		})
	}
}

// docketOfPeople is what a courier says to a docket.
type docketOfPeople interface {
	Told(ctx context.Context, x docket.Delivery, now evenkeel.Moment) error
	AllTold(ctx context.Context, id evenkeel.NoticeID, now evenkeel.Moment) error
}

func clockWords(f docket.Folder) (out []string) {
	for _, k := range f.Clocks {
		out = append(out, k.Kind.String())
	}
	return out
}

// N: a reminder that comes back calls nobody: the notice before it arrived.
func TestAReminderThatComesBackCallsNobody(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	x := heldIsolation(t, d, b)
	notice, at := evenkeel.NewNoticeID(x.ID, evenkeel.Held), start.Add(62*minute)
	if err := d.Told(t.Context(), docket.Delivery{Notice: notice, Channel: "mail", To: "owner#0123456789ab", At: at}, at); err != nil {
		t.Fatal(err)
	}
	play(t, d, x.From.Sub(start)-15*minute)
	n := reminders(folders(t, b)[0])
	if len(n) != 1 || n[0].Decision != x.ID {
		t.Fatalf("%+v; expected a reminder of what is held", n)
	}
	if err := d.Untold(t.Context(), n[0].ID, "550 no such mailbox", n[0].At); err != nil {
		t.Fatal(err)
	}
	if f := folders(t, b)[0]; len(f.Pages) != 0 {
		t.Errorf("%+v; expected that nobody is called: the first notice arrived", f.Pages)
	}
}
