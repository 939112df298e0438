package lookback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// An evening of seven machines is asked of something that answers as a Prometheus does. A real one
// is looked back over in real_test.go.
var evening = []struct {
	name, tenant string
	busy         float64
	made         time.Duration // before the beginning
}{
	{"hot-1", "a", 0.99, 2 * day}, {"hot-2", "a", 0.98, 2 * day}, {"hot-3", "b", 0.97, 90 * day}, {"hot-4", "c", 0.96, 90 * day},
	{"warm-1", "d", 0.7, 90 * day}, {"warm-2", "d", 0.6, 90 * day}, {"cool", "d", 0.1, 90 * day},
}

const eveningHours = 3

func eveningServer(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		query := q.FormValue("query")
		series := []string{}
		switch {
		case strings.HasSuffix(q.URL.Path, "/buildinfo"):
			fmt.Fprint(w, `{"status":"success","data":{"version":"9.9.9"}}`)
			return
		case strings.HasSuffix(q.URL.Path, "/values"):
			fmt.Fprint(w, `{"status":"success","data":["all:9100"]}`)
			return
		case strings.HasPrefix(query, "node_cpu_seconds_total{"):
			series = eveningSeries(query, q.FormValue("time"))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[%s]}}`, strings.Join(series, ","))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func eveningSeries(query, until string) (series []string) {
	span, _ := time.ParseDuration(strings.TrimSuffix(query[strings.LastIndex(query, "[")+1:], "]"))
	end, _ := strconv.ParseFloat(until, 64)
	for _, m := range evening {
		var pairs []string
		for i := range eveningHours * 60 {
			at := float64(ago(eveningHours*time.Hour).Unix() + int64(60*i) + 1)
			if at > end-span.Seconds() && at <= end {
				pairs = append(pairs, fmt.Sprintf(`[%.0f,"%.3f"]`, at, float64(60*i)*(1-m.busy)))
			}
		}
		if len(pairs) > 0 {
			series = append(series, fmt.Sprintf(`{"metric":{"__name__":"node_cpu_seconds_total","cpu":"0","instance":"%s:9100","mode":"idle"},"values":[%s]}`, m.name, strings.Join(pairs, ",")))
		}
	}
	return series
}

// eveningOptions has a rule in force that finds what the stand-in finds.
func eveningOptions(t *testing.T, inventory ...string) Options {
	t.Helper()
	o := options(t, eveningServer(t), inventory...)
	o.Span.From, o.Span.Selector = evenkeel.MomentOf(ago(2*day)), ""
	text := strings.NewReplacer("rule: busy-2019", "rule: hot", "mode: shadow", "mode: live").Replace(string(standInText))
	var err error
	if o.Rules, err = rule.Parse("hot.yaml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	return o
}

func eveningBooks(t *testing.T) string {
	t.Helper()
	var lines []byte
	for i, m := range evening {
		made := ago(eveningHours*time.Hour + m.made).Format(time.RFC3339)
		lines = fmt.Appendf(lines, `{"specversion":"1.0","id":"%d","source":"books","type":"evenkeel.lifecycle.v1","time":%q,"data":{"asset":%q,"tenant":%q,"action":"create"}}`+"\n", i, made, m.name, m.tenant)
	}
	path := filepath.Join(t.TempDir(), "books.jsonl")
	if err := os.WriteFile(path, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func looked(t *testing.T, o Options) *Report {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v (%s)", err, evenkeel.HintOf(err))
	}
	return &r
}

func written(t *testing.T, r *Report) (text, html, data string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := r.Text(&a, 100); err != nil {
		t.Fatal(err)
	}
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(a.String()), " "), b.String(), asJSON(t, r)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestALimitCostsTermsAndNoCount(t *testing.T) {
	books := eveningBooks(t)
	whole := looked(t, eveningOptions(t, books))
	if n := whole.Totals; n.Suspects != 4 || n.Noticed != 4 || *n.Spared != 2 || n.LockedTenants != 3 || n.LockedNoticed != 3 || n.LockedFor != 4 || n.LockedDated != 4 || n.LockedNew != 2 {
		t.Fatalf("%+v", n)
	}
	o := eveningOptions(t, books)
	o.Kept = 1
	little := looked(t, o)
	if asJSON(t, little.Totals) != asJSON(t, whole.Totals) || len(little.Suspects) != 1 || asJSON(t, little.Spared) != asJSON(t, whole.Spared) || asJSON(t, little.Locked) != asJSON(t, whole.Locked) {
		t.Errorf("with a limit of one: %+v of %d suspects; expected %+v", little.Totals, len(little.Suspects), whole.Totals)
	}
	if first := little.Suspects[0]; first.Findings != whole.Suspects[0].Findings || first.Did.State != whole.Suspects[0].Did.State {
		t.Errorf("%+v; expected %+v", first, whole.Suspects[0])
	}
	said := func(r *Report) bool {
		return slices.ContainsFunc(r.Coverage.Blind, func(s string) bool { return strings.Contains(s, "The limit of 1 kept finding") })
	}
	if !said(little) || said(whole) {
		t.Errorf("%q; expected that the limit is told where it was reached only", little.Coverage.Blind)
	}
	if text, html, _ := written(t, little); !strings.Contains(text, "Suspects (4)") || !strings.Contains(text, "and 3 more") || !strings.Contains(html, "kept finding") {
		t.Errorf("it does not say that there are more:\n%s", text)
	}
}

func TestWhatIsHeldNamedAndLockedForIsCountedBeyondTheLists(t *testing.T) {
	f := newFinds(1)
	w := newWitness(&Options{Old: options(t, "http://127.0.0.1:1").Old})
	l := looking{finds: f, witness: w}
	w.known = nobodysBooks{}
	for i := range mostListed + 5 {
		asset := evenkeel.AssetID(fmt.Sprintf("vm-%03d", i))
		f.hold(&evenkeel.Finding{Subject: evenkeel.Subject{Asset: asset}, Held: "why"})
		about := evenkeel.Finding{ID: evenkeel.FindingID(asset), Rule: fmt.Sprint("r", i), At: 1, Revision: evenkeel.Final, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: "t"}, Assets: []evenkeel.AssetID{asset}}
		f.add(&about)
		w.hear([]evenkeel.Finding{about}, &judge.Heard{Weighed: []judge.Weighed{{Finding: about.ID, Policy: w.digest, Wanted: evenkeel.MeasureSuspend}}})
	}
	all := mostListed + 5
	if len(f.held) != mostListed || f.heldAll != all {
		t.Errorf("%d of %d held", len(f.held), f.heldAll)
	}
	if s := l.suspect(f.order[0]); len(s.Named) != mostListed || s.NamedAll != all || s.Findings != all {
		t.Errorf("%d of %d named, %d findings", len(s.Named), s.NamedAll, s.Findings)
	}
	l.traces = newTraces(0, 1, bucket)
	if k := l.locked(false)[0]; len(k.Through) != mostListed || k.For != all || len(k.Rules) != mostListed || k.RulesAll != all || k.Machines != all {
		t.Errorf("through %d of %d, rules %d of %d", len(k.Through), k.For, len(k.Rules), k.RulesAll)
	}
	if len(f.about) > 1 || f.kept > 1 {
		t.Errorf("%d findings are known, the terms of %d kept; the limit is one", len(f.about), f.kept)
	}
}

// nobodysBooks is an inventory in which nothing stands.
type nobodysBooks struct{ judge.Holder }

func (nobodysBooks) TenancyAt(evenkeel.AssetID, evenkeel.Moment) (*evenkeel.Holding, bool) {
	return nil, false
}

func (nobodysBooks) AccountAt(evenkeel.TenantID, evenkeel.Moment) (a evenkeel.Account) { return a }

func TestWithoutAnInventoryNobodyIsCalledLeftAlone(t *testing.T) {
	o := eveningOptions(t)
	o.Rules = options(t, "http://127.0.0.1:1").Rules
	r := looked(t, o)
	if n := r.Totals; n.Spared != nil || n.LockedAlone != nil || n.LockedTenants != 4 || n.Busy != 6 || len(r.Spared) > 0 || len(r.Unjudged) != 6 {
		t.Errorf("%+v, %d spared, %d not judged", n, len(r.Spared), len(r.Unjudged))
	}
	text, html, data := written(t, r)
	for _, said := range []string{text, html} {
		if low := strings.ToLower(said); strings.Contains(low, "left alone") || strings.Contains(low, "left 4 alone") || strings.Contains(low, "would have locked") || strings.Contains(low, "nobody is suspected") {
			t.Errorf("it boasts with what it cannot know:\n%s", said)
		}
		for _, want := range []string{"usy machines", "not judged", "given no facts", "for want of an inventory"} {
			if !strings.Contains(said, want) {
				t.Errorf("it does not say %q:\n%s", want, said)
			}
		}
	}
	for _, want := range []string{`"left_alone":null`, `"left_alone":[]`, `"locked_2019_left_alone":null`, `"evenkeel":null`} {
		if !strings.Contains(data, want) {
			t.Errorf("as JSON it lacks %s", want)
		}
	}
}

func TestCreationIsSaidToBeLeftOutAndCountedApart(t *testing.T) {
	text, html, _ := written(t, looked(t, eveningOptions(t, eveningBooks(t))))
	for _, said := range []string{text, html} {
		for _, want := range []string{"leaves out the way machines were created", "90 % busy for half an hour", "at most 7 days before", "for 4 machines, of which 2 had been created"} {
			if !strings.Contains(said, want) {
				t.Errorf("it does not say %q:\n%s", want, said)
			}
		}
	}
	bare, _, _ := written(t, looked(t, eveningOptions(t)))
	if !strings.Contains(bare, "of none of the 4 that it locks for is it known when") {
		t.Errorf("without an inventory:\n%s", bare)
	}
}

func TestWhatTheStandInFindsGoesToAJudgeWithBooksOfItsOwn(t *testing.T) {
	o := eveningOptions(t, eveningBooks(t))
	books, others := memory.New(nil), memory.New(nil)
	o.Judge, o.Other = judgeOf(t, &o, books), judgeOf(t, &o, others)
	looked(t, o)
	if rules := rulesIn(t, books); !slices.Equal(rules, []string{"hot"}) {
		t.Errorf("what Evenkeel would have done rests on %v; expected the rule in force", rules)
	}
	if rules := rulesIn(t, others); !slices.Equal(rules, []string{standInRule}) {
		t.Errorf("the books of the stand-in rest on %v", rules)
	}
	o.Other = o.Judge
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "books of its own") {
		t.Errorf("one judge for both: %v", err)
	}
}

func judgeOf(t *testing.T, o *Options, books docket.Books) *judge.Docket {
	t.Helper()
	d, err := judge.New(judge.Parts{Books: books, Policy: o.Policy, Shadow: []*policy.Policy{o.Old}, Means: procedure.Means{}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// rulesIn are those whose findings were taken into books.
func rulesIn(t *testing.T, books docket.Reader) (rules []string) {
	t.Helper()
	rows, err := books.Cases(t.Context(), docket.Query{Closed: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		f, err := books.Folder(t.Context(), row.Case.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Findings {
			rules = append(rules, f.Findings[i].Rule)
		}
		for _, d := range f.Decisions {
			for _, b := range d.Grounds.Basis {
				rules = append(rules, b.Rule)
			}
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

func TestAChartGoesFromTheFirstToTheLastKnownValue(t *testing.T) {
	trace := Trace{From: evenkeel.MomentOf(monthBegin), Step: Seconds(time.Hour)}
	for i := range 720 {
		trace.Busy = append(trace.Busy, Share(0.5))
		if i < 700 || i >= 703 {
			trace.Busy[i] = Share(math.NaN())
		}
	}
	s := chart("id", "title", trace).Series[0]
	if len(s.Values) != 5 || !s.From.Equal(monthBegin.Add(699*time.Hour)) {
		t.Errorf("%d values from %s; expected the three and an hour on each side", len(s.Values), s.From)
	}
	trace.Busy = trace.Busy[:10]
	if s := chart("id", "title", trace).Series[0]; len(s.Values) != 10 {
		t.Errorf("%d values where none is known", len(s.Values))
	}
}

func TestWhoLooksBackIsToldThatActsAndFlagsAreNotTaken(t *testing.T) {
	text, _, _ := written(t, looked(t, eveningOptions(t, eveningBooks(t))))
	if !strings.Contains(text, "takes no acts and no flags") {
		t.Errorf("%s", text)
	}
}

func TestBeyondTheLimitADecisionReachesTheMachinesThatItNames(t *testing.T) {
	f := newFinds(1)
	for _, id := range []string{"x", "y", "z"} {
		f.add(&evenkeel.Finding{ID: evenkeel.FindingID(id), At: 5, Family: "mining", Revision: evenkeel.Final, Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Tenant: "t", Asset: evenkeel.AssetID(id)}})
	}
	d := evenkeel.Decision{
		ID: "d", Tenant: "t", Family: "mining", Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"x"}, State: evenkeel.InForce, From: 5, Until: 50, At: 5,
		Grounds: evenkeel.Grounds{Basis: []evenkeel.Basis{{Finding: "x"}}},
	}
	f.decide(&d)
	d.State, d.Until, d.At = evenkeel.Lifted, 20, 20
	f.decide(&d)
	if got := f.order[0].did; got.Measure != evenkeel.MeasureThrottle || got.State != "in_force" || got.Until != 20 {
		t.Errorf("%+v; expected that it throttled until it was lifted", got)
	}
	if got := f.order[1].did; got.State != "" {
		t.Errorf("%+v was told of a machine that was not named", got)
	}
	if len(f.open) > 0 {
		t.Errorf("%v is in force still", f.open)
	}
}
