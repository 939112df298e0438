package courier_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/outboxtest"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

var hooked = contacts{team[0], {Role: "hook", Endpoint: "https://hooks.acme.example/e?key=geheim", Lang: "zh"}, {Role: "hook", Endpoint: "https://hooks.acme.example/e?key=geheim"}}

func toMachines(t *testing.T, out courier.Outbox, c contacts, channels ...courier.Channel) courier.Parts {
	t.Helper()
	k, err := link.NewKey("k1", bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	p := parts(out, c, channels...)
	p.Machines = true
	if p.Doors, err = courier.NewDoors("https://abuse.example.com", link.Keys{k}); err != nil {
		t.Fatal(err)
	}
	return p
}

// R27: what a machine gets has no link, not even where there are doors, and an endpoint gets no letter as a person.
func TestAMachineIsToldApartFromPeopleAndHoldsNoLink(t *testing.T) {
	people, machines, mail, hook := &outboxtest.Memory{}, &outboxtest.Memory{}, &wire{name: "mail"}, &wire{name: courier.Endpoint}
	people.Put(outboxtest.Notice("n-1"))
	machines.Put(outboxtest.Notice("n-1"))
	due(t, sender(t, parts(people, hooked, mail), courier.Options{}), people, 100)
	due(t, sender(t, toMachines(t, machines, hooked, hook), courier.Options{}), machines, 100)
	if got := mail.roles(); !slices.Equal(got, []string{"owner"}) {
		t.Errorf("letters went to %v", got)
	}
	if got := hook.roles(); !slices.Equal(got, []string{"hook"}) || !machines.Row("n-1").Over || machines.Row("n-1").Failed {
		t.Fatalf("%v were posted to; %+v", got, machines.Row("n-1"))
	}
	l := hook.sent[0]
	if l.Links != (courier.Links{}) || l.To.Email != "" || l.Message.Lang != "zh-Hans" {
		t.Errorf("the letter is %+v", l)
	}
	for _, text := range []string{l.Message.Text, l.Message.HTML} {
		if strings.Contains(text, "/t/") || strings.Contains(text, "href=") || strings.Contains(text, head.ReplyTo) || !strings.Contains(text, "供机器读取") {
			t.Errorf("a machine gets\n%s", text)
		}
	}
	if d := machines.Row("n-1").Deliveries[0]; d.Channel != courier.Endpoint || redact.Role(d.To) != "hook" || strings.Contains(d.To+d.Says, "acme") {
		t.Errorf("%+v is written down", d)
	}
}

// Property N: a tenant whose only contact is a machine has nobody who was told, whatever the machine took.
func TestATenantWhoseOnlyContactIsAMachineWasNotTold(t *testing.T) {
	var log bytes.Buffer
	out, mail := &outboxtest.Memory{}, &wire{name: "mail"}
	out.Put(outboxtest.Notice("n-1"))
	c := sender(t, parts(out, hooked[1:], mail), courier.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	took := courier.Delivery{Notice: "n-1", Channel: courier.Endpoint, To: "hook#3f2a9c0d11e2"}
	if err := out.Delivered(t.Context(), "n-1", took); err != nil {
		t.Fatal(err)
	}
	due(t, c, out, 100)
	if r := out.Row("n-1"); r.Over || r.Attempts != 1 || r.Why != "no contact is known who is a person: an endpoint is a machine" || len(mail.sent) != 0 {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(log.String(), "a tenant has no contact that could be told") {
		t.Errorf("the log says %s", log.String())
	}
	bounced := &wire{name: "mail", answer: func(*courier.Letter) error { return evenkeel.Invalid("550 no such user") }}
	out = &outboxtest.Memory{}
	out.Put(outboxtest.Notice("n-1"))
	if err := out.Delivered(t.Context(), "n-1", took); err != nil {
		t.Fatal(err)
	}
	due(t, sender(t, parts(out, hooked, bounced), courier.Options{}), out, 100)
	if r := out.Row("n-1"); !r.Over || !r.Failed {
		t.Errorf("%+v; a person was refused and a machine has it: nobody was told", r)
	}
}

// R24: an endpoint that is down gets it again, with pauses that grow, for a week; then it is given up, which calls
// nobody: people have theirs by mail. One that is down keeps nothing from another.
func TestAnEndpointThatIsDownIsTriedForAWeek(t *testing.T) {
	var log bytes.Buffer
	out, hook := &outboxtest.Memory{}, &wire{name: courier.Endpoint}
	both := append(slices.Clone(hooked), evenkeel.Contact{Role: "gate", Endpoint: "https://gate.acme.example/"})
	hook.answer = func(l *courier.Letter) error {
		if l.To.Role == "hook" {
			return unavailable("it answered 503", nil)
		}
		return nil
	}
	out.Put(outboxtest.Notice("n-1"))
	clock := evenkeel.Moment(100)
	c, err := courier.New(toMachines(t, out, both, hook), func() evenkeel.Moment { return clock }, courier.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	var pauses []time.Duration
	for !out.Row("n-1").Over && len(pauses) < 10000 {
		due(t, c, out, never)
		next := out.Row("n-1").Next
		pauses = append(pauses, next.Sub(clock))
		clock = max(clock, next)
	}
	r := out.Row("n-1")
	if !r.Over || r.Failed || len(hook.sent) != len(pauses)+1 || clock.Sub(100) < 7*24*time.Hour {
		t.Errorf("over %v, failed %v, posted %d times in %d rounds and %v", r.Over, r.Failed, len(hook.sent), len(pauses), clock.Sub(100))
	}
	if pauses[0] < 15*time.Second || pauses[0] > 30*time.Second || slices.Max(pauses) > 30*time.Minute || slices.Max(pauses) < 15*time.Minute {
		t.Errorf("the first pause is %v, the longest %v", pauses[0], slices.Max(pauses))
	}
	at := slices.IndexFunc(r.Deliveries, func(d courier.Delivery) bool { return redact.Role(d.To) == "hook" })
	if at < 0 || !r.Deliveries[at].Refused || !strings.Contains(r.Deliveries[at].Says, "given up after 7 days") {
		t.Errorf("%+v", r.Deliveries)
	}
	if log.Len() != 0 {
		t.Errorf("an endpoint that is down is not ours to mend, and the log says %s", log.String())
	}
}

// A notice of a tenant without an endpoint waits for none.
func TestWhereThereIsNoMachineNothingWaitsForOne(t *testing.T) {
	out, hook := &outboxtest.Memory{}, &wire{name: courier.Endpoint}
	out.Put(outboxtest.Notice("n-1"))
	due(t, sender(t, toMachines(t, out, team, hook), courier.Options{}), out, 100)
	if r := out.Row("n-1"); !r.Over || r.Failed || r.Attempts != 0 || len(hook.sent) != 0 {
		t.Errorf("%+v", r)
	}
}
