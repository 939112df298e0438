package sorted

import (
	"cmp"
	"math"

	"github.com/evenkeel/evenkeel"
)

// ranks says which kinds come first at the same moment: who a tenant is, then what it
// holds, then what happened to it, then what was seen: where packets went before how many
// there were. So a reading at the very moment of a machine's creation finds its tenant, and
// a flood that a reading shows has its destination.
var ranks = [...]uint8{
	evenkeel.KindProfile:   0,
	evenkeel.KindTenancy:   1,
	evenkeel.KindLifecycle: 2,
	evenkeel.KindPayment:   3,
	evenkeel.KindBurst:     4,
	evenkeel.KindFlow:      5,
}

const rankOther = 6

func rankOf(k evenkeel.RecordKind) uint8 {
	switch k {
	case evenkeel.KindProfile, evenkeel.KindTenancy, evenkeel.KindLifecycle, evenkeel.KindPayment, evenkeel.KindBurst, evenkeel.KindFlow:
		return ranks[k]
	default:
		return rankOther
	}
}

// head is a record with what is needed to read its strings.
type head struct {
	rec    *evenkeel.Record
	texts  *table
	source string
}

// compare orders two records: moment, rank, source, ID, then all that they say. Equal
// means that nothing tells them apart.
func compare(a, b head) int {
	if c := cmp.Compare(a.rec.At, b.rec.At); c != 0 {
		return c
	}
	if c := cmp.Compare(rankOf(a.rec.Kind), rankOf(b.rec.Kind)); c != 0 {
		return c
	}
	if c := cmp.Compare(a.source, b.source); c != 0 {
		return c
	}
	if c := cmp.Compare(a.rec.ID, b.rec.ID); c != 0 {
		return c
	}
	return compareContent(a, b)
}

func compareContent(a, b head) int {
	x, y := a.rec, b.rec
	c := cmp.Or(
		cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Op, y.Op), cmp.Compare(x.Part, y.Part), cmp.Compare(x.Form, y.Form),
		cmp.Compare(a.texts.text[x.Asset], b.texts.text[y.Asset]),
		cmp.Compare(a.texts.text[x.Tenant], b.texts.text[y.Tenant]),
		cmp.Compare(x.Line, y.Line), cmp.Compare(x.Since, y.Since),
		cmp.Compare(math.Float64bits(x.Value), math.Float64bits(y.Value)),
		cmp.Compare(x.Count, y.Count), cmp.Compare(x.Bytes, y.Bytes),
	)
	for i := 0; c == 0 && i < len(x.Names); i++ {
		c = cmp.Compare(a.texts.text[x.Names[i]], b.texts.text[y.Names[i]])
	}
	return c
}
