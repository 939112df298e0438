package intake

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

const testNow evenkeel.Moment = 1_790_000_000 * 1e9

func TestTheWindowOfAcceptedTimes(t *testing.T) {
	const day = evenkeel.Moment(24 * time.Hour)
	for _, c := range []struct {
		name    string
		window  Window
		at, now evenkeel.Moment
		why     Reason
		ok      bool
	}{
		{"now", Window{}, testNow, testNow, 0, true},
		{"seven days ago is the end of what is accepted", Window{}, testNow - 7*day, testNow, 0, true},
		{"a little more than seven days ago", Window{}, testNow - 7*day - 1, testNow, TooOld, false},
		{"ten minutes ahead is the end of what is accepted", Window{}, testNow + 600e9, testNow, 0, true},
		{"a little more than ten minutes ahead", Window{}, testNow + 600e9 + 1, testNow, TooNew, false},
		{"an operator's own window", Window{Past: time.Hour, Future: time.Second}, testNow - 2*3600e9, testNow, TooOld, false},
		{"a replay accepts what is old", Window{}, testNow - 4000*day, 0, 0, true},
		{"a replay accepts what is to come", Window{}, testNow + 4000*day, 0, 0, true},
		{"1970 is a clock that was never set", Window{}, Earliest - 1, 0, BadTime, false},
		{"1971 is a time", Window{}, Earliest, 0, 0, true},
		{"2200 is no time", Window{}, Latest, 0, BadTime, false},
		{"no time at all", Window{}, 0, testNow, BadTime, false},
		{"before 1970", Window{}, -5, 0, BadTime, false},
	} {
		if why, ok := c.window.Check(c.at, c.now); why != c.why || ok != c.ok {
			t.Errorf("%s: got %v %v, want %v %v", c.name, why, ok, c.why, c.ok)
		}
	}
	if Earliest.String() != "1971-01-01T00:00:00Z" || Latest.String() != "2200-01-01T00:00:00Z" {
		t.Errorf("the range is %v to %v", Earliest, Latest)
	}
}

func TestEveryReasonHasItsNameAndSentence(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Reasons() {
		if r.String() == "" || r.Says() == "" || names[r.String()] {
			t.Errorf("reason %d: %q, %q", r, r, r.Says())
		}
		names[r.String()] = true
	}
	if Reason(200).String() != "invalid" || len(names) != reasons {
		t.Error("an invalid reason has a name")
	}
	for r, refuses := range map[Reason]bool{BadEvent: true, NotANumber: true, UnknownMetric: false, NoValue: false, Redundant: false} {
		if r.Refuses() != refuses {
			t.Errorf("%v refuses: %v", r, r.Refuses())
		}
	}
}

