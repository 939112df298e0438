package whence

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// written is a file of a test; each writing of it is of another time.
func written(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func at(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestAnAddressBelongsWhereTheFilesSay(t *testing.T) {
	dir := t.TempDir()
	a := New(Source{
		AS: []string{written(t, dir, "pfx2as", "192.0.2.0\t24\t64496\n192.0.2.128\t25\t64497_64498\n198.51.100.0 24 64499,64500\n2001:db8::\t32\t64501\n"),
			written(t, dir, "own.csv", "prefix,as,name\n203.0.113.0/24,AS64502,\"One, Ltd.\"\n192.0.2.0/24,64510,later\n")},
		Countries: []string{written(t, dir, "countries.csv", "\"192.0.2.0\",\"192.0.2.130\",de\n2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,JP\n198.51.100.0/24,??\n")},
		Ranges: []List{
			{suspect.Cloud, written(t, dir, "cloud.json", `{"syncToken":"1","prefixes":[{"ipv4Prefix":"192.0.2.0/24","service":"x"},{"ipv6Prefix":"2001:db8::/32"}]}`)},
			{suspect.Relay, written(t, dir, "relay.csv", "# of a maker\n192.0.2.64/26,US,US-CA,Cupertino,\n")},
			{suspect.Tor, written(t, dir, "tor.txt", "192.0.2.7 ; an exit\n192.0.2.70\n\n2001:db8::7\n")},
		},
		Systems: map[uint32]suspect.Range{64502: suspect.Carrier},
	})
	if a.Of(at("192.0.2.1")) != (suspect.Place{}) {
		t.Error("something is known before anything was read")
	}
	if !a.Look() || a.Look() {
		t.Error("files are read once and not again")
	}
	for _, s := range a.States() {
		if s.Fault != "" || s.Entries == 0 || s.Of.IsZero() {
			t.Errorf("%+v", s)
		}
	}
	de, jp := [2]byte{'D', 'E'}, [2]byte{'J', 'P'}
	for address, want := range map[string]suspect.Place{
		"192.0.2.1":          {AS: 64496, Country: de, Range: suspect.Cloud},
		"::ffff:192.0.2.1":   {AS: 64496, Country: de, Range: suspect.Cloud},
		"192.0.2.7":          {AS: 64496, Country: de, Range: suspect.Tor},
		"192.0.2.65":         {AS: 64496, Country: de, Range: suspect.Relay},
		"192.0.2.70":         {AS: 64496, Country: de, Range: suspect.Relay},
		"192.0.2.130":        {AS: 64497, Country: de, Range: suspect.Cloud},
		"192.0.2.131":        {AS: 64497, Range: suspect.Cloud},
		"198.51.100.9":       {AS: 64499},
		"203.0.113.1":        {AS: 64502, Range: suspect.Carrier},
		"2001:db8:5::1":      {AS: 64501, Country: jp, Range: suspect.Cloud},
		"2001:db8::7":        {AS: 64501, Country: jp, Range: suspect.Tor},
		"2001:db9::":         {},
		"198.18.0.1":         {},
		"fe80::1%eth0":       {},
		"2001:db8:5::1%eth0": {AS: 64501, Country: jp, Range: suspect.Cloud},
	} {
		if got := a.Of(at(address).WithZone("")); got != want {
			t.Errorf("%s: %+v; expected %+v", address, got, want)
		}
	}
	if a.Of(netip.Addr{}) != (suspect.Place{}) {
		t.Error("no address belongs somewhere")
	}
}

func TestAFileWithAFaultTakesNothingAway(t *testing.T) {
	dir := t.TempDir()
	path := written(t, dir, "as.txt", "192.0.2.0 24 64496\n")
	a := New(Source{AS: []string{path, filepath.Join(dir, "later.csv")}})
	a.Look()
	if s := a.States(); s[1].Fault == "" || !strings.Contains(s[1].Fault, "later.csv") {
		t.Errorf("of a file that is not there: %+v", s)
	}
	for _, x := range []struct{ text, says string }{
		{"192.0.2.0 24 64496\n192.0.2.0 24\n", "as.txt:2: \"192.0.2.0 24\"; expected a prefix, its length and a value"},
		{"192.0.2.0/24,ten\n", "as.txt:1: \"ten\"; expected an AS"},
		{"192.0.2.0/33,10\n", "as.txt:1: \"192.0.2.0/33\"; expected a prefix"},
		{"# two\n192.0.2.1/24,10\n", "as.txt:2: 192.0.2.1/24 has bits beyond its length; expected 192.0.2.0/24"},
		{"192.0.2.9,192.0.2.1,10\n", "as.txt:1: 192.0.2.9 to 192.0.2.1 is no range"},
		{"192.0.2.9,2001:db8::,10\n", "as.txt:1: 192.0.2.9 to 2001:db8:: is no range"},
		{"192.0.2.9,192.0.2.10\n", "as.txt:1: \"192.0.2.9,192.0.2.10\"; expected a prefix and a value"},
		{"192.0.2.0/24,10,4294967296\nx1\nx2\nx3\nx4\nx5\n", "as.txt: 2 more lines have faults"},
		{"", "there is nothing in it"},
		{"1.0.0.0/24," + strings.Repeat("1", MaxLine), "as.txt:1: the line has"},
	} {
		written(t, dir, "as.txt", x.text)
		if a.Look() {
			t.Errorf("%.60q was taken", x.text)
		}
		if s := a.States()[0]; !strings.Contains(s.Fault, x.says) || s.Entries != 1 {
			t.Errorf("%.60q: %+v; expected %s", x.text, s, x.says)
		}
		if got := a.Of(at("192.0.2.1")).AS; got != 64496 {
			t.Errorf("after %.60q the address is of AS%d", x.text, got)
		}
	}
	written(t, dir, "as.txt", "192.0.2.0 24 64497\n2001:db8:: 32 1\n")
	if !a.Look() || a.Of(at("192.0.2.1")).AS != 64497 || a.States()[0].Fault != "" {
		t.Errorf("what was mended is not read: %+v", a.States())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if a.Look() || a.Of(at("192.0.2.1")).AS != 64497 || a.States()[0].Fault == "" {
		t.Error("a file that went took what it said along")
	}
	written(t, dir, "later.csv", "192.0.2.0/23,7\n")
	if !a.Look() || a.Of(at("192.0.3.1")).AS != 7 || a.Of(at("192.0.2.1")).AS != 64497 {
		t.Error("a file that came is not read, or goes before the first")
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if a.Look(); !strings.Contains(a.States()[0].Fault, "it is no file") {
		t.Errorf("%+v", a.States()[0])
	}
}

func TestListsOfRangesAsTheyArePublished(t *testing.T) {
	for _, x := range []struct{ name, text, want string }{
		{"plain", "192.0.2.0/24\n2001:db8::1\n", "192.0.2.0/24 2001:db8::1/128"},
		{"clouds", `{"createDate":"2026","prefixes":[{"ip_prefix":"192.0.2.0/24","region":"x"}],"ipv6_prefixes":[{"ipv6_prefix":"2001:db8::/32"}]}`, "192.0.2.0/24 2001:db8::/32"},
		{"tags", `{"values":[{"name":"a","properties":{"addressPrefixes":["192.0.2.0/24","2001:db8::/32"]}}]}`, "192.0.2.0/24 2001:db8::/32"},
		{"a list", `["192.0.2.0/24"]`, "192.0.2.0/24"},
		{"addresses", `{"addresses":["192.0.2.0/24"],"ipv6_addresses":["2001:db8::/32"],"other":["x"]}`, "192.0.2.0/24 2001:db8::/32"},
	} {
		got, err := Ranges(x.name, []byte(x.text))
		var words []string
		for _, p := range got {
			words = append(words, p.String())
		}
		if err != nil || strings.Join(words, " ") != x.want {
			t.Errorf("%s: %v, %v; expected %s", x.name, words, err, x.want)
		}
	}
	for text, says := range map[string]string{
		"192.0.2.0/24\nexample.com\n": "f:2: \"example.com\"; expected a prefix",
		"0.0.0.0/0\n":                 "f:1: 0.0.0.0/0 is too much for one range",
		"2000::/3\n":                  "f:1: 2000::/3 is too much",
		"{\n\"prefixes\":\n[{\"ipv4Prefix\":\"192.0.2.1/24\"}]}": "f:3: ipv4Prefix: 192.0.2.1/24 has bits",
		"{\"prefixes\": [\n":    "f:1: it is no JSON",
		strings.Repeat("[", 20): "nested deeper than 16",
		"{\"prefixes\":[{\"ipv4Prefix\":\"::ffff:192.0.2.0/120\"}]}": "expected a prefix",
	} {
		if _, err := Ranges("f", []byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; expected %s", text, err, says)
		}
	}
}

// TestOfAllPrefixesTheLongestCounts: what is looked up is what a search through all of them finds.
func TestOfAllPrefixesTheLongestCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := func(t *rapid.T) netip.Prefix {
			n := rapid.IntRange(0, 6).Draw(t, "bits")
			if rapid.Bool().Draw(t, "six") {
				p, _ := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, rapid.Byte().Draw(t, "b") & 7}).Prefix(32 + n)
				return p
			}
			p, _ := netip.AddrFrom4([4]byte{192, 0, 2, rapid.Byte().Draw(t, "b") & 7}).Prefix(26 + n)
			return p
		}
		var as networks[uint32]
		var labels []labelled
		for i := range rapid.IntRange(0, 12).Draw(t, "tables") {
			as = append(as, entry[uint32]{drawn(t), uint32(i + 1)})
		}
		for range rapid.IntRange(0, 12).Draw(t, "labels") {
			labels = append(labels, labelled{drawn(t), suspect.Range(rapid.IntRange(1, 4).Draw(t, "kind"))})
		}
		s := &snapshot{}
		add(&s.as, tableOf(as))
		s.label(slices.Clone(labels))
		for i := range byte(8) {
			for _, a := range []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, i}), netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, i})} {
				var want suspect.Place
				bits := -1
				for _, e := range as {
					if e.prefix.Contains(a) && e.prefix.Bits() >= bits {
						want.AS, bits = e.value, e.prefix.Bits()
					}
				}
				for _, l := range labels {
					if l.prefix.Contains(a) {
						want.Range = max(want.Range, l.is)
					}
				}
				if got := s.of(a); got != want {
					t.Fatalf("%s: %+v; expected %+v", a, got, want)
				}
			}
		}
	})
}

