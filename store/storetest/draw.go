package storetest

import (
	"fmt"
	"net/netip"
	"reflect"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"pgregory.net/rapid"
)

// draw draws any value of a type, each of its fields, as far as the type's own JSON can hold
// it: words that exist, moments of this and the next centuries, finite numbers.
func draw[T any](t *rapid.T, name string) (v T) {
	fill(t, reflect.ValueOf(&v).Elem(), name)
	return v
}

func fill(t *rapid.T, v reflect.Value, name string) {
	switch x := v.Addr().Interface().(type) {
	case *evenkeel.Moment:
		if rapid.IntRange(0, 4).Draw(t, name+" is known") > 0 {
			*x = evenkeel.Moment(rapid.Int64Range(-8e18, 8e18).Draw(t, name))
		}
		return
	case *evenkeel.Reading:
		if x.Known = rapid.Bool().Draw(t, name+" is known"); x.Known {
			x.Value = rapid.Float64Range(-1e300, 1e300).Draw(t, name)
		}
		return
	case *netip.Addr:
		*x = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, name)))
		if rapid.Bool().Draw(t, name+" is IPv6") {
			*x = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name)))
		}
		return
	case *evenkeel.PaneSeries:
		fillStruct(t, v, name)
		x.Width = evenkeel.Moment(rapid.Int64Range(0, 1e15).Draw(t, name+" width")) // written in seconds
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.StringN(0, 6, 24).Draw(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, name))
	case reflect.Uint16:
		v.SetUint(uint64(rapid.Uint16().Draw(t, name)))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.SampledFrom(words(v.Type())).Draw(t, name)))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(-1e300, 1e300).Draw(t, name))
	case reflect.Struct:
		fillStruct(t, v, name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 2).Draw(t, name+" many"), 2))
		for i := range v.Len() {
			fill(t, v.Index(i), fmt.Sprint(name, " ", i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, name+" is there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), name)
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(rapid.MapOfN(rapid.StringN(0, 4, 16), rapid.StringN(0, 4, 16), 0, 2).Draw(t, name)))
	default:
		panic(fmt.Sprintf("draw %s: a %s; expected what values are made of", name, v.Type())) // a new kind of field
	}
}

func fillStruct(t *rapid.T, v reflect.Value, name string) {
	for i := range v.NumField() {
		fill(t, v.Field(i), name+"."+v.Type().Field(i).Name)
	}
}

// words are the values of an enumeration that have a word.
func words(e reflect.Type) (out []uint8) {
	for n := range uint8(64) {
		v := reflect.New(e).Elem()
		v.SetUint(uint64(n))
		if s, ok := v.Interface().(fmt.Stringer); ok && s.String() != "invalid" {
			out = append(out, n)
		}
	}
	return out
}

// drawFile draws one of everything about a case, that may be put together; the ids bear a
// number.
func drawFile(t *rapid.T, number int) docket.Changes {
	tenant := evenkeel.TenantID(fmt.Sprintf("ten\x00ant %d %s", number, rapid.StringN(0, 4, 16).Draw(t, "tenant")))
	id := func(s string) string { return fmt.Sprintf("%s-%d", s, number) }
	c := draw[evenkeel.Case](t, "case")
	c.ID, c.Tenant, c.Family = evenkeel.CaseID(id("c")), tenant, "mining"
	d := draw[evenkeel.Decision](t, "decision")
	d.ID, d.Case, d.From = evenkeel.DecisionID(id("d")), c.ID, max(d.From, -8e18)
	d.Until = d.From + 1 + evenkeel.Moment(rapid.Int64Range(0, 1e15).Draw(t, "for"))
	d.At |= 1 // a leaf has a time
	if docket.TakesTwo(&d, nil, nil, nil) || d.Measure == evenkeel.MeasureNone {
		d.State = evenkeel.Lifted // in force, it rests on a review
	}
	v := draw[docket.Review](t, "review")
	v.ID, v.Case, v.Tenant, v.By, v.Opened, v.Since = docket.ReviewID(id("r")), c.ID, tenant, "ada", v.Opened|1, v.Since|1
	if v.Verdicts = v.Verdicts[:min(len(v.Verdicts), 1)]; len(v.Verdicts) > 0 {
		v.Verdicts[0].Person, v.Verdicts[0].At = "ada", 1
	}
	if v.State != docket.ReviewUnseconded && v.State != docket.ReviewOvertaken {
		v.State = docket.ReviewDrawn
	}
	c.Since |= 1
	e := draw[evenkeel.Entry](t, "entry")
	e.Case, e.Seq = c.ID, 1
	k := draw[docket.Clock](t, "clock")
	k.Case = c.ID
	f := draw[evenkeel.Flag](t, "flag")
	f.ID, f.Tenant, f.Family, f.Case = evenkeel.FlagID(id("flag")), tenant, "mining", rapid.SampledFrom([]evenkeel.CaseID{"", c.ID}).Draw(t, "flag of")
	f.Until = f.From + 1
	n := draw[evenkeel.Notice](t, "notice")
	n.ID, n.Case, n.Decision = evenkeel.NoticeID(id("n")), c.ID, d.ID
	o := draw[evenkeel.Order](t, "order")
	o.ID, o.Decision = evenkeel.OrderID(id("o")), d.ID
	x := draw[evenkeel.Finding](t, "finding")
	x.ID, x.Again = evenkeel.FindingID(id("f")), false // what is told again is not kept
	r := draw[evenkeel.Receipt](t, "receipt")
	r.Order = o.ID
	went := draw[docket.Delivery](t, "delivery")
	went.Notice = n.ID
	end := draw[docket.Ending](t, "ending")
	end.Order, end.Notice, end.Page, end.At = o.ID, "", "", end.At|1
	told := draw[evenkeel.Entry](t, "told")
	told.Case, told.Seq, told.Kind, told.Ref, told.State = c.ID, 2, evenkeel.EntryFound, id("f"), x.Revision.String()
	return docket.Changes{
		Reviews: []docket.Review{v},
		Tenant:  tenant, Family: "mining", Cases: []evenkeel.Case{c}, Entries: []evenkeel.Entry{e, told}, Decisions: []evenkeel.Decision{d},
		Clocks: []docket.Clock{k}, Flags: []evenkeel.Flag{f}, Findings: []evenkeel.Finding{x}, Orders: []evenkeel.Order{o}, Notices: []evenkeel.Notice{n},
		Receipts: []evenkeel.Receipt{r}, Deliveries: []docket.Delivery{went}, Endings: []docket.Ending{end},
	}
}