func TestTheReasonOfABadTimeIsRightForEveryFormat(t *testing.T) {
	want := "the time is not between 1971 and 2200; expected nanoseconds since 1970 in OTLP, RFC 3339 in CloudEvents"
	if got := BadTime.Says(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestATallyCountsAndExplains(t *testing.T) {
	var a, b Tally
	a.Accepted = 2
	if !a.Count(TooOld) || a.Count(TooOld) || a.CountN(Redundant, 0) || !a.CountN(UnknownMetric, 5) {
		t.Error("only the first of a reason is the first")
	}
	a.Explain(TooOld, "cpu of vm-1")
	b.Accepted = 1
	b.CountN(TooOld, 3)
	b.Explain(TooOld, "cpu of vm-2")
	b.Count(Negative)
	a.Merge(b)
	if got := a.String(); got != "accepted 3, negative 1, too_old 5, unknown_metric 5" {
		t.Errorf("got %s", got)
	}
	if a.Refused() != 6 || a.Ignored() != 5 {
		t.Errorf("refused %d, ignored %d", a.Refused(), a.Ignored())
	}
	want := "6 refused: 1 because the value is below zero; 5 because the time is further back than the intake accepts (first: cpu of vm-1)"
	if got := a.Says(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n, example := a.Of(TooOld); n != 5 || example != "cpu of vm-1" {
		t.Errorf("got %d %s", n, example)
	}
	for _, quiet := range []Reason{UnknownMetric, NoValue, Redundant} {
		c := Tally{Accepted: 1}
		if c.Count(quiet); c.Says() != "" {
			t.Errorf("nothing refused, but it says %s", c.Says())
		}
	}
	b = Tally{Accepted: 2}
	b.Count(UnknownField)
	b.Strange("form (did you mean from?)", ` "e-1"`)
	if got, want := b.Says(), "1 ignored because the event's type has no such field: form (did you mean from?) \"e-1\""; got != want || b.Refused() != 0 {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	a.Merge(b)
	want += "; 1 ignored because the event's type has no such field: form (did you mean from?) \"e-1\""
	if got := a.Says(); got != want || a.Refused() != 6 || a.Ignored() != 6 {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestStrangeFieldsAreNamedOnceAndNotWithoutEnd: whoever slips reads each name, and whoever sends nothing but
// strange fields fills no answer.
func TestStrangeFieldsAreNamedOnceAndNotWithoutEnd(t *testing.T) {
	var a, b Tally
	for i := range 100 {
		a.Strange("form in evenkeel.asset.v1", fmt.Sprint(" ", i))
		b.Strange(fmt.Sprint("x", i), "")
	}
	if got := a.StrangeFields(); len(got) != 1 || got[0] != "form in evenkeel.asset.v1 0" {
		t.Errorf("%q; expected the first alone", got)
	}
	if a.Merge(b); len(a.StrangeFields()) != MaxStrange || a.StrangeFields()[1] != "x0" {
		t.Errorf("%q; expected %d", a.StrangeFields(), MaxStrange)
	}
}

func TestLimitsHaveDefaults(t *testing.T) {
	if l := (Limits{Points: 7}).WithDefaults(); l.Points != 7 || l.Body != 4<<20 || l.Attributes != 64 || l.Depth != 16 {
		t.Errorf("got %+v", l)
	}
	if err := (Limits{}).CheckBody(4 << 20); err != nil {
		t.Errorf("a body of the allowed size: %v", err)
	}
	err := (Limits{Body: 10}).CheckBody(11)
	if err == nil || err.Error() != "body has 11 bytes; expected at most 10" || evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
}

func TestAttributesAreSortedByKeyAndKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attrs := []Attribute{}
		for i := range rapid.IntRange(0, 40).Draw(t, "length") {
			attrs = append(attrs, Attribute{Key: rapid.StringMatching("[a-c]{0,2}").Draw(t, "key"), Bits: uint64(i)})
		}
		want := slices.Clone(attrs)
		slices.SortStableFunc(want, func(a, b Attribute) int { return strings.Compare(a.Key, b.Key) })
		if SortAttributes(attrs); !slices.Equal(attrs, want) {
			t.Fatalf("got %v, want %v", attrs, want)
		}
	})
}

func TestTheFirstNameThatIsPresentNamesTheAsset(t *testing.T) {
	names := DefaultAssetAttributes()
	attr := func(k, v string) Attribute { return Attribute{Key: k, Text: v, Kind: AttributeText} }
	for _, c := range []struct {
		name  string
		attrs []Attribute
		want  string
		rank  int
	}{
		{"nothing", nil, "", 5},
		{"the last name", []Attribute{attr("host.name", "h")}, "h", 4},
		{"two names, the better one first", []Attribute{attr("host.id", "i"), attr("host.name", "h")}, "i", 1},
		{"two names, the better one last", []Attribute{attr("host.name", "h"), attr("evenkeel.asset", "a")}, "a", 0},
		{"an integer names by its decimal text", []Attribute{{Key: "host.id", Kind: AttributeInt, Bits: 4711}, attr("host.name", "h")}, "4711", 1},
		{"a negative integer, too", []Attribute{{Key: "host.id", Kind: AttributeInt, Bits: math.MaxUint64}}, "-1", 1},
		{"zero is a name like another", []Attribute{{Key: "host.id", Kind: AttributeInt}}, "0", 1},
		{"a boolean names nothing", []Attribute{{Key: "host.id", Kind: AttributeBool, Bits: 1}, attr("host.name", "h")}, "h", 4},
		{"a double names nothing", []Attribute{{Key: "host.id", Kind: AttributeDouble, Bits: math.Float64bits(3)}}, "", 5},
		{"an empty text names nothing", []Attribute{attr("host.id", ""), attr("host.name", "h")}, "h", 4},
	} {
		if got, rank := AssetOf(c.attrs, names); got != c.want || rank != c.rank {
			t.Errorf("%s: got %q at %d, want %q at %d", c.name, got, rank, c.want, c.rank)
		}
	}
}

func TestAttributesOfDifferentKindsHaveDifferentHashes(t *testing.T) {
	sums := map[uint64]string{}
	for name, a := range map[string]Attribute{
		"empty": {Key: "a"}, "text": {Key: "a", Kind: AttributeText}, "false": {Key: "a", Kind: AttributeBool},
		"0": {Key: "a", Kind: AttributeInt}, "0.0": {Key: "a", Kind: AttributeDouble}, "bytes": {Key: "a", Kind: AttributeBytes},
		"list": {Key: "a", Kind: AttributeComplex}, "key": {Key: "ab", Kind: AttributeText, Text: "c"}, "value": {Key: "a", Kind: AttributeText, Text: "bc"},
	} {
		h := siphash.New(siphash.Key{})
		a.Hash(&h)
		if other, ok := sums[h.Sum()]; ok {
			t.Errorf("%s and %s have one hash", name, other)
		}
		sums[h.Sum()] = name
	}
}

func TestIdentitiesTellApartWhatIsDifferent(t *testing.T) {
	sums := map[uint64]string{}
	note := func(name string, sum uint64) {
		if other, ok := sums[sum]; ok {
			t.Errorf("%s and %s have one identity", name, other)
		}
		sums[sum] = name
	}
	for _, source := range []string{"a", "b"} {
		ids := NewIdentities(siphash.Key{1}, source)
		for _, asset := range []string{"vm-1", "vm-1s"} {
			for _, metric := range []string{"system", "ystem"} {
				for _, resource := range [][]Attribute{nil, {{Key: "k"}}} {
					h := ids.Line(asset, metric, ids.Resource(resource))
					for _, at := range []evenkeel.Moment{1, 2} {
						note(strings.Join([]string{source, asset, metric, at.String()}, " "), ids.Point(h.Sum(), at))
					}
				}
			}
		}
	}
	note("event", EventID(siphash.Key{1}, "a", "bc"))
	note("another event", EventID(siphash.Key{1}, "ab", "c"))
	note("another key", EventID(siphash.Key{2}, "ab", "c"))
	if got := EventID(siphash.Key{1}, "a", "bc"); got != 0xdd0a01d6590b48c1 {
		t.Errorf("got %#x: what is stored would count twice", got)
	}
}