// TestARangeIsItsPrefixes: from the first address to the last nothing is missing, nothing is twice, and nothing is beside it.
func TestARangeIsItsPrefixes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := netip.AddrFrom4([4]byte{byte(rapid.IntRange(0, 255).Draw(t, "a")), rapid.Byte().Draw(t, "b"), rapid.Byte().Draw(t, "c"), rapid.Byte().Draw(t, "d")})
		b := netip.AddrFrom4([4]byte{byte(rapid.IntRange(0, 255).Draw(t, "e")), rapid.Byte().Draw(t, "f"), rapid.Byte().Draw(t, "g"), rapid.Byte().Draw(t, "h")})
		if rapid.Bool().Draw(t, "six") {
			x, y := a.As4(), b.As4()
			a, b = netip.AddrFrom16([16]byte{0xff, 12: x[0], x[1], x[2], x[3]}), netip.AddrFrom16([16]byte{0xff, 12: y[0], y[1], y[2], y[3]})
		}
		if b.Less(a) {
			a, b = b, a
		}
		all := between[int](nil, a, b)
		next := a
		for _, e := range all {
			if e.prefix.Addr() != next || e.prefix.Masked() != e.prefix {
				t.Fatalf("after %s comes %s", next, e.prefix)
			}
			next = last(e.prefix).Next()
		}
		if next != b.Next() || len(all) > 2*a.BitLen() {
			t.Fatalf("%s to %s are %d prefixes, and end before %s", a, b, len(all), next)
		}
	})
}

