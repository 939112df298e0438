package ternary

import (
	"math"
	"strings"
	"testing"
	"time"
)

var testVars = []Var{
	{"cpu.mean", DoubleType, "mean CPU load, 0 to 1"},
	{"cpu.cores", IntType, "virtual CPUs"},
	{"tenant.age", DurationType, "since the tenant came"},
	{"tenant.paid", IntType, "cents paid so far"},
	{"tenant.credit", BoolType, "pays later"},
	{"name", StringType, "the machine's name"},
	{"now", TimestampType, "time of the pane"},
	{"since", TimestampType, "first seen"},
	{"in_rate", DoubleType, "packets in, 1/s"},
	{"out_rate", DoubleType, "packets out, 1/s"},
	{"cpu", StringType, "model of the CPU"},
}

func testScope(t testing.TB) *Scope {
	t.Helper()
	s, err := NewScope(testVars)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// given is a slot vector with some values known; the others are unknown (no data).
func given(t testing.TB, s *Scope, known map[string]Value) []Value {
	t.Helper()
	slots := make([]Value, s.Len())
	for i := range slots {
		slots[i] = Unknown("no data")
	}
	for name, v := range known {
		i, ok := s.Slot(name)
		if !ok {
			t.Fatalf("no variable %s", name)
		}
		slots[i] = v
	}
	return slots
}

var noon = time.Date(2019, 5, 29, 12, 0, 0, 0, time.UTC).UnixNano()

var ordinary = map[string]Value{
	"cpu.mean": Double(0.97), "cpu.cores": Int(4), "tenant.age": Duration(50 * time.Hour), "tenant.paid": Int(0),
	"tenant.credit": Bool(true), "name": String("worker-é7"), "now": Timestamp(noon),
	"since": Timestamp(noon - int64(90*time.Minute)), "cpu": String("epyc"),
}

func TestValuesOfExpressions(t *testing.T) {
	s := testScope(t)
	for _, c := range []struct{ name, src, want string }{
		{"a threshold on a double", `cpu.mean > 0.9`, "true"},
		{"a constant on the left is the same threshold", `0.9 < cpu.mean`, "true"},
		{"a variable whose name is a prefix of another", `cpu == "epyc"`, "true"},
		{"ages compare with units", `tenant.age >= days(2) && tenant.age < hours(51)`, "true"},
		{"a duration constant", `tenant.age > duration("49h59m59.5s")`, "true"},
		{"moments subtract to a span", `now - since`, "1h30m0s"},
		{"a moment and a span add to a moment", `since + minutes(90) == now`, "true"},
		{"a span and a moment add as well", `minutes(90) + since == now`, "true"},
		{"moments compare with a constant", `now < timestamp("2019-05-29T12:00:00.5Z")`, "true"},
		{"whole numbers divide toward zero", `-7 / cpu.cores`, "-1"},
		{"the remainder has the sign of the dividend", `-7 % cpu.cores`, "-3"},
		{"ints become doubles only when asked", `double(cpu.cores) * 0.5`, "2"},
		{"int cuts toward zero", `int(-1.9 * cpu.mean / cpu.mean)`, "-1"},
		{"max and min of doubles", `max(cpu.mean, 1.0) - min(cpu.mean, 1.0) < 0.04`, "true"},
		{"max of durations", `max(tenant.age, days(3))`, "72h0m0s"},
		{"abs of an int", `abs(tenant.paid - 5)`, "5"},
		{"the smaller of two negatives", `min(-3, -cpu.cores)`, "-4"},
		{"size counts characters", `size(name) == 9 && name.size() == 9`, "true"},
		{"prefix, suffix and part", `name.startsWith("work") && name.endsWith("7") && name.contains("ker-")`, "true"},
		{"patterns match anywhere", `name.matches("[a-z]+-")`, "true"},
		{"anchored patterns do not", `name.matches("^[0-9]")`, "false"},
		{"membership in a short list", `name in ["a", "worker-é7"]`, "true"},
		{"membership in a long list", `cpu.cores in [1, 2, 3, 5, 6, 7, 8, 9, 10, 11]`, "false"},
		{"membership of durations", `tenant.age in [hours(50), duration("1s")]`, "true"},
		{"membership of truth values", `tenant.credit in [false]`, "false"},
		{"a conditional picks a branch", `tenant.credit ? "credit" : "prepaid"`, `"credit"`},
		{"truth values compare", `tenant.credit != (tenant.paid > 0)`, "true"},
		{"known sees a value", `known(cpu.mean) && !known(in_rate)`, "true"},
		{"known sees an operation without result", `known(cpu.cores / tenant.paid)`, "false"},
		{"constants are folded", `2 * 3 + 4 == 10`, "true"},
		{"strings have an order", `name > "a" && name <= "z"`, "true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := s.Compile(c.src, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got := x.Eval(given(t, s, ordinary)).String(); got != c.want {
				t.Errorf("%s = %s, want %s", c.src, got, c.want)
			}
		})
	}
}

