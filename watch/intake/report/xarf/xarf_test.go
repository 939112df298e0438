package xarf

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// four is a report of version 4 of a flood, with more fields and evidence.
func four(more, evidence string) string {
	return `{"xarf_version":"4.2.0","report_id":"DBF79F17-f4f4-4c22-ae58-19991f52a1e8","timestamp":"2026-01-11T09:21:23Z",
	"reporter":{"org":"Watchers","contact":"desk@watchers.example","domain":"watchers.example"},
	"sender":{"org":"Watchers","contact":"desk@watchers.example","domain":"watchers.example"},
	"source_identifier":"192.0.2.155","category":"connection","type":"ddos","first_seen":"2026-01-11T08:45:00Z"` + more +
		`,"evidence":[` + evidence + `]}`
}

const three = `{"Version":"3","ReporterInfo":{"ReporterOrg":"Watchers","ReporterOrgDomain":"watchers.example","ReporterOrgEmail":"desk@watchers.example"},
	"Disclosure":true,"Report":{"ReportClass":"Activity","ReportType":"LoginAttack","Date":"2026-01-11T09:21:23Z","FirstSeen":"2026-01-11T08:21:23Z",
	"SourceIp":"192.0.2.155","SourcePort":4711,"DestinationPort":[22,2222],"ReporterCaseID":"c-1"%s}}`

func TestAReportIsReadIntoOneValueWhateverItsVersion(t *testing.T) {
	text := base64.StdEncoding.EncodeToString([]byte("evidence"))
	r, err := Read([]byte(four(`,"protocol":"tcp","source_port":7,"last_seen":"2026-01-11T09:00:00z","confidence":0.9,"description":"a flood","_internal":{"x":1}`,
		`{"content_type":"text/plain","payload":"`+text+`","hash":"md5:f03b3cb92ed13bf7d25cb5e2e5b5b9e5"}`)))
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != "dbf79f17-f4f4-4c22-ae58-19991f52a1e8" || r.Class != (report.Class{Category: "connection", Type: "ddos"}) || r.Source.Asset() != "192.0.2.155" ||
		r.Source.Port != 7 || r.At.String() != "2026-01-11T08:45:00Z" || r.Until.String() != "2026-01-11T09:00:00Z" || r.Confidence != 0.9 ||
		r.Reporter.Contact.Address() != "desk@watchers.example" || len(r.Evidence) != 1 || r.Evidence[0].Claim != report.ClaimDiffers ||
		fmt.Sprint(r.Dropped) != "[_internal]" {
		t.Errorf("%+v", r)
	}
	r, err = Read(fmt.Appendf(nil, three, ""))
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != "c-1" || r.Class != (report.Class{Category: "connection", Type: "login_attack"}) || r.Source.Port != 4711 ||
		r.At.String() != "2026-01-11T08:21:23Z" || r.Until.String() != "2026-01-11T09:21:23Z" || r.Reporter.Domain != "watchers.example" {
		t.Errorf("%+v", r)
	}
}