func TestLookingUpAllocatesNothing(t *testing.T) {
	a, b := atlasOfSizes(t), at("192.0.2.9")
	if n := testing.AllocsPerRun(1000, func() { a.Of(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if p := a.Of(b); p.AS == 0 || p.Country == [2]byte{} || p.Range == 0 {
		t.Errorf("%+v", p)
	}
}

// atlasOfSizes knows every second /24 of a part of the Internet.
func atlasOfSizes(t testing.TB) *Atlas {
	dir := t.TempDir()
	var as, countries, list strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&as, "%d.%d.%d.0 24 %d\n", 190+i>>15, i>>7&255, i<<1&255, i+1)
	}
	as.WriteString("192.0.0.0 16 7\n2001:db8:: 32 8\n")
	countries.WriteString("192.0.0.0/16,DE\n2001:db8::/32,JP\n")
	list.WriteString("192.0.2.0/24\n")
	a := New(Source{AS: []string{written(t, dir, "as", as.String())}, Countries: []string{written(t, dir, "c", countries.String())}, Ranges: []List{{suspect.Cloud, written(t, dir, "l", list.String())}}})
	a.Look()
	return a
}

func TestFilesThatAreWrittenAnewAreReadWhileOthersAsk(t *testing.T) {
	dir := t.TempDir()
	path := written(t, dir, "as", "192.0.2.0 24 1\n")
	a := New(Source{AS: []string{path}})
	a.Look()
	stop, done := make(chan struct{}), make(chan bool)
	go func() {
		ok := true
		for {
			select {
			case <-stop:
				done <- ok
				return
			default:
				ok = ok && a.Of(at("192.0.2.1")).AS != 0
			}
		}
	}()
	for i := range 50 {
		written(t, dir, "new", fmt.Sprintf("192.0.2.0 24 %d\n", i+2))
		if err := os.Rename(filepath.Join(dir, "new"), path); err != nil {
			t.Fatal(err)
		}
		if !a.Look() || a.Of(at("192.0.2.1")).AS != uint32(i+2) {
			t.Fatalf("the %dth writing is not read", i)
		}
	}
	close(stop)
	if !<-done {
		t.Error("for a moment nothing was known")
	}
}

// recorded knows what others published: tables of the whole Internet, and lists of clouds, relays and exits.
func recorded(t testing.TB) *Atlas {
	t.Helper()
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	lists := filepath.Join(root, "ip-lists")
	dir := t.TempDir()
	unpack := func(name string) string { return unpacked(t, dir, filepath.Join(lists, name)) }
	s := Source{AS: []string{unpack("ip-asn/asn-ipv4.csv.gz"), unpack("ip-asn/asn-ipv6.csv.gz")}, Countries: []string{unpack("ip-country/geo-whois-asn-country-ipv4.csv.gz")}}
	for name, kind := range map[string]suspect.Range{"tor": suspect.Tor, "amazon_aws": suspect.Cloud, "azure": suspect.Cloud, "google_cloud": suspect.Cloud, "icloud_private_relay": suspect.Relay} {
		s.Ranges = append(s.Ranges, List{kind, filepath.Join(lists, "ndpi-ranges", name+".txt")})
	}
	before, began := heap(), time.Now()
	a := New(s)
	a.Look()
	took, all := time.Since(began), 0
	for _, f := range a.States() {
		if all += f.Entries; f.Fault != "" {
			t.Error(f.Fault)
		}
	}
	t.Logf("%d prefixes were read in %s, and take %d MB", all, took, (heap()-before)>>20)
	return a
}

func TestRecordedTables(t *testing.T) {
	root := os.Getenv("EVENKEEL_DATA")
	a := recorded(t)
	if p := a.Of(at("1.0.0.1")); p.AS != 13335 || p.Country != [2]byte{'A', 'U'} {
		t.Errorf("%+v", p)
	}
	relays := 0
	exits, err := os.ReadFile(filepath.Join(root, "ip-lists", "ndpi-ranges", "icloud_private_relay.txt"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := Ranges("relays", exits)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if a.Of(p.Addr()).Range == suspect.Relay {
			relays++
		}
	}
	if relays != len(all) || relays < 3000 {
		t.Errorf("of %d prefixes of a relay %d are known as such", len(all), relays)
	}
}
