package xarf

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	written "github.com/evenkeel/evenkeel/instrument/xarf"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// Row R17; issue 3, victims: what we write to those who were attacked is read by our own reader as what
// it is, and the published schemas take it, where they are at hand.
func TestWhatWeWriteIsReadAndFitsTheSchemas(t *testing.T) {
	var schema *jsonschema.Schema
	if os.Getenv("EVENKEEL_DATA") != "" {
		schema = published(t)
	}
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.Custom(func(t *rapid.T) netip.Addr {
			if rapid.Bool().Draw(t, "v6") {
				return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", rapid.IntRange(1, 0xffff).Draw(t, "host")))
			}
			return netip.AddrFrom4([4]byte{198, 51, 100, rapid.Byte().Draw(t, "host")})
		})
		port := rapid.IntRange(1, 65535)
		first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 1<<20).Draw(t, "first")) * time.Second)
		a := written.Attack{
			Key: rapid.StringN(1, 40, -1).Draw(t, "key"), Kind: rapid.SampledFrom(written.Kinds).Draw(t, "kind"),
			Source: netip.MustParseAddr("203.0.113.9"), SourcePort: port.Draw(t, "from"), Victim: addr.Draw(t, "victim"), VictimPort: rapid.OneOf(port, rapid.Just(0)).Draw(t, "at"),
			Protocol: rapid.SampledFrom([]string{"tcp", "udp", "icmp", "sctp"}).Draw(t, "protocol"), At: first.Add(time.Hour), First: first,
			Reporter: written.Reporter{Org: rapid.StringN(1, 40, written.MaxOrg).Draw(t, "org"), Contact: "abuse@example.com", Domain: "example.com"},
			Says:     rapid.StringN(0, 100, written.MaxSays).Draw(t, "says"),
		}
		if rapid.Bool().Draw(t, "over") {
			a.Last = first.Add(time.Minute)
		}
		for range rapid.IntRange(0, 3).Draw(t, "evidence") {
			a.Evidence = append(a.Evidence, written.Evidence{About: "what was measured", Text: rapid.StringN(1, 200, -1).Draw(t, "text")})
		}
		doc, err := a.Write()
		if err != nil {
			t.Fatal(err)
		}
		r, err := Read(doc)
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if r.Class != (report.Class{Category: "connection", Type: a.Kind}) || string(r.Source.Asset()) != a.Source.String() || r.At.Time() != first || len(r.Evidence) != len(a.Evidence) {
			t.Fatalf("read as %+v", r)
		}
		if slices.ContainsFunc(r.Evidence, func(e report.Evidence) bool { return e.Claim != report.ClaimAgrees }) {
			t.Fatalf("a hash of ours differs: %+v", r.Evidence)
		}
		if schema == nil {
			return
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
	})
}
