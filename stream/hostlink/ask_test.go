package hostlink

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// answering is an agent that answers questions, and is here.
func answering(t *testing.T, c *control, host string, answer func(context.Context, []byte) []byte) {
	t.Helper()
	startAgent(t, AgentOptions{Dir: c.enrolled(host), Answer: answer}, obeyed)
	c.until(host+" is here", func() bool { return c.presence.isHere(host, time.Now()) })
}

func TestAHostAnswersWhatItIsAsked(t *testing.T) {
	c := startControl(t, Options{})
	answering(t, c, "host-1", func(_ context.Context, q []byte) []byte {
		if string(q) == "long" {
			return make([]byte, MaxAnswer+1)
		}
		return append([]byte("host-1: "), q...)
	})
	answering(t, c, "host-2", nil)
	for _, q := range []string{"", "a question", strings.Repeat("x", MaxQuestion)} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		a, err := c.Ask(ctx, "host-1", []byte(q))
		cancel()
		if err != nil || string(a) != "host-1: "+q {
			t.Errorf("%.20q: %.20q, %v", q, a, err)
		}
	}
	for name, x := range map[string]struct{ host, q, want string }{
		"an answer that is too long":  {"host-1", "long", "did not answer in time"},
		"one that answers none":       {"host-2", "a question", "did not answer in time"},
		"one that is away":            {"host-3", "a question", "it is not here"},
		"a question that is too long": {"host-1", strings.Repeat("x", MaxQuestion+1), "expected at most"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err := c.Ask(ctx, x.host, []byte(x.q))
		cancel()
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(c.asking.waits); n != 0 {
		t.Errorf("%d questions are waited for that nobody asks any more", n)
	}
}

// What another host says is no answer, though it knew what to answer to.
func TestNobodyAnswersForAnotherHost(t *testing.T) {
	c := &Control{registry: &registry{byID: map[string]int{"host-1": 0, "host-2": 1}}, asking: asking{waits: map[askID]question{}}}
	c.registry.now.Hosts = []Host{{ID: "host-1"}, {ID: "host-2"}}
	q := question{"host-1", make(chan []byte, 1)}
	c.asking.waits[askID{7}] = q
	for _, m := range []*nats.Msg{
		{Subject: subject("host-2", kindAnswers), Data: append(bytes.Clone(new(askID{7})[:]), "no"...)},
		{Subject: subject("host-1", kindAnswers), Data: append(bytes.Clone(new(askID{8})[:]), "no"...)},
		{Subject: subject("host-1", kindAnswers), Data: []byte{7}},
		{Subject: "nonsense", Data: append(bytes.Clone(new(askID{7})[:]), "no"...)},
	} {
		if c.answered(m); len(q.answer) != 0 {
			t.Fatalf("%s was taken: %q", m.Subject, m.Data)
		}
	}
	m := &nats.Msg{Subject: subject("host-1", kindAnswers), Data: append(bytes.Clone(new(askID{7})[:]), "yes"...)}
	c.answered(m)
	c.answered(m) // and once
	if got := string(<-q.answer); got != "yes" || len(q.answer) != 0 {
		t.Errorf("%q", got)
	}
}
