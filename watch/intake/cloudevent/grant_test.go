package cloudevent

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// TestEveryTypeNeedsAGrant: only what a sensor sees is telemetry.
func TestEveryTypeNeedsAGrant(t *testing.T) {
	for _, k := range kinds {
		want := intake.GrantInventory
		switch k.name {
		case "evenkeel.flow.v1", "evenkeel.hostevent.v1", "evenkeel.site.v1", "evenkeel.request.v1":
			want = intake.GrantTelemetry
		}
		if k.needs() != want {
			t.Errorf("%s needs %v; expected %v", k.name, k.needs(), want)
		}
		if k.dated && k.needs() != intake.GrantInventory {
			t.Errorf("%s may be old and is taken from sensors", k.name)
		}
	}
}

func TestAnEventBeyondTheGrantIsDenied(t *testing.T) {
	d := Decoder{Grant: intake.GrantTelemetry}
	b, tally := evenkeel.NewBatch("s", 0), intake.Tally{}
	const text = `{"specversion":"1.0","id":"1","source":"s","type":"evenkeel.tenant.v1","time":"2026-11-01T00:00:00Z","data":{"tenant":"acme"}}`
	err := d.Event(b, []byte(text), 0, &tally)
	if evenkeel.KindOf(err) != evenkeel.KindDenied || evenkeel.HintOf(err) == "" || len(b.Records) != 0 {
		t.Errorf("%v, %d records; expected it to be denied, with a hint", err, len(b.Records))
	}
	if n, _ := tally.Of(intake.NotPermitted); n != 1 || tally.Refused() != 1 || tally.Accepted != 0 {
		t.Errorf("%v; expected one not permitted", &tally)
	}
}

func TestEachRefusedEventOfABatchIsTold(t *testing.T) {
	const good = `{"specversion":"1.0","id":"1","source":"s","type":"evenkeel.flow.v1","time":"2026-11-01T00:00:00Z","data":{"asset":"a","direction":"in"}}`
	var told []string
	d := Decoder{Grant: intake.GrantTelemetry, Refused: func(i int, err error) {
		told = append(told, fmt.Sprintf("%d %v", i, evenkeel.KindOf(err)))
	}}
	b, tally := evenkeel.NewBatch("s", 0), intake.Tally{}
	denied := strings.Replace(good, "flow.v1", "burst.v1", 1)
	err := d.Batch(b, []byte("["+strings.Join([]string{good, denied, "7", good, "{}"}, ",")+"]"), 0, &tally)
	if want := []string{"1 denied", "2 invalid", "4 invalid"}; !slices.Equal(told, want) || evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("told %q, %v; expected %q and the kind of the first", told, err, want)
	}
	if len(b.Records) != 2 || tally.Accepted != 2 || tally.Refused() != 3 {
		t.Errorf("%d records, %v; expected the two good ones", len(b.Records), &tally)
	}
}
