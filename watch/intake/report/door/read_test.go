package door

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

const (
	head  = "From: Ada <ada@%s>\nDate: Sun, 11 Jan 2026 10:00:00 +0100\nMessage-Id: <m-1@x.example>\nSubject: %s\n"
	xarf0 = "---\nReported-From: desk@watchers.example\nCategory: abuse\nReport-Type: login-attack\nDate: 'Sun, 11 Jan 2026 09:00:00 +0100'\nSource-Type: ip-address\nSource: 192.0.2.9\nPort: 22\nReport-ID: r-1\n"
	loop  = "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n\n"
)

func mail(domain, subject, rest string) string { return fmt.Sprintf(head, domain, subject) + rest }

// mixed is a mail with a text and one attachment.
func mixed(domain, subject, text, kind, name, body string) string {
	return mail(domain, subject, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"+text+"\n--b\nContent-Type: "+kind+"; name=\""+name+"\"\n"+
		"Content-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString([]byte(body))+"\n--b--\n")
}

func zipped(name, text string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err != nil || z.Close() != nil {
		panic("zip in memory")
	}
	return b.String()
}

const document = `{"xarf_version":"4.2.0","report_id":"dbf79f17-f4f4-4c22-ae58-19991f52a1e8","timestamp":"2026-01-11T09:00:00Z",
	"reporter":{"org":"Watchers","contact":"desk@watchers.example","domain":"watchers.example"},
	"sender":{"org":"Watchers","contact":"desk@watchers.example","domain":"watchers.example"},
	"source_identifier":"192.0.2.9","category":"infrastructure","type":"botnet","compromise_evidence":"it calls home"}`

// mails are one of each form, and what has to be read from it: format, class, asset and time of
// each report.
var mails = []struct{ name, mail, want string }{
	{"a feedback report", mail("loop.example", "FW: offer", loop+"Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\nSource-IP: 192.0.2.9\nSource-Port: 7\nIncidents: 12\nArrival-Date: Sun, 11 Jan 2026 09:00:00 +0100\n--b--\n"),
		"arf messaging/spam 192.0.2.9 2026-01-11T08:00:00Z"},
	{"a feedback type that nobody knows", mail("loop.example", "x", loop+"Feedback-Type: mischief\nVersion: 1\nSource-IP: 192.0.2.9\n--b--\n"),
		"arf other/other 192.0.2.9 2026-01-11T09:00:00Z"},
	{"a report that a message is no spam after all (RFC 6430)", mail("second-loop.example", "x", loop+"Feedback-Type: not-spam\nSource-IP: 192.0.2.9\n--b--\n"),
		"arf other/other 192.0.2.9 2026-01-11T09:00:00Z"},
	{"a feedback report without an address, which the mail inside has",
		mail("loop.example", "x", loop+"Feedback-Type: abuse\nVersion: 1\n--b\nContent-Type: message/rfc822\n\nReceived: from mx.example (mx.example [192.0.2.9])\n by us; x\n\nbuy\n--b--\n"),
		"arf messaging/spam 192.0.2.9 2026-01-11T09:00:00Z"},
	{"XARF v4, attached", mixed("watchers.example", "report", "See the document.", "application/json", "xarf.json", document),
		"xarf4 infrastructure/botnet 192.0.2.9 2026-01-11T09:00:00Z"},
	{"X-ARF 0.x", mixed("watchers.example", "abuse", "It attacked us.", "text/plain", "report.txt", xarf0),
		"xarf0 connection/login_attack 192.0.2.9 2026-01-11T08:00:00Z"},
	{"a notice of copyright", mail("ip-echelon.com", "Notice of Claimed Infringement", "\n<?xml version=\"1.0\"?>\n<Infringement xmlns=\"http://www.acns.net/ACNS\"><Case><ID>7</ID></Case><Source><TimeStamp>2026-01-11T08:00:00Z</TimeStamp><IP_Address>192.0.2.9</IP_Address><Port>6881</Port><Type>BitTorrent</Type></Source></Infringement>\n"),
		"form copyright/p2p 192.0.2.9 2026-01-11T08:00:00Z"},
	{"a sheet in an archive", mixed("shadowserver.org", "Open", "See the sheet.", "application/zip", "scan_ntp.csv.zip",
		zipped("scan_ntp.csv", "\"timestamp\",\"ip\",\"port\"\n\"2026-01-11 08:00:00\",\"192.0.2.9\",123\n\"2026-01-11 08:05:00\",\"2001:db8::9\",123\n\"broken\n")),
		"form vulnerability/open_service 192.0.2.9 2026-01-11T08:00:00Z, form vulnerability/open_service 2001:db8::9 2026-01-11T08:05:00Z"},
	{"a list of pages", mail("google.com", "Safe Browsing Report", "\n<notification_message date=\"2026-01-11\"><list><url_info url=\"http://shop.example/x\" ip=\"192.0.2.9\" /></list></notification_message>\n"),
		"form content/malware 192.0.2.9 2026-01-11T00:00:00Z"},
	{"lists under headings", mail("projecthoneypot.org", "Monitor Report", "\nIPs Engaged In Harvesting On Your Network:\n\n192.0.2.9 (H)\n  - Sun, 11 Jan 2026 01:00AM PST\n\nOther Potentially Suspicious IPs On Your Network:\n\n192.0.2.8\n"),
		"form connection/scraping 192.0.2.9 2026-01-11T09:00:00Z"},
	{"a table that is drawn", mail("clean-mx.de", "viruses sites", "\nPlease look:\n|date |id |virusname |ip |domain |Url|\n+----\n|2026-01-11 09:00:00 CET |1 |JS/x |192.0.2.9 |shop.example |http://shop.example/\n"),
		"form content/malware 192.0.2.9 2026-01-11T08:00:00Z"},
	{"keys and values in the text", mail("somebody.example", "Phishing on your network", "\nIP: 192.0.2.9\nURL: http://shop.example/login\nTime: 2026-01-11 08:00:00\n"),
		"mail content/phishing 192.0.2.9 2026-01-11T08:00:00Z"},
	{"a person who writes the address into the subject", mail("somebody.example", "ssh brute force from 192.0.2.9", "\nPlease stop it.\n"),
		"mail connection/login_attack 192.0.2.9 2026-01-11T09:00:00Z"},
	{"a person who names several addresses", mail("somebody.example", "port scan", "\n192.0.2.9 scans 203.0.113.1. It was 192.0.2.9 again.\n"),
		"mail connection/port_scan 192.0.2.9 2026-01-11T09:00:00Z"},
	{"a report that is passed on as an attachment", mixed("somebody.example", "Fwd", "Look at this.", "message/rfc822", "x.eml", mixed("watchers.example", "abuse", "It attacked us.", "text/plain", "report.txt", xarf0)),
		"xarf0 connection/login_attack 192.0.2.9 2026-01-11T08:00:00Z"},
}

func told(all []*report.Report) string {
	var parts []string
	for _, r := range all {
		parts = append(parts, fmt.Sprintf("%v %v %v %v", r.Format, r.Class, r.Source.Asset(), r.At))
	}
	return strings.Join(parts, ", ")
}

// Issue 3, abuse reports: each form of mail gives the same value.
func TestAMailOfEachFormIsRead(t *testing.T) {
	for _, c := range mails {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read([]byte(c.mail), "")
			if err != nil || told(got.Reports) != c.want {
				t.Fatalf("%s, %v\nwant %s", told(got.Reports), err, c.want)
			}
			for _, r := range got.Reports {
				if r.ID == "" || r.Reporter.Domain == "" || !r.Reporter.Contact.Known() || r.Authentication != report.Unauthenticated {
					t.Errorf("%+v", r)
				}
			}
		})
	}
	got, err := Read([]byte(mails[0].mail), "")
	if err != nil || got.Reports[0].Incidents != 12 || got.Reports[0].Source.Port != 7 {
		t.Errorf("%+v, %v", got.Reports, err)
	}
}

