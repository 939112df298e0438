package edge

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// TestFilesOfTheOperatorAreReadAgainAndOneWithAFaultStaysAsItWas: tables of places and ranges of bots, in a process that runs.
func TestFilesOfTheOperatorAreReadAgainAndOneWithAFaultStaysAsItWas(t *testing.T) {
	files := t.TempDir()
	as, tor, crawl := filepath.Join(files, "as.txt"), filepath.Join(files, "tor.txt"), filepath.Join(files, "crawl.json")
	write(t, as, "127.0.0.0 8 64496\n")
	write(t, tor, "192.0.2.7\n")
	write(t, crawl, `{"prefixes":[{"ipv4Prefix":"192.0.2.64/26"}]}`)
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", backend(t, "hello").URL, "")})
	r := run(t, dir, sites, func(s *Settings) {
		s.Whence = Whence{AS: []string{as}, Ranges: []Listed{{"tor", tor}}, Carriers: []int64{64497}}
		s.Bots = []Bot{{Name: "Crawler", Agents: []string{"Crawler/"}, Ranges: []string{crawl}, Proof: "range"}}
	})
	reload := func() {
		t.Helper()
		if _, err := Reload(t.Context(), r.dir); err != nil {
			t.Fatal(err)
		}
	}
	reload()
	place := func(address string) suspect.Place { return r.atlas.Of(netip.MustParseAddr(address)) }
	if p := place("127.0.0.1"); p.AS != 64496 || place("192.0.2.7").Range != suspect.Tor {
		t.Errorf("%+v, %+v", p, place("192.0.2.7"))
	}
	if n := r.bots.Verify(netip.MustParseAddr("192.0.2.65"), "Crawler/1"); n != 1 {
		t.Errorf("a bot by its range is %d", n)
	}
	if status, body := r.asks(t, "shop.example", "/"); status != 200 || !strings.HasPrefix(body, "hello") {
		t.Errorf("%d %s", status, body)
	}
	if s := r.Status(false); len(s.Faults) != 0 || len(s.Files) != 3 || s.Files[0].Prefixes != 1 || s.Files[0].Written == 0 {
		t.Errorf("%+v, %+v", s.Faults, s.Files)
	}
	write(t, as, "127.0.0.0 8 64497\n10.0.0.0 8 ten\n")
	write(t, crawl, "{")
	reload()
	s := r.Status(false)
	if len(s.Faults) != 2 || !strings.Contains(s.Faults[0], "as.txt:2: \"ten\"; expected an AS") || !strings.Contains(s.Faults[1], "crawl.json:1") || s.Files[0].Prefixes != 1 {
		t.Errorf("%q, %+v", s.Faults, s.Files)
	}
	if place("127.0.0.1").AS != 64496 || r.bots.Verify(netip.MustParseAddr("192.0.2.65"), "Crawler/1") != 1 {
		t.Error("a fault took something away")
	}
	write(t, as, "127.0.0.0 8 64497\n")
	reload()
	if p := place("127.0.0.1"); p.AS != 64497 || p.Range != suspect.Carrier {
		t.Errorf("after it was mended: %+v", p)
	}
}

func TestSettingsSayWhatIsWrongOfPlacesBotsAndRules(t *testing.T) {
	for text, says := range map[string]string{
		"whence: {as: [here.txt]}":                                             "whence.as: \"here.txt\"; expected a path from the root",
		"whence: {countries: [/c.csv.gz]}":                                     "is packed",
		"whence: {ranges: [{kind: vpn, file: /x}]}":                            "the kind is \"vpn\"; expected cloud, tor, carrier or relay",
		"whence: {ranges: [{kind: tor, file: x}]}":                             "whence.ranges: \"x\"",
		"whence: {carriers: [7]}":                                              "whence.as is empty",
		"whence: {carriers: [0]}":                                              "whence.carriers: 0; expected an AS",
		"bots: [{name: a, agents: [Abot]}]":                                    "bots: bot a has no ranges",
		"bots: [{name: a, agents: [Abot], ranges: [x], domains: [a.example]}]": "bots: \"x\"; expected a path",
		"bots: [{name: a, agents: [Abot], ranges: [/x], proof: maybe}]":        "the proof of a is \"maybe\"",
		"bots: [{name: a}]":                                                    "agents",
		"resolver: ns.example":                                                 "resolver is \"ns.example\"",
		"rules: off":                                                           "rules is \"off\"; expected live or shadow",
		"take_back: 0":                                                         "take_back is 0; expected 1 to 100",
	} {
		if _, err := Parse("g.yaml", []byte(text+"\n")); err == nil || !strings.Contains(fmt.Sprint(err), says) {
			t.Errorf("%s: %v; expected %s", text, err, says)
		}
	}
}
