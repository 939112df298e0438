package courier_test

import (
	"bytes"
	"context"
	"errors"
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
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

var head = courier.Letterhead{Operator: "Example Cloud", Domain: "abuse.example.com", ReplyTo: "help@example.com"}

// wire is a channel that keeps what it is given, and answers as it is told to.
type wire struct {
	name   string
	answer func(l *courier.Letter) error

	mu   sync.Mutex
	sent []courier.Letter
}

func (w *wire) Name() string { return w.name }

func (w *wire) Send(ctx context.Context, l *courier.Letter) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, *l)
	if w.answer != nil {
		if err := w.answer(l); err != nil {
			return "", err
		}
	}
	return "250 taken", ctx.Err()
}

// roles are those whom it was given letters for.
func (w *wire) roles() (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.sent {
		all = append(all, l.To.Role)
	}
	return all
}

type contacts []evenkeel.Contact

func (c contacts) Of(evenkeel.TenantID) []evenkeel.Contact { return c }

var team = contacts{{Role: "owner", Email: "o@acme.example", Lang: "zh-CN"}, {Role: "admin", Email: "a@acme.example"}}

func now() evenkeel.Moment { return 100 }

// marks is the key of an installation.
var marks, _ = redact.NewKey(bytes.Repeat([]byte{9}, redact.LeastKey))

func unavailable(says string, cause error) error {
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: says, Err: cause}
}

func parts(out courier.Outbox, c contacts, channels ...courier.Channel) courier.Parts {
	return courier.Parts{Outbox: out, Contacts: c, Channels: channels, Head: head, Marks: marks}
}

