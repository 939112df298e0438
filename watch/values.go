package watch

import (
	"math"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// Bounds of what a checkpoint may claim: more than any rule or record leads to.
const (
	mostText   = evenkeel.MaxText
	mostValues = 1 << 16
)

func writeSeries(w *section.Writer, p *evenkeel.PaneSeries) {
	w.Text(p.Name)
	w.Text(p.Unit)
	w.Uint64(uint64(p.From))
	w.Uint64(uint64(p.Width))
	w.Uvarint(uint64(len(p.Values)))
	for _, v := range p.Values {
		if w.Bool(v.Known); v.Known {
			w.Uint64(math.Float64bits(v.Value))
		}
	}
}

func readSeries(r *section.Reader) (p evenkeel.PaneSeries) {
	p.Name, p.Unit = r.Text(mostText), r.Text(mostText)
	p.From, p.Width = evenkeel.Moment(r.Uint64()), evenkeel.Moment(r.Uint64())
	for range r.Count(mostValues) {
		v := evenkeel.Reading{Known: r.Bool()}
		if v.Known {
			v.Value = math.Float64frombits(r.Uint64())
		}
		if r.Err() != nil {
			break
		}
		p.Values = append(p.Values, v)
	}
	return p
}

func writeAims(w *section.Writer, aims []evenkeel.Aim) {
	w.Uvarint(uint64(len(aims)))
	for _, a := range aims {
		w.Text(a.Protocol)
		w.Text(a.Address.String())
		w.Uint64(uint64(a.Port))
		w.Uint64(uint64(a.Most))
	}
}

func readAims(r *section.Reader) (aims []evenkeel.Aim) {
	for range r.Count(evenkeel.MaxAims) {
		a := evenkeel.Aim{Protocol: r.Text(mostText)}
		address, err := netip.ParseAddr(r.Text(mostText))
		a.Address, a.Port, a.Most = address, uint16(r.Uint64()), int64(r.Uint64())
		if r.Err() != nil {
			break
		}
		if err != nil {
			r.Fail("a held finding about a flow to no address")
		}
		aims = append(aims, a)
	}
	return aims
}

// writeValue writes a slot's value: its type, then the value, or why it is unknown.
func writeValue(w *section.Writer, v ternary.Value) {
	w.Byte(byte(v.Type()))
	switch v.Type() {
	case ternary.BoolType:
		b, _ := v.Bool()
		w.Bool(b)
	case ternary.IntType:
		n, _ := v.Int()
		w.Uint64(uint64(n))
	case ternary.DoubleType:
		f, _ := v.Double()
		w.Uint64(math.Float64bits(f))
	case ternary.StringType:
		s, _ := v.Text()
		w.Text(s)
	case ternary.DurationType:
		d, _ := v.Duration()
		w.Uint64(uint64(d))
	case ternary.TimestampType:
		ns, _ := v.Timestamp()
		w.Uint64(uint64(ns))
	default:
		w.Text(v.Why())
	}
}

func readValue(r *section.Reader) ternary.Value {
	switch t := ternary.Type(r.Byte()); t {
	case 0:
		return ternary.Unknown(r.Text(mostText))
	case ternary.BoolType:
		return ternary.Bool(r.Bool())
	case ternary.IntType:
		return ternary.Int(int64(r.Uint64()))
	case ternary.DoubleType:
		return ternary.Double(math.Float64frombits(r.Uint64()))
	case ternary.StringType:
		return ternary.String(r.Text(mostText))
	case ternary.DurationType:
		return ternary.Duration(time.Duration(r.Uint64()))
	case ternary.TimestampType:
		return ternary.Timestamp(int64(r.Uint64()))
	default:
		r.Fail("a value of type %d", t)
		return ternary.Value{}
	}
}
