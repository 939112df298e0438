package page_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/courier/page/pagetest"
)

// desk is a caller with a list and phones in memory, in a bubble.
type desk struct {
	list pagetest.Memory
	log  bytes.Buffer
	book page.Book
}

func bubble() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }

// call makes a call that is due now.
func (d *desk) call(id page.ID, persons, lead string) {
	c := pagetest.CallOf(id)
	c.At = bubble()
	for p := range strings.FieldsSeq(persons) {
		c.Persons = append(c.Persons, evenkeel.PersonID(p))
	}
	for p := range strings.FieldsSeq(lead) {
		c.Lead = append(c.Lead, evenkeel.PersonID(p))
	}
	d.list.Put(c)
}

// runs lets a caller run for a while.
func (d *desk) runs(t *testing.T, long time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := page.New(&d.list, d.book, bubble, page.Options{Log: slog.New(slog.NewTextHandler(&d.log, nil))})
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	time.Sleep(long)
	synctest.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// tried is what a call's attempts say.
func (d *desk) tried(id page.ID) string {
	var all []string
	for _, a := range d.list.Row(id).Attempts {
		mark := "-"
		if a.Taken {
			mark = "+"
		}
		all = append(all, mark+string(a.Person)+"/"+a.Channel)
	}
	return strings.Join(all, " ")
}

// TestSomebodyIsReached: R21, escalation until a person answers.
func TestSomebodyIsReached(t *testing.T) {
	off := func(label string) *pagetest.Phone {
		p := &pagetest.Phone{Label: label}
		p.Refuse(true)
		return p
	}
	silent := func(label string) *pagetest.Phone {
		p := &pagetest.Phone{Label: label}
		p.Hang(true)
		return p
	}
	for _, c := range []struct {
		name          string
		ada           []page.Channel
		persons, lead string
		want          string
		over          bool
	}{
		{"whoever is on call is called by the first channel, and by no other", []page.Channel{&pagetest.Phone{Label: "a"}, &pagetest.Phone{Label: "b"}}, "ada", "lin", "+ada/a", true},
		{"a channel that does not take a page is followed by the next", []page.Channel{off("a"), &pagetest.Phone{Label: "b"}}, "ada", "lin", "-ada/a +ada/b", true},
		{"so is one that does not answer", []page.Channel{silent("a"), &pagetest.Phone{Label: "b"}}, "ada", "lin", "-ada/a +ada/b", true},
		{"when all of a person's fail the lead is called", []page.Channel{off("a"), off("b")}, "ada", "lin", "-ada/a -ada/b +lin/phone", true},
		{"all of a step are called", []page.Channel{&pagetest.Phone{Label: "a"}}, "ada ben", "lin", "+ada/a +ben/phone", true},
		{"one of a step who has it is enough", []page.Channel{off("a")}, "ada ben", "lin", "-ada/a +ben/phone", true},
		{"a person without a channel is written down as such", nil, "ada", "lin", "-ada/ +lin/phone", true},
		{"where nobody is on call the lead is called", nil, "", "lin", "+lin/phone", true},
		{"a person who is on call and leads is tried once", []page.Channel{off("a")}, "ada", "ada", "-ada/a", false},
		{"where nobody is known at all the call stays", nil, "", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{book: page.Book{"ada": c.ada, "ben": {&pagetest.Phone{}}, "lin": {&pagetest.Phone{}}}}
				d.call("1", c.persons, c.lead)
				d.runs(t, 2*time.Minute)
				if got := d.tried("1"); got != c.want || d.list.Row("1").Over != c.over {
					t.Errorf("tried %q, over: %v; expected %q, %v", got, d.list.Row("1").Over, c.want, c.over)
				}
			})
		})
	}
}

// TestACallThatReachesNobodyComesAgainAndIsGivenUpAfterADay: what repeats itself is written once.
func TestACallThatReachesNobodyComesAgainAndIsGivenUpAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phone := &pagetest.Phone{}
		phone.Refuse(true)
		d := &desk{book: page.Book{"ada": {phone}}}
		d.call("1", "ada", "")
		d.runs(t, 20*time.Second)
		if n := phone.Asked(); n != 2 {
			t.Errorf("asked %d times in the first 20 seconds; expected 2", n)
		}
		d.runs(t, 25*time.Hour)
		row := d.list.Row("1")
		if !row.Over || !row.Failed || len(row.Attempts) != 1 || !strings.Contains(row.Why, "the phone is off") {
			t.Errorf("%+v", row)
		}
		if n := phone.Asked(); n < 24*60/5 || n > 24*60/2 {
			t.Errorf("asked %d times in a day", n)
		}
		for _, want := range []string{`msg="a call reached nobody yet"`, `msg="a call reached nobody, and is given up"`, "hint="} {
			if !strings.Contains(d.log.String(), want) {
				t.Errorf("the log has no %s", want)
			}
		}
		if n := strings.Count(d.log.String(), "level=ERROR"); n != 2 {
			t.Errorf("%d errors are logged; expected 2", n)
		}
	})
}

