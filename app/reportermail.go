package app

import (
	"context"
	"html"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// How many receipts leave. Whoever forges a sender has us write to somebody else, so where nothing
// shows who sent a report one a day is enough. What is beyond is left out: a receipt is a courtesy.
const (
	thanksToProven = 10 // an hour
	thanksToClaims = 1  // a day
	thanksToAll    = 200
	mostThanked    = 10_000 // addresses that are remembered; when there are more, none is thanked
)

// reporterMail writes to those who reported. Nothing of a tenant is in it.
type reporterMail struct {
	by               page.Mailer
	operator, domain string

	mu     sync.Mutex
	sent   map[string][]evenkeel.Moment // to an address, the newest last
	all    int                          // receipts of this hour
	hour   evenkeel.Moment
	pruned evenkeel.Moment
}

// may says whether a reporter is thanked now, and counts it.
func (m *reporterMail) may(x *docket.Reported, now evenkeel.Moment) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.hour) >= time.Hour || m.sent == nil {
		m.hour, m.all = now, 0
	}
	if now.Sub(m.pruned) >= 24*time.Hour || m.sent == nil {
		m.sent, m.pruned = map[string][]evenkeel.Moment{}, now
	}
	most, within := thanksToClaims, 24*time.Hour
	if !strings.HasPrefix(x.Reporter, "claimed ") {
		most, within = thanksToProven, time.Hour
	}
	before := m.sent[x.Contact]
	for len(before) > 0 && now.Sub(before[0]) >= within {
		before = before[1:]
	}
	if len(before) >= most || m.all >= thanksToAll || len(m.sent) >= mostThanked && before == nil {
		return false
	}
	m.sent[x.Contact], m.all = append(before, now), m.all+1
	return true
}

// untold takes back what may counted: the mail did not leave.
func (m *reporterMail) untold(x *docket.Reported) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if before := m.sent[x.Contact]; len(before) > 0 {
		m.sent[x.Contact], m.all = before[:len(before)-1], m.all-1
	}
}

// reporterLetter is what a mail says.
type reporterLetter struct{ subject, text string }

func thanks(operator string, x *docket.Reported) reporterLetter {
	return reporterLetter{
		"Your report was received: " + x.Receipt,
		"Thank you. Your report was received by " + operator + ".\n\n" +
			"Receipt: " + x.Receipt + "\nReceived: " + x.Came.String() + "\n\n" +
			"It is looked at whether what you name is with us. Where it is, its holder is told what was reported, and not by whom; and you " +
			"are told what came of it. There is no need to send it again.\n",
	}
}

func outcome(operator string, x *docket.Reported, o evenkeel.Outcome) reporterLetter {
	says := "It could not be found out whether it was so."
	switch o {
	case evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim:
		says = "It was as you reported, and was dealt with."
	case evenkeel.OutcomePolicyMismatch, evenkeel.OutcomeCovered:
		says = "What you saw is so, and is allowed here."
	case evenkeel.OutcomeFalsePositive:
		says = "A person looked at it: it was not what it looked like."
	}
	return reporterLetter{
		"What came of your report: " + x.Receipt,
		"Your report to " + operator + " was looked at, and the matter is closed.\n\n" +
			"Receipt: " + x.Receipt + "\nReported: " + x.Class + ", " + string(x.Asset) + ", " + x.At.String() + "\n\n" + says + "\n\n" +
			"Should you see it again, please report it anew.\n",
	}
}

// send sends a mail, as an answer of a machine (RFC 3834), which no other machine answers. of names
// it: the same mail twice has the same Message-ID.
func (m *reporterMail) send(ctx context.Context, x *docket.Reported, of string, l reporterLetter) error {
	id := strings.ReplaceAll(of, " ", "-") + "@" + m.domain
	head := []courier.Field{
		{Name: "Message-ID", Value: "<" + id + ">"},
		{Name: "Auto-Submitted", Value: "auto-replied"},
		{Name: "Content-Language", Value: "en"},
	}
	if t := x.Thread; t != "" && !strings.ContainsAny(t, "<> \t\r\n") && strings.Contains(t, "@") && ascii(t) {
		head = append(head, courier.Field{Name: "In-Reply-To", Value: "<" + t + ">"}, courier.Field{Name: "References", Value: "<" + t + ">"})
	}
	_, err := m.by.Send(ctx, &courier.Letter{
		To: courier.Recipient{Role: "reporter", Email: x.Contact},
		Message: courier.Message{
			ID: id, Lang: "en", Subject: l.subject, Text: l.text, Header: head,
			HTML: "<!doctype html><html lang=\"en\"><body><p>" + strings.ReplaceAll(html.EscapeString(strings.TrimSpace(l.text)), "\n", "<br>\n") + "</p></body></html>\n",
		},
	})
	return err
}

// finally says whether a mail will never be taken.
func finally(err error) bool { return evenkeel.KindOf(err) != evenkeel.KindUnavailable }

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
