package app

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/instrument/xarf"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// report is what somebody is sent who was attacked, and its report_id.
func (h *herald) report(x *docket.Attacked, c evenkeel.CaseID, m *Measured) (doc []byte, id string, err error) {
	a := xarf.Attack{
		Key: string(c), Kind: x.Kind, SourcePort: int(x.SourcePort), Victim: x.Victim, VictimPort: int(x.VictimPort), Protocol: x.Protocol,
		At: h.now().Time(), First: m.From.Time(), Last: m.Until.Time(), Reporter: h.who.Reporter,
		Says:     "Somebody whom we know reported to us that your address was attacked from this machine in our network. What is attached was measured at the port of that machine; at whom it was aimed was reported and not measured.",
		Evidence: []xarf.Evidence{{About: "what was measured at the port of the machine, in UTC", Text: m.Text}},
	}
	if a.Source, err = netip.ParseAddr(string(x.Asset)); err != nil {
		return nil, "", err
	}
	if doc, err = a.Write(); err != nil {
		return nil, "", err
	}
	var named struct {
		ID string `json:"report_id"`
	}
	return doc, named.ID, json.Unmarshal(doc, &named)
}

// attackWords are the kinds of attack as people read them.
var attackWords = map[string]string{"ddos": "a flood", "login_attack": "attempts to sign in", "port_scan": "a port scan"}

// letter is the mail: what happened in words, and the same for a machine. Nothing of the tenant is in
// it. The same report has the same Message-ID, however often it is sent.
func (h *herald) letter(x *docket.Attacked, id, to string, report []byte, m *Measured) *courier.Letter {
	from, at := string(x.Asset), x.Victim.String()
	if x.SourcePort != 0 {
		from += fmt.Sprintf(" (port %d)", x.SourcePort)
	}
	if x.VictimPort != 0 {
		at += fmt.Sprintf(" (port %d)", x.VictimPort)
	}
	stamp := func(t evenkeel.Moment) string { return t.Time().UTC().Format(time.RFC3339) }
	text := "You are written to since you answer for the network of an address that was attacked from ours.\n\n" +
		"What: " + attackWords[x.Kind] + ", by " + x.Protocol + "\nFrom: " + from + "\nAt: " + at +
		"\nMeasured: " + stamp(m.From) + " to " + stamp(m.Until) + "\nReport: " + id + "\n\n" +
		"What was measured at the port of the machine in our network:\n\n" + wholeLines(m.Text+"\n", 4<<10) + "\n" +
		"The same is attached as a report in XARF v4 (xarf.json). It was dealt with here; there is nothing that you have to do. " +
		"Answers are read by people.\n\n" + h.who.Org + "\n"
	mid := "attacked-" + id + "@" + h.who.domain
	return &courier.Letter{
		To: courier.Recipient{Role: "attacked", Email: to},
		Message: courier.Message{
			ID: mid, Lang: "en", Subject: "Report: " + attackWords[x.Kind] + " from " + string(x.Asset) + " at " + x.Victim.String(), Text: text,
			Header: []courier.Field{
				{Name: "Message-ID", Value: "<" + mid + ">"}, {Name: "Auto-Submitted", Value: "auto-generated"}, {Name: "Content-Language", Value: "en"},
			},
			Attached: []courier.Attachment{{Name: "xarf.json", Type: "application/json", Body: report}},
		},
	}
}