// TestWhoeverHasAPageIsNotCalledAgain: after a crash between the page and the end of the call, and
// where the list could not be written to, under the same id.
func TestWhoeverHasAPageIsNotCalledAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phone := &pagetest.Phone{}
		d := &desk{book: page.Book{"ada": {phone}}}
		d.call("1", "ada", "")
		if err := d.list.Tried(t.Context(), "1", page.Attempt{Person: "ada", Channel: "phone", At: bubble(), Taken: true}); err != nil {
			t.Fatal(err)
		}
		d.runs(t, time.Minute)
		if phone.Asked() != 0 || !d.list.Row("1").Over {
			t.Errorf("asked %d times, over: %v", phone.Asked(), d.list.Row("1").Over)
		}

		d.call("2", "ada", "")
		d.list.Down(&evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the disk is full"})
		d.runs(t, time.Minute)
		if n := phone.Asked(); n < 1 || n > 5 || len(phone.Shown()) != 1 {
			t.Errorf("asked %d times while nothing can be written; shown %d", n, len(phone.Shown()))
		}
		d.list.Down(nil)
		d.runs(t, time.Minute)
		if !d.list.Row("2").Over || len(phone.Shown()) != 1 {
			t.Errorf("over: %v, shown %d", d.list.Row("2").Over, len(phone.Shown()))
		}
	})
}

// TestACallThatHangsHoldsNoOtherUp, and the end waits for what is on its way.
func TestACallThatHangsHoldsNoOtherUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hung, well := &pagetest.Phone{}, &pagetest.Phone{}
		hung.Hang(true)
		d := &desk{book: page.Book{"ada": {hung}, "ben": {well}}}
		for i := range 15 { // all but one of those that may be on their way at once
			d.call(page.ID(fmt.Sprint("hung-", i)), "ada", "")
		}
		for i := 1; i <= 20; i++ {
			d.call(page.ID(fmt.Sprint(i)), "ben", "")
		}
		d.runs(t, 30*time.Second)
		if n := len(well.Shown()); n != 20 {
			t.Errorf("%d of 20 were shown in the time that the hung one takes", n)
		}
		if row := d.list.Row("hung-0"); row.Over || len(row.Attempts) != 0 {
			t.Errorf("the end of the caller was taken for an answer: %+v", row)
		}
	})
}

// TestAClockThatIsSetBackHoldsNoCallForLong: what the list could not take comes again.
func TestAClockThatIsSetBackHoldsNoCallForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phone, back := &pagetest.Phone{}, atomic.Int64{}
		d := &desk{book: page.Book{"ada": {phone}}}
		d.call("1", "ada", "")
		d.list.Down(&evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the disk is full"})
		ctx, cancel := context.WithCancel(t.Context())
		c := page.New(&d.list, d.book, func() evenkeel.Moment { return bubble().Add(-time.Duration(back.Load())) }, page.Options{})
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		time.Sleep(90 * time.Second)
		synctest.Wait()
		d.list.Down(nil)
		back.Store(int64(365 * 24 * time.Hour))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !d.list.Row("1").Over {
			t.Error("it is held for a year")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestNoAddressAndNoSecretIsInAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{book: page.Book{"ada": {leaky{}}}}
		d.call("1", "ada", "")
		d.runs(t, time.Second)
		row := d.list.Row("1")
		if len(row.Attempts) != 1 || strings.Contains(row.Attempts[0].Says+row.Why+d.log.String(), "ada@example.net") || len(row.Attempts[0].Says) > 300 {
			t.Errorf("%+v", row)
		}
	})
}

// leaky is another side that says too much.
type leaky struct{}

func (leaky) Name() string { return "leaky" }
func (leaky) Send(context.Context, *page.Page) (string, error) {
	return "", evenkeel.Invalid("no such box: ada@example.net\r\n%s", strings.Repeat("x", 10_000))
}

// B: what a person reads in the log is what is missing, and where the call can be looked at.
func TestTheLogSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name string
		book page.Book
		from evenkeel.CaseID
		says []string
		not  string
	}{
		{"no channel at all", nil, "c-1", []string{`why="no channel is set by which anybody could be called"`, "look at the case in the console; set page.persons"}, "nobody is on call"},
		{"nobody in the rota", page.Book{"ben": {&pagetest.Phone{}}}, "c-1", []string{`why="nobody is on call, and nobody leads"`, "look at the case in the console"}, "page.persons"},
		{"about a switch", page.Book{"ben": {&pagetest.Phone{}}}, "", []string{"look at the switches in the console"}, "look at the case"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{book: c.book}
				call := pagetest.CallOf("1")
				call.At, call.Case = bubble(), c.from
				d.list.Put(call)
				d.runs(t, 2*time.Minute)
				for _, says := range c.says {
					if !strings.Contains(d.log.String(), says) {
						t.Errorf("the log does not say %q: %s", says, d.log.String())
					}
				}
				if strings.Contains(d.log.String(), c.not) {
					t.Errorf("the log says %q: %s", c.not, d.log.String())
				}
			})
		})
	}
}
