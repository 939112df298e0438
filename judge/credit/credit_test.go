package credit

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

func euros() *Prices {
	return &Prices{
		Currency: "EUR", Minor: 2, Other: 1_000_000,
		Hour: map[evenkeel.Measure]Millionths{evenkeel.MeasureIsolate: 10_000_000, evenkeel.MeasureThrottle: 500_000},
	}
}

func restricted(asset string, m evenkeel.Measure, from, until time.Duration) Restriction {
	at := evenkeel.Moment(time.Hour)
	return Restriction{evenkeel.AssetID(asset), m, at.Add(from), at.Add(until)}
}

// R10: minutes that were wrongly restricted, and credits for them.
func TestWhatIsOwed(t *testing.T) {
	const isolate, throttle, limit, notify = evenkeel.MeasureIsolate, evenkeel.MeasureThrottle, evenkeel.MeasureLimit, evenkeel.MeasureNotify
	for name, x := range map[string]struct {
		in      []Restriction
		assets  int
		minutes int64
		amount  string
	}{
		"nothing was restricted":             {nil, 0, 0, "0"},
		"to be told is no restriction":       {[]Restriction{restricted("a", notify, 0, time.Hour)}, 0, 0, "0"},
		"an hour of two machines is two":     {[]Restriction{restricted("a", isolate, 0, time.Hour), restricted("b", isolate, 0, time.Hour)}, 2, 120, "20"},
		"a measure without a price of its":   {[]Restriction{restricted("a", limit, 0, time.Hour)}, 1, 60, "1"},
		"two measures at once count once":    {[]Restriction{restricted("a", throttle, 0, 2*time.Hour), restricted("a", isolate, time.Hour, 2*time.Hour)}, 1, 120, "10.5"},
		"a cent that has begun is paid":      {[]Restriction{restricted("a", throttle, 0, time.Minute)}, 1, 1, "0.01"},
		"it is rounded once, not each time":  {[]Restriction{restricted("a", throttle, 0, time.Minute), restricted("b", throttle, 0, time.Minute)}, 2, 2, "0.02"},
		"what ends before it begins":         {[]Restriction{restricted("a", throttle, time.Hour, 0)}, 0, 0, "0"},
		"the same one told twice":            {[]Restriction{restricted("a", isolate, 0, time.Hour), restricted("a", isolate, 0, time.Hour)}, 1, 60, "10"},
		"a pause between two is not counted": {[]Restriction{restricted("a", isolate, 0, time.Hour), restricted("a", isolate, 3*time.Hour, 4*time.Hour)}, 1, 120, "20"},
	} {
		got := Owed(x.in, euros())
		if got.Assets != x.assets || got.Minutes != x.minutes || got.Amount.String() != x.amount || got.Currency != "EUR" {
			t.Errorf("%s: %d assets, %d minutes, %s %s; expected %d, %d, %s", name, got.Assets, got.Minutes, got.Amount, got.Currency, x.assets, x.minutes, x.amount)
		}
	}
}

var drawRestrictions = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Restriction {
	return restricted(
		rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "asset"),
		evenkeel.Measure(rapid.IntRange(0, int(evenkeel.MeasureDeny)).Draw(t, "measure")),
		time.Duration(rapid.IntRange(0, 90).Draw(t, "from"))*time.Minute, time.Duration(rapid.IntRange(0, 90).Draw(t, "until"))*time.Minute,
	)
}), 0, 8)

// The same, minute by minute.
func TestWhatIsOwedIsWhatCountingMinutesComesTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, p := drawRestrictions.Draw(t, "in"), euros()
		minutes, worth := int64(0), int64(0) // worth in millionths × minutes
		for _, asset := range []evenkeel.AssetID{"a", "b", "c"} {
			for m := range 90 {
				at, price, any := evenkeel.Moment(time.Hour).Add(time.Duration(m)*time.Minute), Millionths(0), false
				for _, r := range in {
					if r.Asset == asset && r.Measure.Enforced() && r.From <= at && at < r.Until {
						price, any = max(price, p.of(r.Measure)), true
					}
				}
				if any {
					minutes++
					worth += int64(price)
				}
			}
		}
		got := Owed(in, p)
		cents := (worth + 60*10_000 - 1) / (60 * 10_000)
		if got.Minutes != minutes || got.Amount != Millionths(cents*10_000) {
			t.Fatalf("%+v: %d minutes, %s; expected %d, %s", in, got.Minutes, got.Amount, minutes, Millionths(cents*10_000))
		}
	})
}

func TestMoreRestrictionNeverComesToLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawRestrictions.Draw(t, "in")
		more := append(in[:len(in):len(in)], drawRestrictions.Draw(t, "more")...)
		if a, b := Owed(in, euros()), Owed(more, euros()); b.Amount < a.Amount || b.Minutes < a.Minutes || b.Assets < a.Assets {
			t.Fatalf("%+v, and with more %+v", a, b)
		}
	})
}

func TestAmountsAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Millionths(rapid.Int64Range(0, int64(MaxHour)).Draw(t, "amount"))
		if got, err := ParseMillionths(m.String()); err != nil || got != m {
			t.Fatalf("%d is written as %s and read as %d, %v", m, m, got, err)
		}
	})
	for _, bad := range []string{"", ".", "1.", ".5", "-1", "+1", "1e3", "1.0000001", "1,5", "0x1", " 1", "9999999999999"} {
		if m, err := ParseMillionths(bad); err == nil {
			t.Errorf("%q is read as %s; expected an error", bad, m)
		}
	}
}

func TestPricesThatCannotBeMeant(t *testing.T) {
	if err := euros().Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Prices){
		"no currency":               func(p *Prices) { p.Currency = "euro" },
		"too many decimals":         func(p *Prices) { p.Minor = 4 },
		"a negative price":          func(p *Prices) { p.Other = -1 },
		"a price of what is told":   func(p *Prices) { p.Hour[evenkeel.MeasureNotify] = 1 },
		"a price beyond all reason": func(p *Prices) { p.Hour[evenkeel.MeasureIsolate] = MaxHour + 1 },
	} {
		p := euros()
		change(p)
		if p.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
