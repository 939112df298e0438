package courier_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/outboxtest"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// addressed are those whom a channel was given letters for.
func (w *wire) addressed() (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.sent {
		all = append(all, l.To.Email)
	}
	return all
}

// TestWhoTakesThePlaceOfAnotherIsWrittenTo: a recipient is settled by who it is, and not by the role.
func TestWhoTakesThePlaceOfAnotherIsWrittenTo(t *testing.T) {
	const late = "late@acme.example" // is not reached at first, so that the notice stays open
	for _, c := range []struct {
		says          string
		before, after contacts
		want          []string // of those after, but for late
	}{
		{"a new owner in the place of the old one", contacts{{Role: "owner", Email: "a@acme.example"}}, contacts{{Role: "owner", Email: "b@acme.example"}}, []string{"b@acme.example"}},
		{"the same one in another role", contacts{{Role: "owner", Email: "a@acme.example"}}, contacts{{Role: "tech", Email: "A@acme.example"}}, nil},
		{
			"one who stands before another of the role now", contacts{{Role: "owner", Email: "b@acme.example"}},
			contacts{{Role: "owner", Email: "a@acme.example"}, {Role: "owner", Email: "b@acme.example"}}, []string{"a@acme.example"},
		},
	} {
		out, people := &outboxtest.Memory{}, &changing{all: append(slices.Clone(c.before), evenkeel.Contact{Role: "late", Email: late})}
		mail := &wire{name: "mail", answer: func(l *courier.Letter) error {
			if l.To.Email == late {
				return unavailable("its mailbox is full", nil)
			}
			return nil
		}}
		out.Put(outboxtest.Notice("n-1"))
		p := parts(out, nil, mail)
		p.Contacts = people
		due(t, sender(t, p, courier.Options{}), out, 100)
		people.all = append(slices.Clone(c.after), evenkeel.Contact{Role: "late", Email: late})
		mail.sent = nil
		due(t, sender(t, p, courier.Options{}), out, never) // another life of the process
		if got := slices.DeleteFunc(mail.addressed(), func(a string) bool { return a == late }); !slices.Equal(got, c.want) {
			t.Errorf("%s: letters went to %q; expected %q", c.says, got, c.want)
		}
		for _, d := range out.Row("n-1").Deliveries {
			if strings.Contains(d.To, "@") || redact.MarkOf(d.To) == "" || redact.Role(d.To) == "" {
				t.Errorf("%s: a delivery to %q is kept", c.says, d.To)
			}
		}
	}
}

// TestWhatWasSettledByRoleAloneStaysSo: deliveries of an earlier form have no mark.
func TestWhatWasSettledByRoleAloneStaysSo(t *testing.T) {
	out, mail := &outboxtest.Memory{}, &wire{name: "mail"}
	out.Put(outboxtest.Notice("n-1"))
	if err := out.Delivered(t.Context(), "n-1", courier.Delivery{Notice: "n-1", Channel: "mail", To: "owner"}); err != nil {
		t.Fatal(err)
	}
	due(t, sender(t, parts(out, team, mail), courier.Options{}), out, 100)
	if got := mail.roles(); !slices.Equal(got, []string{"admin"}) {
		t.Errorf("letters went to %v", got)
	}
}

// TestEveryTroubleInTheLogSaysWhatToDoNext, whatever the other side's error says of it.
func TestEveryTroubleInTheLogSaysWhatToDoNext(t *testing.T) {
	shut := unavailable("it answered 403", courier.ErrShut)
	for says, c := range map[string]struct {
		out    func(*outboxtest.Memory) courier.Outbox
		people contacts
		answer error
	}{
		"no contact":                {people: contacts{}},
		"silence":                   {people: team, answer: unavailable("reach", courier.ErrSilent)},
		"turned away":               {people: team, answer: shut},
		"put off":                   {people: team, answer: unavailable("greylisted", nil)},
		"refused":                   {people: team, answer: evenkeel.Invalid("no such user")},
		"the outbox is locked":      {people: team, out: func(m *outboxtest.Memory) courier.Outbox { return &strict{m, false, unavailable("locked", nil)} }},
		"the outbox takes it never": {people: team, out: func(m *outboxtest.Memory) courier.Outbox { return &strict{m, false, evenkeel.Invalid("no")} }},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			kept := &outboxtest.Memory{}
			var out courier.Outbox = kept
			if c.out != nil {
				out = c.out(kept)
			}
			mail := &wire{name: "mail", answer: func(*courier.Letter) error { return c.answer }}
			kept.Put(fresh("bad-1", "c-1"))
			stop := running(t, parts(out, c.people, mail), courier.Options{Poll: time.Hour, Log: slog.New(slog.NewTextHandler(&log, nil))})
			time.Sleep(9 * 24 * time.Hour)
			stop()
			troubles := 0
			for line := range strings.Lines(log.String()) {
				if !strings.Contains(line, "level=INFO") {
					troubles++
					if !strings.Contains(line, " hint=") || strings.Contains(line, ` hint=""`) {
						t.Errorf("%s: no hint in %s", says, line)
					}
				}
			}
			if troubles == 0 {
				t.Errorf("%s: nothing is logged", says)
			}
		})
	}
}

func TestSilentSaysOnWhichChannelTheLastLetterWasLost(t *testing.T) {
	out, hook := &outboxtest.Memory{}, &wire{name: "webhook"}
	mail := &wire{name: "mail", answer: func(*courier.Letter) error { return unavailable("it answered 410", courier.ErrShut) }}
	out.Put(outboxtest.Notice("n-1"))
	c := sender(t, parts(out, team, mail, hook), courier.Options{})
	if s := c.Silent(); len(s) != 2 || s["mail"] || s["webhook"] {
		t.Errorf("before anything was sent: %v", s)
	}
	due(t, c, out, 100)
	if s := c.Silent(); !s["mail"] || s["webhook"] {
		t.Errorf("while mail is turned away: %v", s)
	}
	mail.answer = nil
	due(t, c, out, never)
	if s := c.Silent(); s["mail"] {
		t.Errorf("when mail goes through again: %v", s)
	}
}
