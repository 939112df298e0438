package xarf

import (
	"bytes"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"
)

func attack(change func(*Attack)) *Attack {
	first := time.Date(2016, 1, 28, 3, 0, 0, 0, time.UTC)
	a := &Attack{
		Key: "c-1", Kind: "ddos", Source: netip.MustParseAddr("203.0.113.9"), SourcePort: 40123, Victim: netip.MustParseAddr("198.51.100.7"), VictimPort: 80,
		Protocol: "tcp", At: first.Add(time.Hour), First: first, Last: first.Add(20 * time.Minute),
		Reporter: Reporter{Org: "Example Cloud", Contact: "abuse@example.com", Domain: "example.com"},
		Says:     "A machine of a customer of ours sent a flood at your address, after somebody had got into it.",
		Evidence: []Evidence{{About: "what was measured at our port", Text: "41,000 connections a second were opened, and none was finished."}},
	}
	if change != nil {
		change(a)
	}
	return a
}

// Row R17: those who were attacked can be told.
func TestTheSameAttackIsTheSameReport(t *testing.T) {
	one, err := attack(nil).Write()
	if err != nil {
		t.Fatal(err)
	}
	two, _ := attack(nil).Write()
	if !bytes.Equal(one, two) || !bytes.HasSuffix(one, []byte("}\n")) {
		t.Errorf("written twice it is\n%s\nand\n%s", one, two)
	}
	id := regexp.MustCompile(`"report_id": "([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"`)
	ids := map[string]bool{}
	for _, change := range []func(*Attack){
		nil, func(a *Attack) { a.Key = "c-2" }, func(a *Attack) { a.Kind = "port_scan" }, func(a *Attack) { a.Victim = netip.MustParseAddr("2001:db8::1") },
		func(a *Attack) { a.First = a.First.Add(-time.Hour) },
	} {
		text, err := attack(change).Write()
		if err != nil {
			t.Fatal(err)
		}
		m := id.FindSubmatch(text)
		if m == nil || ids[string(m[1])] {
			t.Fatalf("the id of\n%s\nis none, or another's", text)
		}
		ids[string(m[1])] = true
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Attack)
		says   string
	}{
		{"no key", func(a *Attack) { a.Key = "" }, "no key"},
		{"a kind of another category", func(a *Attack) { a.Kind = "spam" }, "one of ddos"},
		{"a protocol that is none", func(a *Attack) { a.Protocol = "http" }, "one of tcp"},
		{"no address", func(a *Attack) { a.Victim = netip.Addr{} }, "two addresses"},
		{"an address with a zone", func(a *Attack) { a.Source = netip.MustParseAddr("fe80::1%eth0") }, "two addresses"},
		{"itself", func(a *Attack) { a.Victim = a.Source }, "whom it attacked"},
		{"a port that is none", func(a *Attack) { a.VictimPort = 70000 }, "1 to 65535"},
		{"no port that it came from", func(a *Attack) { a.SourcePort = 0 }, "port that it came from"},
		{"written before it was seen", func(a *Attack) { a.At = a.First.Add(-1) }, "in their order"},
		{"over before it began", func(a *Attack) { a.Last = a.First.Add(-1) }, "in their order"},
		{"nobody who writes", func(a *Attack) { a.Reporter.Org = "" }, "reporter"},
		{"a contact that is none", func(a *Attack) { a.Reporter.Contact = "us" }, "e-mail address"},
		{"a contact that is two", func(a *Attack) { a.Reporter.Contact = "a@b.example, c@d.example" }, "e-mail address"},
		{"too much", func(a *Attack) { a.Says = strings.Repeat("x", MaxSays+1) }, "at most 1000"},
		{"too much evidence", func(a *Attack) { a.Evidence[0].Text = strings.Repeat("x", MaxEvidence+1) }, "pieces of evidence"},
	} {
		if text, err := attack(c.change).Write(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v\n%s", c.name, err, text)
		}
	}
	if _, err := attack(func(a *Attack) { a.Protocol, a.SourcePort, a.VictimPort, a.Last = "icmp", 0, 0, time.Time{} }).Write(); err != nil {
		t.Errorf("icmp has no ports: %v", err)
	}
}