func TestUnknownsAreNamedAndNeverReadAsZero(t *testing.T) {
	s := testScope(t)
	for _, c := range []struct{ name, src, want string }{
		{"a missing value compares as unknown", `in_rate < 1.0`, "unknown (in_rate (no data))"},
		{"false settles a conjunction on either side", `in_rate > 1.0 && !tenant.credit || !tenant.credit && in_rate > 1.0`, "false"},
		{"true settles a disjunction on either side", `(in_rate > 1.0 || tenant.credit) && (tenant.credit || in_rate > 1.0)`, "true"},
		{"true leaves a conjunction open", `tenant.credit && in_rate > 1.0`, "unknown (in_rate (no data))"},
		{"of three operands the unknown ones are named, each once", `in_rate > 1.0 && tenant.credit && (out_rate > 1.0 && in_rate < 9.0)`,
			"unknown (in_rate (no data); out_rate (no data))"},
		{"the unknown operand that a known one made irrelevant is not named", `(tenant.credit || out_rate > 1.0) && in_rate > 1.0`,
			"unknown (in_rate (no data))"},
		{"a value equals not even itself while unknown", `in_rate == in_rate`, "unknown (in_rate (no data))"},
		{"zero times unknown is unknown", `0.0 * in_rate`, "unknown (in_rate (no data))"},
		{"a conditional on the unknown with equal branches is known", `in_rate > 1.0 ? 3 : 1 + 2`, "3"},
		{"a conditional on the unknown with different branches names the condition", `in_rate > out_rate ? 3 : 4`,
			"unknown (in_rate (no data); out_rate (no data))"},
		{"a conditional names only the branch it took", `tenant.credit ? in_rate : out_rate`, "unknown (in_rate (no data))"},
		{"a ratio over zero", `cpu.cores / tenant.paid > 3`, "unknown (cpu.cores / tenant.paid (a ratio over nothing))"},
		{"a double ratio over zero", `cpu.mean / (cpu.mean - cpu.mean) > 0.0`, "unknown (cpu.mean / (cpu.mean - cpu.mean) (a ratio over nothing))"},
		{"a remainder of zero", `cpu.cores % tenant.paid`, "unknown (cpu.cores % tenant.paid (a ratio over nothing))"},
		{"a constant ratio over zero", `1 / 0 == 1`, "unknown (1 / 0 (a ratio over nothing))"},
		{"an overflow", `9223372036854775807 + cpu.cores`, "unknown (9223372036854775807 + cpu.cores (out of range))"},
		{"an infinity", `1e308 * (cpu.mean + 10.0) > 1.0`, "unknown (1e+308 * (cpu.mean + 10.0) (out of range))"},
		{"a conversion out of range", `int(1e18 * (cpu.mean + 100.0))`, "unknown (int(1e+18 * (cpu.mean + 100.0)) (out of range))"},
		{"a span too long", `days(cpu.cores * 1000000)`, "unknown (days(cpu.cores * 1000000) (out of range))"},
		{"membership of the unknown", `out_rate in [1.0, 2.0]`, "unknown (out_rate (no data))"},
		{"text functions over the unknown", `!name.startsWith(in_rate > 1.0 ? "w" : "x")`, "unknown (in_rate (no data))"},
		{"the negation of unknown", `!(in_rate > 1.0)`, "unknown (in_rate (no data))"},
		{"a lone variable", `in_rate`, "unknown (in_rate (no data))"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := s.Compile(c.src, 0)
			if err != nil {
				t.Fatal(err)
			}
			slots := given(t, s, ordinary)
			if got := x.Eval(slots).String(); got != c.want {
				t.Errorf("%s = %s\nwant %s", c.src, got, c.want)
			}
			if known := x.Eval(slots).Known(); known != (len(x.Unknowns(slots)) == 0) {
				t.Errorf("known = %v, unknowns = %q", known, x.Unknowns(slots))
			}
		})
	}
}

func TestSlotOfAnotherTypeIsUnknown(t *testing.T) {
	s := testScope(t)
	slots := given(t, s, map[string]Value{"cpu.mean": Int(1), "tenant.credit": String("true"), "since": Duration(1)})
	for _, src := range []string{`cpu.mean > 0.5`, `cpu.mean + 0.5 > 0.0`, `tenant.credit`, `since < now`, `since == timestamp("1970-01-01T00:00:00Z")`} {
		x, err := s.Compile(src, BoolType)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Test(slots); got != Undecided {
			t.Errorf("%s = %v", src, got)
		}
	}
	x, _ := s.Compile(`cpu.mean > 0.5`, BoolType)
	if got := x.Eval(slots).Why(); got != "cpu.mean (holds int, declared double)" {
		t.Error(got)
	}
}

