package judge_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// F12, issue 3: new information never lowers the place in the queue. Of two who wait for a person the first has time
// left to answer, and answers: it is first still.
func TestAnAnswerKeepsItsPlace(t *testing.T) {
	const day, short = "tenant_answer: 24h, our_answer: 60m", "tenant_answer: 2h, our_answer: 60m"
	text := string(defaultText(t))
	if !strings.Contains(text, day) {
		t.Fatalf("the policy has no %q", day)
	}
	p, err := policy.Parse("policy.yaml", []byte(strings.Replace(text, day, short, 1)))
	must(t, err)
	b := newBooks()
	d, err := judge.New(judge.Parts{Books: b, Policy: p, Means: paper})
	must(t, err)
	order := func() (out string) {
		rows, err := b.Cases(ctx, docket.Query{ByPlace: true})
		must(t, err)
		for i := range rows {
			if rows[i].Case.Waiting == 0 {
				t.Errorf("%s does not wait", rows[i].Case.Tenant)
			}
			out += string(rows[i].Case.Tenant) + " "
		}
		return out
	}
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("known-1", "known", minute, evenkeel.Provisional, usage))
	play(t, d, act(docket.ActMessage, "trial", 70*minute), act(docket.ActMessage, "known", 85*minute), 117*minute)
	if first := order(); first != "trial known " {
		t.Fatalf("in order they are %s; expected whom our clock is due for first", first)
	}
	play(t, d, act(docket.ActAnswer, "trial", 118*minute))
	if after := order(); after != "trial known " {
		t.Errorf("after the first has answered they are %s", after)
	}
}
