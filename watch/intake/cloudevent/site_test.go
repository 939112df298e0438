package cloudevent

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

// TestEachCountOfASiteThatIsToldIsAReading draws which counts somebody tells: those are records, as a Meter makes them, and the others are none.
func TestEachCountOfASiteThatIsToldIsAReading(t *testing.T) {
	until := moment(t, testTime)
	since := until - 1e9
	rapid.Check(t, func(t *rapid.T) {
		data := map[string]any{"asset": "shop.example", "since": since}
		var c visits.Counts
		told := map[evenkeel.Part]bool{}
		for _, x := range siteCounts {
			if rapid.Bool().Draw(t, "tells "+x.name) {
				n := rapid.Uint64Range(0, mostSite).Draw(t, x.name)
				data[x.name], told[x.part], *x.of(&c) = n, true, n
			}
		}
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		b, tally, err := decode(envelope("evenkeel.site.v1", testTime, string(text)), testNow)
		if len(told) == 0 {
			if err == nil || len(b.Records) != 0 {
				t.Fatalf("an interval without a count is taken: %v", &tally)
			}
			return
		}
		if err != nil || tally.Accepted != 1 || len(b.Records) != len(told) {
			t.Fatalf("%s: %d records of %d counts, %v, %v", text, len(b.Records), len(told), &tally, err)
		}
		want := evenkeel.NewBatch("", 0)
		visits.New(testKey, "books").CountSome(want, "shop.example", since, until, &c, func(p evenkeel.Part) bool { return told[p] })
		for i := range b.Records {
			if got, want := b.Usage(&b.Records[i]), want.Usage(&want.Records[i]); got != want || got.Since != since {
				t.Fatalf("got  %+v\nwant %+v", got, want)
			}
		}
	})
}

func TestASiteThatIsToldTwiceCountsOnce(t *testing.T) {
	line := envelope("evenkeel.site.v1", testTime, `{"asset":"a","since":"2026-09-21T13:59:59Z","visits":3}`)
	one, _, err := decode(line, testNow)
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := decode(strings.Replace(line, "e-1", "e-2", 1), testNow)
	if err != nil || one.Records[0].ID != two.Records[0].ID {
		t.Errorf("told under another id it is another reading: %v", err)
	}
	other, _, err := decode(strings.Replace(line, "books", "edge-2", 1), testNow)
	if err != nil || one.Records[0].ID == other.Records[0].ID {
		t.Errorf("two edges' counts of one site are taken for one: %v", err)
	}
}
