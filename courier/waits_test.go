package courier_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/outboxtest"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// wall is the clock of a synctest bubble.
func wall() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }

// fresh is a notice of a case, written now within a bubble.
func fresh(id, of string) evenkeel.Notice {
	n := outboxtest.Notice(id)
	n.Case, n.At = evenkeel.CaseID(of), wall()
	return n
}

// running runs a courier until the returned function is called.
func running(t *testing.T, p courier.Parts, o courier.Options) (stop func()) {
	t.Helper()
	c, err := courier.New(p, wall, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// strict is an outbox that does not take what became of some notices.
type strict struct {
	*outboxtest.Memory
	retries bool // it takes that they are put off
	err     error
}

func bad(id evenkeel.NoticeID) bool { return strings.HasPrefix(string(id), "bad") }

func (o *strict) Delivered(ctx context.Context, id evenkeel.NoticeID, d courier.Delivery) error {
	if bad(id) {
		return o.err
	}
	return o.Memory.Delivered(ctx, id, d)
}

func (o *strict) Retry(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error {
	if bad(id) && !o.retries {
		return o.err
	}
	return o.Memory.Retry(ctx, id, at, why)
}

// TestANoticeThatCannotBeWrittenDownHoldsNobodyUp, and its mail leaves once in each life of the
// process, however many there are and whether or not the outbox puts them off.
func TestANoticeThatCannotBeWrittenDownHoldsNobodyUp(t *testing.T) {
	for _, c := range []struct {
		says    string
		retries bool
		err     error
		errors  int // in the log, for each in each life
	}{
		{"it stays, and the outbox puts it off", true, evenkeel.Invalid("a role of o@acme.example"), 1},
		{"it stays, and the outbox takes nothing", false, evenkeel.Invalid("a role of o@acme.example"), 1},
		{"it may pass", false, unavailable("it is locked", nil), 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			const many = 70
			var log bytes.Buffer
			out, mail := &strict{&outboxtest.Memory{}, c.retries, c.err}, &wire{name: "mail"}
			for i := range many {
				out.Put(fresh(fmt.Sprintf("bad-%d", i), fmt.Sprintf("c-%d", i)))
			}
			opts := courier.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
			stop := running(t, parts(out, team[:1], mail), opts)
			time.Sleep(time.Minute)
			out.Put(fresh("good", "c-good"))
			time.Sleep(2 * time.Second)
			if !out.Row("good").Over {
				t.Errorf("%s: after two seconds the good one is not told", c.says)
			}
			time.Sleep(time.Hour)
			stop()
			stop = running(t, parts(out, team[:1], mail), opts)
			time.Sleep(time.Hour)
			stop()
			sent := map[evenkeel.NoticeID]int{}
			for _, l := range mail.sent {
				sent[l.Notice.ID]++
			}
			for id, n := range sent {
				if want := 2; bad(id) && n != want || !bad(id) && n != 1 {
					t.Errorf("%s: %s was sent %d times", c.says, id, n)
				}
			}
			if n := strings.Count(log.String(), "level=ERROR"); len(sent) != many+1 || n != 2*many*c.errors || strings.Contains(log.String(), "@acme") {
				t.Errorf("%s: %d were sent, and %d errors logged", c.says, len(sent), n)
			}
			if c.retries {
				time.Sleep(8 * 24 * time.Hour)
				stop = running(t, parts(out, team[:1], mail), opts)
				time.Sleep(5 * time.Hour)
				if stop(); out.Left() != 0 {
					t.Errorf("%s: after its schedule %d are left", c.says, out.Left())
				}
			}
		})
	}
}

// changing are contacts that come later.
type changing struct {
	mu  sync.Mutex
	all contacts
}

func (c *changing) Of(evenkeel.TenantID) []evenkeel.Contact {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all
}

// lines are those of a log, read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestATenantWithoutAContactIsToldOnceThereIsOne(t *testing.T) {
	for _, comes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var log lines
			out, mail, who := &outboxtest.Memory{}, &wire{name: "mail"}, &changing{all: contacts{{Role: "owner"}}}
			out.Put(fresh("n-1", "c-1"))
			p := parts(out, nil, mail)
			p.Contacts = who
			stop := running(t, p, courier.Options{Poll: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil))})
			time.Sleep(6 * 24 * time.Hour)
			if r := out.Row("n-1"); r.Over || r.Why != "no contact is known" {
				t.Errorf("after six days: %+v", r)
			}
			if n := strings.Count(log.String(), "level=WARN"); n != 1 || strings.Contains(log.String(), "level=ERROR") {
				t.Errorf("the log has %d warnings:\n%s", n, log.String())
			}
			if comes {
				who.mu.Lock()
				who.all = team
				who.mu.Unlock()
			}
			time.Sleep(25 * time.Hour)
			stop()
			r := out.Row("n-1")
			if !r.Over || r.Failed == comes || comes && len(mail.sent) != 2 || !comes && (r.Why != "no contact is known" || !strings.Contains(log.String(), "level=ERROR")) {
				t.Errorf("a contact comes: %v; got %+v", comes, r)
			}
		})
	}
}

func TestPaperTellsNobodyWhereThereIsAnotherWay(t *testing.T) {
	refuses := func(*courier.Letter) error { return evenkeel.Invalid("it does not fit") }
	for _, c := range []struct {
		says     string
		channels []courier.Channel
		failed   bool
	}{
		{"there is nothing else", []courier.Channel{&wire{name: courier.Paper}}, false},
		{"the other one refuses", []courier.Channel{&wire{name: courier.Paper}, &wire{name: "webhook", answer: refuses}}, true},
		{"the other one takes it", []courier.Channel{&wire{name: courier.Paper}, &wire{name: "webhook"}}, false},
	} {
		out := &outboxtest.Memory{}
		out.Put(outboxtest.Notice("n-1"))
		due(t, sender(t, parts(out, team, c.channels...), courier.Options{}), out, 100)
		if r := out.Row("n-1"); !r.Over || r.Failed != c.failed || c.failed && !strings.Contains(r.Why, "webhook to admin: it does not fit") {
			t.Errorf("%s: %+v", c.says, r)
		}
	}
}

