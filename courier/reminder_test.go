package courier

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// R24: a reminder goes to all contacts that there are, those first who were not written to before.
func TestAReminderGoesToThoseFirstWhoHeardNothing(t *testing.T) {
	var all []evenkeel.Contact
	for i := range MostRecipients + 2 {
		all = append(all, evenkeel.Contact{Role: fmt.Sprint("r", i), Email: fmt.Sprintf("r%d@example.net", i)})
	}
	roles := func(to []Recipient) string {
		var out []string
		for _, r := range to {
			out = append(out, r.Role)
		}
		return strings.Join(out, " ")
	}
	if got, want := roles(recipients(plain(all))), "r0 r1 r2 r3 r4 r5 r6 r7"; got != want {
		t.Errorf("first %s are written to; expected %s", got, want)
	}
	if got, want := roles(everybody(plain(all))), "r8 r9 r0 r1 r2 r3 r4 r5 r6 r7"; got != want {
		t.Errorf("then %s are; expected %s", got, want)
	}
	if got := roles(everybody(plain(all[:2]))); got != "r0 r1" {
		t.Errorf("of two, %s are reminded; expected both", got)
	}
}

func TestAReminderSaysThatItIsOne(t *testing.T) {
	at := evenkeel.MomentOf(time.Date(2026, 3, 4, 8, 0, 0, 0, time.UTC))
	n := evenkeel.Notice{
		ID: evenkeel.NewReminderID("d-1", evenkeel.InForce), Case: "c-1", Decision: "d-1", Tenant: "raisup", Family: "mining", At: at, State: evenkeel.InForce,
		Measure: evenkeel.MeasureNotify, Assets: []evenkeel.AssetID{"vm-1"}, From: at, Until: at.Add(24 * time.Hour), Clause: "Terms.", Policy: "p", Automatic: true,
		Seen: []evenkeel.Term{{Name: "pinned", Says: "The CPU was busy."}}, Keeps: []string{"everything"}, AnswerBy: at.Add(time.Hour), PersonBy: at.Add(time.Hour), Appeal: at.Add(time.Hour),
	}
	for lang, words := range map[string][2]string{"en": {"Reminder: ", "nobody has answered"}, "zh": {"提醒：", "尚未收到答复"}} {
		head := Letterhead{Operator: "Example Cloud", Domain: "example.net", ReplyTo: "abuse@example.net"}
		again, before := n, n
		again.Reminder = true
		before.ID = evenkeel.NewNoticeID("d-1", evenkeel.InForce)
		for _, c := range []struct {
			n    *evenkeel.Notice
			says bool
		}{{&again, true}, {&before, false}} {
			m, err := Render(c.n, Recipient{Role: "owner", Email: "a@example.net", Lang: lang}, Links{}, head)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{m.Text, m.HTML} {
				if strings.Contains(text, words[1]) != c.says || strings.HasPrefix(m.Subject, words[0]) != c.says {
					t.Errorf("%s: %q\n%s\nexpected that it says that it reminds: %t", lang, m.Subject, text, c.says)
				}
			}
		}
	}
}
