package lookback

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
)

const hostile = "<script>alert(1)</script>\x1b[31m"

// aReport has something in every list, under names that nobody would wish for.
func aReport() *Report {
	from := evenkeel.MomentOf(monthBegin)
	trace := Trace{From: from, Step: Seconds(time.Hour), Busy: []Share{0.1, Share(math.NaN()), 0.9}}
	term := evenkeel.Term{Name: "pinned", Family: evenkeel.EvidenceUsage, Value: evenkeel.Reading{Value: 0.999, Known: true}, Threshold: evenkeel.Reading{Value: 0.995, Known: true}, Unit: "fraction", Weight: 3, Says: hostile}
	wire := evenkeel.Term{Name: "stratum", Family: evenkeel.EvidenceWire, Weight: 4}
	against := evenkeel.Term{Name: "paying-customer", Family: evenkeel.EvidenceUsage, Weight: -2, Unknown: "not told"}
	says := Statement{Rule: "crypto-mining", Version: 1, Family: "mining", At: from, From: from, Until: from.Add(time.Hour), Score: 3, Needs: 4, Terms: []evenkeel.Term{term}, Unmet: []evenkeel.Term{wire, against}}
	account := Account{Standing: unknown, Since: unknown, Paid: unknown, RunRate: unknown}
	return &Report{
		Address: "http://prometheus", From: from, Until: evenkeel.MomentOf(monthEnd), Step: Seconds(time.Minute), Rules: []string{"crypto-mining"}, Policy: "default v1", Old: "raisup-2019 v1",
		Coverage: Coverage{Blind: []string{hostile}, Gaps: []Gap{outage}, First: from, Last: from, Interval: Seconds(time.Minute)},
		Suspects: []Suspect{
			{Tenant: hostile, Asset: hostile, Account: account, Findings: 1, Says: []Statement{says}, Times: []Gap{outage}, Month: trace, Close: trace, Did: Outcome{Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, State: "in_force", Safeguards: []evenkeel.Safeguard{{Name: "payment-history", Says: evenkeel.Permit, Why: hostile}}, Why: []string{hostile}}, Old: evenkeel.MeasureSuspend},
			{Tenant: "t", Account: account, Findings: 2, Says: []Statement{says}, Named: []evenkeel.AssetID{"a", "b"}, NamedAll: 2},
		},
		Spared: []Spared{{Tenant: "t", Asset: hostile, Account: account, Peak: 0.9, Mean: Share(math.NaN()), PeakAt: from, Near: []Statement{says}, Month: trace}},
		Locked: []Locked{{Tenant: hostile, Account: account, Machines: 1234, Through: []evenkeel.AssetID{"a", "b", "c", "d", "e"}, For: 5, Rules: []string{"busy-2019"}, RulesAll: 1, Evenkeel: new(evenkeel.MeasureNone), At: from, Wanted: evenkeel.MeasureSuspend, Says: hostile}},
		Held:   []Held{{Asset: hostile, Rule: "crypto-mining", At: from, Why: hostile}},
		Totals: Totals{Machines: 2, Suspects: 22, Spared: new(1), LockedAlone: new(0), Held: 1, LockedTenants: 1, LockedMachines: 1234},
	}
}

func TestATerminalGetsNoLineThatIsTooLongAndNothingThatItObeys(t *testing.T) {
	for _, width := range []int{0, 60, 100} {
		var out bytes.Buffer
		if err := aReport().Text(&out, width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			if utf8.RuneCountInString(line) > max(width, leastWidth) && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("at %d columns: %q", width, line)
			}
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Error("a name speaks to the terminal")
		}
		flat := strings.Join(strings.Fields(out.String()), " ")
		for _, want := range []string{"tenant t, with 2 machines: 2 findings", "stratum: a Prometheus does not tell", "paying-customer, which would have spoken for it: not known (not told)", "1,234 machines", "a, b, c, d, others", "mean unknown", "and 20 more"} {
			if !strings.Contains(flat, want) {
				t.Errorf("at %d columns it does not say %q:\n%s", width, want, out.String())
			}
		}
	}
}

