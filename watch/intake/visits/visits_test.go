package visits_test

import (
	"reflect"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

const noon = evenkeel.Moment(1_700_000_000_000_000_000)

// numbered has another number in each count.
func numbered() (c visits.Counts) {
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(uint64(i) + 1)
	}
	return c
}

func TestEachCountIsTheRecordOfItsName(t *testing.T) {
	c := numbered()
	b := evenkeel.NewBatch("edge-1", noon)
	visits.New(siphash.Key{1}, "edge-1").Count(b, "shop", noon, noon+1e9, &c)
	if n := reflect.TypeFor[visits.Counts]().NumField(); len(b.Records) != n || visits.Records != n {
		t.Fatalf("%d records of %d counts", len(b.Records), n)
	}
	for i := range b.Records {
		u := b.Usage(&b.Records[i])
		want := evenkeel.Usage{
			At: noon + 1e9, Since: noon, ID: u.ID, Line: u.Line, Asset: "shop", Meter: evenkeel.MeterSite, Form: evenkeel.FormDelta,
			Part: evenkeel.PartVisits + evenkeel.Part(i), Value: float64(i + 1), // parts and counts stand in one order
		}
		if u != want {
			t.Errorf("%+v\n expected %+v", u, want)
		}
	}
}

func TestTheSameIntervalOfAnEdgeIsTheSameRecords(t *testing.T) {
	told := func(key siphash.Key, edge string, from evenkeel.Moment) (ids map[uint64]bool) {
		var c visits.Counts
		b := evenkeel.NewBatch(edge, noon)
		visits.New(key, edge).Count(b, "shop", from, from+1e9, &c)
		ids = map[uint64]bool{}
		for i := range b.Records {
			ids[b.Records[i].ID] = true
		}
		if len(ids) != visits.Records {
			t.Fatalf("%d identities of %d records", len(ids), visits.Records)
		}
		return ids
	}
	first := told(siphash.Key{1}, "edge-1", noon)
	if !reflect.DeepEqual(first, told(siphash.Key{1}, "edge-1", noon)) {
		t.Error("told twice, it has two identities")
	}
	for what, other := range map[string]map[uint64]bool{
		"another second": told(siphash.Key{1}, "edge-1", noon+1e9), "another edge": told(siphash.Key{1}, "edge-2", noon),
	} {
		for id := range other {
			if first[id] {
				t.Errorf("%s has an identity of the first", what)
			}
		}
	}
}
