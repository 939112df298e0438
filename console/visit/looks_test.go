package visit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// looked are looks at a case, from seq on, by turns of two people, one each minute.
func looked(c evenkeel.CaseID, seq int64, n int) (out []evenkeel.Entry) {
	for i := range n {
		who := []evenkeel.PersonID{"ada.lovelace", "ben.franklin"}[i%2]
		out = append(out, evenkeel.Entry{
			Case: c, Seq: seq + int64(i), At: at(21 + i), Kind: evenkeel.EntryLooked, Actor: evenkeel.Actor{Person: who}, Says: string(who) + " looked at the case.",
		})
	}
	return out
}

// P: every look by staff can be shown to the tenant: when, how often and by how many, the newest first, a
// page at a time, in both languages; who it was stands nowhere, and neither do looks at a neighbour's case.
func TestATenantSeesWhoLookedAtItsCaseAndWhen(t *testing.T) {
	h := open(t)
	c, path := opened(t, h, link.Show)
	h.now = at(120)
	if body := h.get(path).Body.String(); !strings.Contains(body, "Nobody who works for us has looked at this case yet.") {
		t.Error("the page does not say that nobody looked")
	}
	other := aCase("neighbour", "mining")
	h.put(docket.Changes{Tenant: "neighbour", Entries: looked(other.ID, 1, 3)})
	h.put(docket.Changes{Tenant: "raisup", Entries: looked(c.ID, 8, 1)})
	if body := h.get(path).Body.String(); !strings.Contains(body, "1 person who works for us looked at this case, 1 time in all") {
		t.Error("the page does not say that one person looked")
	}
	h.put(docket.Changes{Tenant: "raisup", Entries: looked(c.ID, 9, 22)})
	for _, x := range []struct {
		query string
		says  []string
		from  int // the minutes of the looks on the page, the newest first
		until int
	}{
		{"?lang=en", []string{`<h2 id="looks">Who looked at this case, and when</h2>`, "2 people who work for us looked at this case, 23 times in all", "Show 3 earlier ones"}, 42, 23},
		{"?lang=en&looked=20", []string{"23 times in all", "Show the newer ones"}, 22, 21},
		{"?lang=zh", []string{"何人何时查看过此案", "2 名我们的工作人员查看过此案，共 23 次"}, 42, 23},
	} {
		body := h.get(path + x.query).Body.String()
		_, body, _ = strings.Cut(body, `<section aria-labelledby="looks">`)
		body, _, _ = strings.Cut(body, "</section>")
		for _, want := range x.says {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page does not say %q:\n%s", x.query, want, body)
			}
		}
		last := -1
		for m := x.from; m >= x.until; m-- {
			place := strings.Index(body[last+1:], fmt.Sprintf(`<li><time datetime="%s">`, at(m).Time().Format("2006-01-02T15:04:05Z")))
			if place < 0 {
				t.Fatalf("%s: the look at minute %d is not there, or not in its place:\n%s", x.query, m, body)
			}
			last += place + 1
		}
		for _, secret := range []string{"lovelace", "franklin"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s: %q stands on the page", x.query, secret)
			}
		}
	}
}