// TestALaterNoticeWaitsForAnEarlierOneOfItsCase for an hour at most, and nobody else waits.
func TestALaterNoticeWaitsForAnEarlierOneOfItsCase(t *testing.T) {
	for _, c := range []struct {
		says string
		down time.Duration // of the earlier one's letters
		want []string
	}{
		{"half an hour", 30 * time.Minute, []string{"n-1", "n-2", "n-3"}},
		{"more than an hour", 3 * time.Hour, []string{"n-2", "n-3", "n-1"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			out, begin := &outboxtest.Memory{}, time.Now()
			var got []string
			mail := &wire{name: "mail"}
			left := func() []string {
				mail.mu.Lock()
				defer mail.mu.Unlock()
				return slices.DeleteFunc(slices.Clone(got), func(id string) bool { return strings.Contains(id, " ") })
			}
			mail.answer = func(l *courier.Letter) error {
				if time.Since(begin) < c.down && strings.HasPrefix(string(l.Notice.ID), "n-1") {
					return unavailable("greylisted", nil)
				}
				got = append(got, string(l.Notice.ID))
				return nil
			}
			out.Put(fresh("n-1", "c-1"))
			for i := range 150 {
				out.Put(fresh(fmt.Sprintf("n-1 %d", i), fmt.Sprintf("c-many-%d", i)))
			}
			stop := running(t, parts(out, team[:1], mail), courier.Options{})
			defer stop()
			time.Sleep(10 * time.Minute)
			out.Put(fresh("n-2", "c-1"), fresh("n-3", "c-1"))
			for i := range 150 {
				out.Put(fresh(fmt.Sprintf("later %d", i), fmt.Sprintf("c-many-%d", i)))
			}
			out.Put(fresh("other", "c-2"))
			time.Sleep(2 * time.Second)
			if !slices.Equal(left(), []string{"other"}) {
				t.Errorf("%s: at first %v left", c.says, left())
			}
			if time.Sleep(49 * time.Minute); c.down > time.Hour && len(left()) != 1 {
				t.Errorf("%s: before an hour %v left", c.says, left())
			}
			time.Sleep(4 * time.Hour)
			if got := left()[1:]; !slices.Equal(got, c.want) || out.Left() != 0 {
				t.Errorf("%s: the order is %v, and %d are left", c.says, got, out.Left())
			}
		})
	}
}

func TestALetterWhoseAnswerIsLostIsSentOnceMore(t *testing.T) {
	out, mail := &outboxtest.Memory{}, &wire{name: "mail"}
	mail.answer = func(l *courier.Letter) error {
		if l.To.Role == "owner" {
			return unavailable("mail", courier.ErrAnswerLost)
		}
		return nil
	}
	out.Put(outboxtest.Notice("n-1"))
	c := sender(t, parts(out, team, mail), courier.Options{})
	due(t, c, out, 100)
	if out.Row("n-1").Over {
		t.Error("it is over before it was tried once more")
	}
	due(t, c, out, never)
	r := out.Row("n-1")
	if got := mail.roles(); !slices.Equal(got, []string{"owner", "admin", "owner"}) || !r.Over || r.Failed || len(r.Deliveries) != 2 {
		t.Fatalf("letters went to %v: %+v", got, r)
	}
	if d := r.Deliveries[1]; redact.Role(d.To) != "owner" || d.Refused || d.Says != "no answer to the mail's end; it may have arrived" {
		t.Errorf("got %+v", d)
	}
}

// TestNoAddressIsWrittenDownWhateverTheChannelSays, nor logged.
func TestNoAddressIsWrittenDownWhateverTheChannelSays(t *testing.T) {
	for says, answer := range map[string]error{
		"it waits": unavailable("no room for o@acme.example", courier.ErrSilent), "it is refused": evenkeel.Invalid("no o@acme.example here"),
		"it is shut": unavailable("no o@acme.example", courier.ErrShut),
	} {
		var log bytes.Buffer
		out, hook := &outboxtest.Memory{}, &wire{name: "webhook", answer: func(*courier.Letter) error { return answer }}
		out.Put(outboxtest.Notice("n-1"))
		due(t, sender(t, parts(out, team, hook), courier.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}), out, 100)
		r := out.Row("n-1")
		if all := r.Why + fmt.Sprint(r.Deliveries) + log.String(); strings.Contains(all, "@acme") || !strings.Contains(all, "(address)") {
			t.Errorf("%s: %s", says, all)
		}
	}
}

func TestAChannelThatIsShutToUsIsAnErrorOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		out := &outboxtest.Memory{}
		hook := &wire{name: "webhook"}
		hook.answer = func(l *courier.Letter) error {
			if bad(l.Notice.ID) {
				return unavailable("it answered 404", courier.ErrShut)
			}
			return nil
		}
		stop := running(t, parts(out, team[:1], hook), courier.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		for i := range 10 {
			out.Put(fresh(fmt.Sprintf("bad-%d", i), fmt.Sprintf("c-%d", i)), fresh(fmt.Sprintf("good-%d", i), fmt.Sprintf("d-%d", i)))
			time.Sleep(5 * time.Minute)
		}
		stop()
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 || out.Left() != 10 || strings.Contains(log.String(), "level=WARN") {
			t.Errorf("%d are left; the log says\n%s", out.Left(), log.String())
		}
	})
}