func sender(t *testing.T, p courier.Parts, o courier.Options) *courier.Courier {
	t.Helper()
	c, err := courier.New(p, now, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// due delivers what is due at a moment, once.
func due(t *testing.T, c *courier.Courier, out courier.Outbox, at evenkeel.Moment) {
	t.Helper()
	all, err := out.Pending(t.Context(), at, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range all {
		if err := c.Deliver(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
}

const never = evenkeel.Moment(1) << 62

func TestEveryContactGetsALetterOfItsOwnOnEachChannel(t *testing.T) {
	out, mail, hook := &outboxtest.Memory{}, &wire{name: "mail"}, &wire{name: "webhook"}
	out.Put(outboxtest.Notice("n-1"))
	due(t, sender(t, parts(out, team, mail, hook), courier.Options{}), out, 100)
	row := out.Row("n-1")
	var got []string
	for _, d := range row.Deliveries {
		got = append(got, fmt.Sprintf("%s %s %s %v %s %d", d.Channel, redact.Role(d.To), d.Message, d.Refused, d.Says, d.At))
	}
	want := []string{
		"mail owner n-1@abuse.example.com false 250 taken 100", "webhook owner n-1@abuse.example.com false 250 taken 100",
		"mail admin n-1@abuse.example.com false 250 taken 100", "webhook admin n-1@abuse.example.com false 250 taken 100",
	}
	if !slices.Equal(got, want) || !row.Over || row.Failed {
		t.Errorf("got %q, over: %v, failed: %v", got, row.Over, row.Failed)
	}
	if mail.sent[0].Message.Lang != "zh-Hans" || mail.sent[1].Message.Lang != "en" || strings.Contains(fmt.Sprint(row.Deliveries), "@acme") {
		t.Errorf("got %+v", row.Deliveries)
	}
}

func TestWhoIsSettledGetsNothingAgain(t *testing.T) {
	out, mail := &outboxtest.Memory{}, &wire{name: "mail"}
	mail.answer = func(l *courier.Letter) error {
		if l.To.Role == "admin" {
			return unavailable("its mailbox is full", nil)
		}
		return nil
	}
	out.Put(outboxtest.Notice("n-1"))
	c := sender(t, parts(out, team, mail), courier.Options{})
	due(t, c, out, 100)
	if r := out.Row("n-1"); r.Over || r.Attempts != 1 || r.Next <= 100 || !strings.Contains(r.Why, "mailbox is full") || !strings.Contains(r.Why, "admin") {
		t.Errorf("got %+v", r)
	}
	mail.answer = nil
	due(t, c, out, never)
	if got := mail.roles(); !slices.Equal(got, []string{"owner", "admin", "admin"}) || !out.Row("n-1").Over {
		t.Errorf("letters went to %v", got)
	}
}

func TestANoticeThatNobodyGotIsAFailureThatAPersonHearsOf(t *testing.T) {
	for _, c := range []struct {
		says   string
		people contacts
		change func(*evenkeel.Notice)
		want   string
	}{
		{"everybody's server refuses", team, nil, "no such user"},
		{"it lacks a fact", team, func(n *evenkeel.Notice) { n.Seen = nil }, "tells no fact"},
	} {
		var log bytes.Buffer
		out, mail := &outboxtest.Memory{}, &wire{name: "mail", answer: func(*courier.Letter) error { return evenkeel.Invalid("no such user") }}
		n := outboxtest.Notice("n-1")
		if c.change != nil {
			c.change(&n)
		}
		out.Put(n)
		due(t, sender(t, parts(out, c.people, mail), courier.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}), out, 100)
		if r := out.Row("n-1"); !r.Over || !r.Failed || !strings.Contains(r.Why, c.want) {
			t.Errorf("%s: %+v", c.says, r)
		}
		if says := log.String(); !strings.Contains(says, "level=ERROR") || strings.Contains(says, "@acme") {
			t.Errorf("%s: the log says %s", c.says, says)
		}
	}
}

func TestOneWhoIsReachedIsEnough(t *testing.T) {
	out := &outboxtest.Memory{}
	mail := &wire{name: "mail", answer: func(l *courier.Letter) error {
		if l.To.Role == "owner" {
			return evenkeel.Invalid("no such user")
		}
		return nil
	}}
	out.Put(outboxtest.Notice("n-1"))
	due(t, sender(t, parts(out, team, mail), courier.Options{}), out, 100)
	r := out.Row("n-1")
	if !r.Over || r.Failed || len(r.Deliveries) != 2 || !r.Deliveries[0].Refused || r.Deliveries[1].Refused {
		t.Errorf("got %+v", r)
	}
}

// TestASilentChannelHoldsNobodyElseUp: where nothing goes through one, it is asked once, and
// the others' letters go.
func TestASilentChannelHoldsNobodyElseUp(t *testing.T) {
	out, hook := &outboxtest.Memory{}, &wire{name: "webhook"}
	mail := &wire{name: "mail", answer: func(*courier.Letter) error { return unavailable("reach mail", courier.ErrSilent) }}
	out.Put(outboxtest.Notice("n-1"), outboxtest.Notice("n-2"))
	due(t, sender(t, parts(out, team, mail, hook), courier.Options{}), out, 100)
	if got := mail.roles(); !slices.Equal(got, []string{"owner"}) {
		t.Errorf("mail was asked for %v", got)
	}
	if got := hook.roles(); len(got) != 4 || out.Left() != 2 {
		t.Errorf("the webhook got %v, %d notices are left", got, out.Left())
	}
}

// torn is an outbox that cannot write down that a letter was taken.
type torn struct {
	*outboxtest.Memory
	broken bool
}

func (o *torn) Delivered(ctx context.Context, id evenkeel.NoticeID, d courier.Delivery) error {
	if o.broken {
		return errors.New("disk is full")
	}
	return o.Memory.Delivered(ctx, id, d)
}

func TestALetterThatCouldNotBeWrittenDownIsNotSentTwice(t *testing.T) {
	out, mail := &torn{&outboxtest.Memory{}, true}, &wire{name: "mail"}
	out.Put(outboxtest.Notice("n-1"))
	c := sender(t, parts(out, team, mail), courier.Options{})
	for range 3 {
		w, err := out.Pending(t.Context(), 100, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Deliver(t.Context(), w[0]); err == nil {
			t.Error("the outbox's error is lost")
		}
	}
	if got := mail.roles(); !slices.Equal(got, []string{"owner"}) {
		t.Errorf("while nothing could be written, letters went to %v", got)
	}
	out.broken = false
	due(t, c, out, 100)
	if got := mail.roles(); !slices.Equal(got, []string{"owner", "admin"}) || !out.Row("n-1").Over {
		t.Errorf("letters went to %v", got)
	}
}

// TestWhatWasTakenWhileWeWereToldToEndIsWrittenDown: the letter has left.
func TestWhatWasTakenWhileWeWereToldToEndIsWrittenDown(t *testing.T) {
	out, mail := &outboxtest.Memory{}, &wire{name: "mail"}
	ctx, cancel := context.WithCancel(t.Context())
	mail.answer = func(*courier.Letter) error { cancel(); return nil }
	out.Put(outboxtest.Notice("n-1"))
	w, err := out.Pending(t.Context(), 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	last := &taking{mail}
	if err := sender(t, parts(out, team[:1], last), courier.Options{}).Deliver(ctx, w[0]); err == nil {
		t.Error("a context that ended is no error")
	}
	if got := out.Row("n-1").Deliveries; len(got) != 1 || got[0].Refused {
		t.Errorf("got %+v", got)
	}
}

// taking is a channel that says that a letter was taken even where the context has ended.
type taking struct{ *wire }

func (c *taking) Send(ctx context.Context, l *courier.Letter) (string, error) {
	return c.wire.Send(context.WithoutCancel(ctx), l)
}

// TestALetterIsTriedForAWeek, less and less often, and then given up in words; one that was
// written long ago is tried eight times all the same.
func TestALetterIsTriedForAWeek(t *testing.T) {
	for _, age := range []time.Duration{0, 60 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			clock := func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }
			out := &outboxtest.Memory{}
			mail := &wire{name: "mail", answer: func(*courier.Letter) error { return unavailable("greylisted", nil) }}
			n := outboxtest.Notice("n-1")
			n.At = clock().Add(-age)
			out.Put(n)
			c, err := courier.New(parts(out, team[:1], mail), clock, courier.Options{})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			begin := time.Now()
			for out.Left() > 0 && time.Since(begin) < 30*24*time.Hour {
				time.Sleep(time.Minute)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			row, tried, took := out.Row("n-1"), len(mail.roles()), time.Since(begin)
			if !row.Failed || len(row.Deliveries) != 1 || !row.Deliveries[0].Refused || !strings.Contains(row.Deliveries[0].Says, "given up after") {
				t.Errorf("after %v: %+v", took, row)
			}
			if week := 7 * 24 * time.Hour; age == 0 && (took < week || took > week+time.Hour || tried < 300 || tried > 800) || age > 0 && (tried != 8 || took > 2*time.Hour) {
				t.Errorf("%v old, it was tried %d times in %v", age, tried, took)
			}
		})
	}
}

// TestNoticesOfACaseLeaveInTheirOrder, one after the other, while those of other cases go on.
func TestNoticesOfACaseLeaveInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &outboxtest.Memory{}
		var mu sync.Mutex
		var order []string
		under := map[evenkeel.CaseID]int{}
		slow := &slowly{func(l *courier.Letter, begins bool) {
			mu.Lock()
			defer mu.Unlock()
			if under[l.Notice.Case]++; !begins {
				under[l.Notice.Case] -= 2
			}
			if begins {
				order = append(order, string(l.Notice.ID))
			}
			if under[l.Notice.Case] > 1 {
				t.Errorf("two notices of %s are on their way", l.Notice.Case)
			}
		}}
		for i := range 9 {
			n := outboxtest.Notice(fmt.Sprintf("n-%d", i))
			n.Case = evenkeel.CaseID(fmt.Sprintf("c-%d", i%3))
			out.Put(n)
		}
		c := sender(t, parts(out, team[:1], slow), courier.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		for i := range 3 {
			mine := slices.DeleteFunc(slices.Clone(order), func(id string) bool { return (id[2]-'0')%3 != byte(i) })
			if !slices.IsSorted(mine) || len(mine) != 3 {
				t.Errorf("the order is %v", order)
			}
		}
	})
}

// slowly is a channel that takes ten seconds for each letter.
type slowly struct {
	sees func(l *courier.Letter, begins bool)
}

func (*slowly) Name() string { return "mail" }

func (s *slowly) Send(_ context.Context, l *courier.Letter) (string, error) {
	s.sees(l, true)
	time.Sleep(10 * time.Second)
	s.sees(l, false)
	return "250 taken", nil
}

func TestRecipients(t *testing.T) {
	for _, c := range []struct {
		says string
		of   contacts
		want []string
	}{
		{"each address once, whatever its letters are", contacts{{Role: "owner", Email: "O@acme.example"}, {Role: "admin", Email: " o@ACME.example "}}, []string{"owner"}},
		{"a role that two have is counted", contacts{{Role: "tech", Email: "a@x.example"}, {Role: "tech", Email: "b@x.example"}}, []string{"tech", "tech #2"}},
		{"a role that looks counted is none that is", contacts{{Role: "tech", Email: "a@x.example"}, {Role: "tech", Email: "b@x.example"}, {Role: "tech 2", Email: "c@x.example"}, {Role: "tech #2", Email: "d@x.example"}}, []string{"tech", "tech #2", "tech 2", "tech ＃2"}},
		{"a role is no address", contacts{{Role: "ops@x.example", Email: "a@x.example"}}, []string{"ops at x.example"}},
		{"a role that says nothing has a name", contacts{{Email: "a@x.example"}, {Role: "\n", Email: "b@x.example"}}, []string{"contact", "contact #2"}},
		{"eight at most, the first ones", slices.Repeat(contacts{{Role: "x"}}, 20), []string{"x", "x #2", "x #3", "x #4", "x #5", "x #6", "x #7", "x #8"}},
	} {
		if len(c.of) == 20 {
			for i := range c.of {
				c.of[i].Email = fmt.Sprintf("%d@x.example", i)
			}
		}
		out, mail := &outboxtest.Memory{}, &wire{name: "mail"}
		out.Put(outboxtest.Notice("n-1"))
		due(t, sender(t, parts(out, c.of, mail), courier.Options{}), out, 100)
		if got := mail.roles(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.says, got)
		}
	}
}

func TestLinksSayWhoMayDoWhatAndForHowLong(t *testing.T) {
	key, err := link.NewKey("k1", bytes.Repeat([]byte{7}, link.LeastKey))
	if err != nil {
		t.Fatal(err)
	}
	keys := link.Keys{key}
	doors, err := courier.NewDoors("https://abuse.example.com/", keys)
	if err != nil {
		t.Fatal(err)
	}
	day := evenkeel.Moment(24 * time.Hour)
	begin := evenkeel.MomentOf(time.Date(2026, 3, 4, 8, 47, 0, 0, time.UTC))
	for _, c := range []struct {
		says   string
		appeal evenkeel.Moment
		days   evenkeel.Moment
	}{{"until the last day of an appeal", 183 * day, 183}, {"for a month at least", 2 * day, 30}, {"for a month where there is no appeal", 0, 30}, {"for a year at most", 4000 * day, 366}} {
		out, mail := &outboxtest.Memory{}, &wire{name: "mail"}
		n := outboxtest.Notice("n-1")
		n.At = begin
		if c.appeal > 0 {
			n.Appeal = begin + c.appeal
		}
		out.Put(n)
		p := parts(out, team, mail)
		p.Doors = doors
		due(t, sender(t, p, courier.Options{}), out, never)
		for i, l := range mail.sent {
			for _, x := range []struct {
				url string
				p   link.Purpose
			}{{l.Links.Speak, link.Speak}, {l.Links.Show, link.Show}} {
				token, ok := strings.CutPrefix(x.url, "https://abuse.example.com/t/")
				got, err := keys.Open(token, begin.Time())
				want := link.Claim{Purpose: x.p, Case: "c-n-1", Tenant: "t", Contact: redact.Label(team[i].Role, p.Marks.Contact("c-n-1", team[i].Email)), Until: (begin + c.days*day).Time()}
				if !ok || err != nil || got != want || !strings.Contains(l.Message.Text, x.url) {
					t.Errorf("%s: %q opens %+v, %v; expected %+v", c.says, x.url, got, err, want)
				}
			}
		}
	}
	for _, base := range []string{"", "abuse.example.com", "http://abuse.example.com", "https://", "https://a:b@x.example", "https://x.example/?q", "ftp://x.example", "https://x.example/#f"} {
		if _, err := courier.NewDoors(base, keys); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("doors under %q: %v", base, err)
		}
	}
	if _, err := courier.NewDoors("http://127.0.0.1:7070", keys); err != nil {
		t.Error(err)
	}
	if _, err := courier.NewDoors("https://x.example", nil); err == nil {
		t.Error("doors without a key")
	}
}

func TestPartsThatDoNotMakeACourier(t *testing.T) {
	out, mail := &outboxtest.Memory{}, &wire{name: "mail"}
	for says, change := range map[string]func(*courier.Parts){
		"no outbox":                 func(p *courier.Parts) { p.Outbox = nil },
		"no contacts":               func(p *courier.Parts) { p.Contacts = nil },
		"no channel":                func(p *courier.Parts) { p.Channels = nil },
		"two channels of one name":  func(p *courier.Parts) { p.Channels = append(p.Channels, mail) },
		"a letterhead of nobody":    func(p *courier.Parts) { p.Head.Operator = "" },
		"letters without an answer": func(p *courier.Parts) { p.Head.ReplyTo = "" },
	} {
		p := parts(out, team, mail)
		change(&p)
		if _, err := courier.New(p, now, courier.Options{}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v", says, err)
		}
	}
}