func TestAMailThatReportsNothingIsNone(t *testing.T) {
	for name, m := range map[string]string{
		"a letter between people":            mail("somebody.example", "lunch", "\nAt noon?\n"),
		"a question about an address":        mail("somebody.example", "route", "\nWhy is 192.0.2.9 slow?\n"),
		"a bounce that returns our report":   mail("mx.example", "x", "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b\nContent-Type: message/rfc822\n\n"+mails[0].mail),
		"an automatic answer that quotes us": mail("somebody.example", "Automatic reply: spam from 192.0.2.9", "\nI am away.\n"),
		"nothing":                            "\n",
	} {
		if got, err := Read([]byte(m), ""); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("%s: %s, %v", name, told(got.Reports), err)
		}
	}
}

func TestADocumentThatIsBrokenIsToldAndNotGuessedAround(t *testing.T) {
	broken := strings.Replace(document, "botnet", "ddos", 1)
	got, err := Read([]byte(mixed("watchers.example", "botnet at 192.0.2.9", "It is at 192.0.2.9.", "application/json", "xarf.json", broken)), "")
	if f := Faults(err); len(got.Reports) > 0 || f == nil || len(f.List) == 0 || f.List[0].At != "/type" {
		t.Errorf("%s, %v", told(got.Reports), err)
	}
}

func TestASheetIsUnpackedIntoBoundedMemory(t *testing.T) {
	line := strings.Repeat("x", 1000) + "\n"
	bomb := zipped("x.csv", "timestamp,ip\n2026-01-11 08:00:00,192.0.2.9\n"+strings.Repeat(line, 40_000))
	got, err := Read([]byte(mixed("shadowserver.org", "x", "x", "application/zip", "x.zip", bomb)), "")
	if err != nil || len(got.Reports) != 1 {
		t.Errorf("%d reports, %v", len(got.Reports), err)
	}
	rows := "timestamp,ip\n" + strings.Repeat("2026-01-11 08:00:00,192.0.2.9\n", 3000)
	if got, err := Read([]byte(mixed("shadowserver.org", "x", "x", "text/csv", "x.csv", rows)), ""); err != nil || len(got.Reports) != 1000 {
		t.Errorf("%d reports, %v", len(got.Reports), err)
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range mails {
		f.Add([]byte(c.mail))
	}
	f.Fuzz(func(t *testing.T, mail []byte) {
		got, err := Read(mail, "mx.us.example")
		switch kind := evenkeel.KindOf(err); {
		case err != nil && kind != evenkeel.KindNotFound && kind != evenkeel.KindInvalid:
			t.Fatal(err)
		case err == nil && len(got.Reports) == 0:
			t.Fatal("no report and no error")
		}
		for _, r := range got.Reports {
			if r.ID == "" || r.Incidents < 1 || len(r.Says) > 4*report.MaxSays {
				t.Fatalf("%+v", r)
			}
			if strings.Contains(fmt.Sprintf("%+v", r.Told()), r.Reporter.Contact.Address()) && strings.Contains(r.Reporter.Contact.Address(), "@") &&
				!strings.Contains(r.Source.URL+r.Source.Account, r.Reporter.Contact.Address()) {
				t.Fatalf("the tenant reads who reported: %+v", r.Told())
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, c := range mails[:6] {
		b.Run(strings.ReplaceAll(c.name, " ", "_"), func(b *testing.B) {
			m := []byte(c.mail)
			b.SetBytes(int64(len(m)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(m, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