// Issue 3, abuse reports: refused with all errors and their paths.
func TestWhatIsWrongIsToldWithItsPlace(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(make([]byte, 10))
	big := base64.StdEncoding.EncodeToString(make([]byte, maxItemBytes+1))
	for _, c := range []struct{ name, doc, want string }{
		{"traffic that has ports and names none", four(`,"protocol":"tcp"`, ""), "/source_port"},
		{"traffic without ports needs none (procedure.md, trap 2)", four(`,"protocol":"icmp"`, ""), ""},
		{"a domain as source needs none (procedure.md, trap 1)",
			strings.Replace(four(`,"protocol":"tcp"`, ""), "192.0.2.155", "shop.example", 1), ""},
		{"evidence that is no base64", four(`,"protocol":"icmp"`, `{"content_type":"text/plain","payload":"?"}`), "/evidence/0/payload"},
		{"two pieces of evidence are wrong", four(`,"protocol":"icmp"`, `{"content_type":"x","payload":"?"},{"payload":"`+good+`"}`),
			"/evidence/0/payload /evidence/1/content_type"},
		{"a piece that is too large", four(`,"protocol":"icmp"`, `{"content_type":"x","payload":"`+big+`"}`), "/evidence/0/payload"},
		{"a type of another category", strings.Replace(four("", ""), `"ddos"`, `"phishing"`, 1), "/type"},
		{"a category that there is not", strings.Replace(four("", ""), `"connection"`, `"mischief"`, 1), "/category"},
		{"no version at all", `{"report_id":1}`, "/xarf_version"},
		{"a version that is to come", `{"xarf_version":"5.0.0"}`,
			"/category /report_id /reporter /sender /source_identifier /timestamp /type /xarf_version"},
		{"an old version that there was not", strings.Replace(fmt.Sprintf(three, ""), `"3"`, `"2.5"`, 1), "/Version"},
		{"a list of ports with one that is none", strings.Replace(fmt.Sprintf(three, ""), "2222", "70000", 1), "/Report/DestinationPort/1"},
		{"a type of version 3 in a report of version 1", strings.NewReplacer(`"3"`, `"1"`, "LoginAttack", "WebCrawler").Replace(fmt.Sprintf(three, "")), "/Report/ReportType"},
		{"samples that are none", fmt.Sprintf(three, `,"Samples":[{"Description":"x"},{"ContentType":"x","Payload":"?","Base64Encoded":true}]`),
			"/Report/Samples/0 /Report/Samples/1/Payload"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read([]byte(c.doc))
			var places []string
			if f, ok := errors.AsType[*Faults](err); ok {
				for _, x := range f.List {
					places = append(places, x.At)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(places, " "); got != c.want {
				t.Errorf("wrong at %q; expected %q: %v", got, c.want, err)
			}
		})
	}
}

func TestEvidenceIsBoundedTogether(t *testing.T) {
	item := `{"content_type":"x","payload":"` + base64.StdEncoding.EncodeToString(make([]byte, 4<<20)) + `"}`
	_, err := Read([]byte(four(`,"protocol":"icmp"`, strings.Join([]string{item, item, item, item}, ","))))
	if err == nil || !strings.Contains(err.Error(), "/evidence/3/payload: brings all evidence to 16777216 bytes; expected at most 15728640") {
		t.Errorf("%v", err)
	}
}

func TestAVectorIsWhatItsVersionSays(t *testing.T) {
	for _, c := range []struct {
		version, vector string
		ok              bool
	}{
		{"2", "AV:N/AC:L/Au:N/C:P/I:P/A:P", true}, {"2", "(AV:N/AC:L/Au:N/C:P/I:P/A:P)", true}, {"2", "AV:N/AC:L/Au:N/C:P/I:P", false},
		{"2", "AV:N/AC:L/Au:N/C:P/I:P/A:P/E:POC/RL:OF/RC:C", true}, {"3.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", true},
		{"3.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C", true}, {"3.1", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", false},
		{"3.0", "CVSS:3.0/AC:L/AV:N/PR:N/UI:N/S:U/C:H/I:H/A:H", false}, {"3.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/X:Y", false},
	} {
		if got := isVector(c.version, c.vector); got != c.ok {
			t.Errorf("CVSS %s %q: %v", c.version, c.vector, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(four(`,"protocol":"tcp"`, `{"content_type":"x","payload":"AA=="}`)))
	f.Add(fmt.Appendf(nil, three, `,"Samples":[{"FileName":"x"}]`))
	f.Add([]byte(`{"Version":"3.0.0","ReporterInfo":{},"Report":{"Source":{"IP":"192.0.2.1"}}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := Read(doc)
		switch {
		case err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid:
			t.Fatal(err)
		case err == nil && (r.ID == "" || r.At == 0 || r.Incidents < 1):
			t.Fatalf("%q is read as %+v", doc, r)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	doc := []byte(four(`,"protocol":"tcp","source_port":7`, `{"content_type":"text/plain","payload":"`+base64.StdEncoding.EncodeToString(make([]byte, 3000))+`"}`))
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(doc); err != nil {
			b.Fatal(err)
		}
	}
}
