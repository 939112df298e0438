package xarf

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// the recorded samples, as they were fetched: where one is missing, a test would show less than it says.
const (
	validThree   = 63 // of abusix/xarf, version 1 to 3
	validSpec    = 21 // of xarf-spec: 4 of version 3, 17 of version 4
	invalidThree = 132
)

// typeOfSample is what we call the types of version 1 to 3 that samples have, by the definitions of version 4.
var typeOfSample = map[string]string{
	"Content Botnet": "infrastructure/botnet", "Content Copyright": "copyright/copyright", "Content Malware": "content/malware",
	"Content Trademark": "content/brand_infringement", "Activity DOS": "connection/ddos", "Activity Exploit": "connection/vulnerability_scan",
	"Activity LoginAttack": "connection/login_attack", "Activity PortScan": "connection/port_scan", "Activity Spam": "messaging/spam",
	"Activity WebCrawler": "connection/scraping", "Activity PotentiallyCompromisedAccount": "content/exposed_data",
	"Activity Malware": "infrastructure/botnet", // the form rpz: somebody asked for a name of malware
	"System botnet":    "infrastructure/botnet", "Network ddos": "connection/ddos", "Content phishing": "content/phishing", "Messaging spam": "messaging/spam",
}

// text is a text of a sample, by the names on the way to it.
func text(m map[string]any, way ...string) string {
	for _, name := range way[:len(way)-1] {
		m, _ = m[name].(map[string]any)
	}
	s, _ := m[way[len(way)-1]].(string)
	return s
}

// said is what a sample itself says of type, of where it was, and when.
func said(m map[string]any) (kind string, sources []string, at string) {
	if text(m, "xarf_version") != "" {
		return text(m, "category") + "/" + text(m, "type"), []string{text(m, "source_identifier")}, cmp.Or(text(m, "first_seen"), text(m, "timestamp"))
	}
	kind = typeOfSample[text(m, "Report", "ReportClass")+" "+text(m, "Report", "ReportType")]
	at = cmp.Or(text(m, "Report", "FirstSeen"), text(m, "Report", "Date"))
	for _, way := range [][]string{{"SourceIp"}, {"SourceUrl"}, {"Source", "IP"}, {"Source", "URL"}, {"Account", "AccountEmail"}, {"Account", "AccountIdentifier"}} {
		if s := text(m, append([]string{"Report"}, way...)...); s != "" {
			sources = append(sources, s)
		}
	}
	return kind, sources, at
}

// Issue 3, abuse reports: every valid XARF sample parses with type, address and time, which are those that
// the sample has.
func TestEachRecordedReportIsReadAsItSays(t *testing.T) {
	for dir, want := range map[string]int{"abusix-xarf3/positive": validThree, "xarf-spec/samples": validSpec} {
		files := recorded(t, dir, ".json")
		if len(files) != want {
			t.Errorf("%s: %d samples; expected %d", dir, len(files), want)
		}
		for _, file := range files {
			var m map[string]any
			if err := json.Unmarshal(content(t, file), &m); err != nil {
				t.Fatal(err)
			}
			r, err := Read(content(t, file))
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			kind, sources, told := said(m)
			if got := r.Class.Category + "/" + r.Class.Type; got != kind {
				t.Errorf("%s: type %s; expected %q", file, got, kind)
			}
			when, err := time.Parse(time.RFC3339, told)
			if err != nil || r.At != evenkeel.MomentOf(when) {
				t.Errorf("%s: at %s; expected %q (%v)", file, r.At, told, err)
			}
			if len(sources) == 0 {
				t.Errorf("%s: the sample names no source", file)
			}
			for _, s := range sources {
				addr, err := netip.ParseAddr(s)
				switch {
				case err == nil && r.Source.Addr != addr.Unmap():
					t.Errorf("%s: address %s; expected %s", file, r.Source.Addr, s)
				case err != nil && s != r.Source.URL && s != r.Source.Domain && s != r.Source.Account:
					t.Errorf("%s: source %+v; expected %s", file, r.Source, s)
				}
			}
		}
	}
	if n := len(recorded(t, "abusix-xarf3/negative", ".json")); n != invalidThree {
		t.Errorf("%d samples that are invalid; expected %d", n, invalidThree)
	}
}