func TestValueConstructorsAndAccessors(t *testing.T) {
	if v := Double(math.NaN()); v.Known() || v.Why() != "not a number" {
		t.Errorf("NaN is %v", v)
	}
	if v := Double(math.Inf(-1)); v.Known() {
		t.Errorf("an infinity is %v", v)
	}
	if Double(math.Copysign(0, -1)) != Double(0) {
		t.Error("minus zero differs from zero")
	}
	if (Value{}).Known() || (Value{}).Why() != "no value" || Unknown("") != (Value{}) {
		t.Error("the zero Value is not unknown")
	}
	if Bool(false) == (Value{}) || Bool(false).Tri() != False || Bool(true).Tri() != True || Unknown("x").Tri() != Undecided || Int(1).Tri() != Undecided {
		t.Error("truth values")
	}
	v := Int(7)
	if i, ok := v.Int(); i != 7 || !ok {
		t.Error("an int is not read back")
	}
	if _, ok := v.Double(); ok {
		t.Error("an int was read as a double")
	}
	if _, ok := v.Duration(); ok {
		t.Error("an int was read as a duration")
	}
	if _, ok := String("").Text(); !ok {
		t.Error("the empty text is a known text")
	}
	if d, ok := Duration(time.Minute).Duration(); d != time.Minute || !ok {
		t.Error("a duration is not read back")
	}
	if ns, ok := Timestamp(5).Timestamp(); ns != 5 || !ok {
		t.Error("a moment is not read back")
	}
	if b, ok := Unknown("x").Bool(); b || ok {
		t.Error("unknown was read as a truth value")
	}
	for want, v := range map[string]Value{
		"true": Bool(true), "-3": Int(-3), "0.333333": Double(1.0 / 3), `"a\n"`: String("a\n"), "1m0s": Duration(time.Minute),
		"2019-05-29T12:00:00Z": Timestamp(noon), "unknown (never paid)": Unknown("never paid"),
	} {
		if v.String() != want {
			t.Errorf("%v prints as %s, want %s", v.Type(), v, want)
		}
	}
	for _, ty := range allTypes {
		if strings.HasPrefix(ty.String(), "no") {
			t.Errorf("type %d has no name", ty)
		}
	}
}

func TestEdgesOfTheNumbers(t *testing.T) {
	s := propScope(t)
	const least, most = math.MinInt64, math.MaxInt64
	for _, c := range []struct {
		src  string
		x, y Value // of the variables of the type of x: i.x and i.y, f.x and f.y, d.x and d.y
		want string
	}{
		{"i.x + i.y", Int(most), Int(1), "out of range"},
		{"i.x + i.y", Int(most), Int(least), "-1"},
		{"i.x - i.y", Int(least), Int(1), "out of range"},
		{"i.x - i.y", Int(0), Int(least), "out of range"},
		{"i.x - i.y", Int(-1), Int(least), "9223372036854775807"},
		{"i.x * i.y", Int(least), Int(-1), "out of range"},
		{"i.x * i.y", Int(-1), Int(least), "out of range"},
		{"i.x * i.y", Int(0), Int(least), "0"},
		{"i.x * i.y", Int(1 << 32), Int(1 << 31), "out of range"},
		{"i.x * i.y", Int(1 << 32), Int(-1 << 31), "-9223372036854775808"},
		{"i.x / i.y", Int(least), Int(-1), "out of range"},
		{"i.x % i.y", Int(least), Int(-1), "out of range"},
		{"i.x % i.y", Int(5), Int(0), "a ratio over nothing"},
		{"-i.x", Int(least), Int(0), "out of range"},
		{"abs(i.x)", Int(least), Int(0), "out of range"},
		{"days(i.x)", Int(106751), Int(0), "2562024h0m0s"},
		{"days(i.x)", Int(106752), Int(0), "out of range"},
		{"int(f.x)", Double(most), Double(0), "out of range"}, // 2^63
		{"int(f.x)", Double(least), Double(0), "out of range"},
		{"int(f.x)", Double(math.Nextafter(most, 0)), Double(0), "9223372036854774784"},
		{"f.x / f.y", Double(math.MaxFloat64), Double(0.5), "out of range"},
		{"f.x / f.y", Double(0), Double(0), "a ratio over nothing"},
		{"f.x - f.y", Double(-math.MaxFloat64), Double(math.MaxFloat64), "out of range"},
		{"d.x - d.y", Duration(least), Duration(1), "out of range"},
		{`timestamp("1970-01-01T00:00:00Z") - seconds(1) - d.x`, Duration(least), Duration(0), "out of range"},
		{`timestamp("1970-01-01T00:00:00Z") - d.x`, Duration(most), Duration(0), "1677-09-21T00:12:43.145224193Z"},
		{`timestamp("2262-04-11T23:47:16Z") + d.x`, Duration(time.Second), Duration(0), "out of range"},
	} {
		x, err := s.Compile(c.src, 0)
		if err != nil {
			t.Fatal(err)
		}
		slots := make([]Value, s.Len())
		l := letter(c.x.Type())
		i, _ := s.Slot(l + ".x")
		slots[i], slots[i+1] = c.x, c.y
		if got := x.Eval(slots); got.String() != c.want && !strings.HasSuffix(got.Why(), "("+c.want+")") {
			t.Errorf("%s over %v and %v is %v, want %s", c.src, c.x, c.y, got, c.want)
		}
	}
}