func TestThePageHoldsNothingThatRunsOrComesFromElsewhere(t *testing.T) {
	var out bytes.Buffer
	if err := aReport().HTML(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, bad := range []string{"<script", "src=", "@import", "javascript:", "<link", "<iframe", "ZgotmplZ"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if strings.Contains(strings.ReplaceAll(page, "url(#", ""), "url(") {
		t.Error("the page asks for something beyond itself")
	}
	for _, want := range []string{"default-src 'none'", "prefers-color-scheme:dark", "@media print", "&lt;script&gt;", "<svg", "1,234 machines", "locks the whole account"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(page, "<svg"); n != 3 {
		t.Errorf("%d charts; expected two of the suspect and one of the machine that was left alone", n)
	}
}

func TestAsJSONWhatIsNotKnownIsNull(t *testing.T) {
	data, err := json.Marshal(aReport())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"busy":[0.1,null,0.9]`) || !strings.Contains(string(data), `"mean":null`) || !strings.Contains(string(data), `"rule_2019":"suspend"`) {
		t.Errorf("%s", data)
	}
	var back Report
	if err := json.Unmarshal(data, &back); err != nil || back.Spared[0].Mean.Known() || back.Step != Seconds(time.Minute) {
		t.Errorf("read back: %v, %+v", err, back.Step)
	}
}

func TestTheStandInIsARuleThatOnlyWatchesAndOnlyAsksTheCPU(t *testing.T) {
	r, err := standIn()
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != standInRule || r.Mode != evenkeel.ModeShadow || r.Family != "mining" || len(r.Facts()) > 0 {
		t.Errorf("%+v", r)
	}
	for _, w := range r.Windows {
		if w.Of != rule.SignalCPUBusy {
			t.Errorf("it asks %s", w.Name)
		}
	}
}

func TestATraceGoesByWhatWasMeasured(t *testing.T) {
	begin := evenkeel.MomentOf(monthBegin)
	tr := newTraces(begin, begin.Add(4*time.Hour), time.Hour)
	add := func(line uint64, part evenkeel.Part, at time.Duration, value float64) {
		b := evenkeel.NewBatch("p", 0)
		b.AddUsage(evenkeel.Usage{At: begin.Add(at), ID: 1, Asset: "vm", Meter: evenkeel.MeterCPUTime, Part: part, Form: evenkeel.FormCumulative, Line: line, Value: value, PerCPU: true})
		tr.add(b)
	}
	idle, wait := 0.0, 0.0
	for m := time.Duration(0); m < 240; m++ {
		if m >= 60 && m < 120 { // a gap in which the counters stood: it must not look busy
			continue
		}
		if m == 200 { // the machine started anew
			idle, wait = 0, 0
		}
		add(1, evenkeel.PartIdle, m*time.Minute, idle)
		add(2, evenkeel.PartIOWait, m*time.Minute, wait)
		idle, wait = idle+15, wait+15
	}
	got := tr.trace("vm").Busy
	for i, want := range []float64{0.5, math.NaN(), 0.5, 0.5} {
		if math.IsNaN(want) == got[i].Known() || math.Abs(float64(got[i])-want) > 0.02 {
			t.Errorf("hour %d: %v; expected %v", i, got[i], want)
		}
	}
	if gaps := tr.gaps(); len(gaps) != 1 || gaps[0].From != begin.Add(time.Hour) || tr.interval() != time.Minute {
		t.Errorf("gaps %v, interval %v", gaps, tr.interval())
	}
}

func TestATermWithoutAUnitHasThatOfTheWindowItAsks(t *testing.T) {
	rules, err := rule.Parse("busy-2019.yaml", standInText)
	if err != nil {
		t.Fatal(err)
	}
	if got := unitOf(rules[0], &evenkeel.Term{Name: "busy"}); got != "fraction" {
		t.Errorf("%q; expected fraction", got)
	}
	if got := unitOf(rules[0], &evenkeel.Term{Name: "busy", Unit: "s"}); got != "s" {
		t.Errorf("%q; expected its own", got)
	}
	if got := unitOf(rules[0], &evenkeel.Term{Name: "other"}); got != "" {
		t.Errorf("%q; expected none", got)
	}
}
