package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/instrument/wilson"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Figures are what is counted of rules and of reporters, and what was shown of the ways to tenants'
// data and said by witnesses of the ledger. All of it is only read.
type Figures interface {
	Rules(context.Context) (Rules, error)
	// Reporters are those of whom most is known first, at most so many.
	Reporters(ctx context.Context, most int) (Reporters, error)
	Ways(context.Context) (Ways, error)
	Witnesses(context.Context) (Witnesses, error)
}

// Rules are what became of the cases that rest on each version of a rule.
type Rules struct {
	All      []RuleRecord // by rule, then version
	Gates    []Gate       // the lowest first
	Enforced bool         // the policy holds machines to the gates
}

// Gate is how sure one has to be of a rule before a machine takes a measure by it, in thousandths.
type Gate struct {
	Measure evenkeel.Measure
	Sure    int
}

// RuleRecord is a version of a rule: what became of its cases, and what that has earned.
type RuleRecord struct {
	docket.Learned
	Acts    string             // how far it acts by now, by where it stands and by the policy, in words; "" where neither says anything
	Held    bool               // the policy holds it below where it stands
	Earned  []evenkeel.Measure // whose gates it passes
	Next    evenkeel.Measure   // whose gate is the next
	Missing int                // cases found right in a row until then; -1: none would do, 0: there is no next
	Stands  *Standing          // nil: no process was started with it since that is kept
}

// Standing is where a version of a rule stands on its way, and what the next stage takes.
type Standing struct {
	docket.Promoted
	Next  docket.Stage // 0: there is none
	Takes string       // what is missing for it, in a sentence; "" nothing
	Gates []GateTakes  // what canary and live take for each gate's measure, where one of them is next or it stands there
}

// GateTakes is what a version lacks, to be acted on by machines up to a measure.
type GateTakes struct {
	Measure evenkeel.Measure
	Takes   string // in a sentence; "" nothing
}

// Here is the stage in words, and Then the next one; "" where there is none.
func (s *Standing) Here() string { return s.Stage.Says() }

// Then is the next stage in words; "" where there is none.
func (s *Standing) Then() string { return s.Next.Says() }

// Reporters are those who report abuse.
type Reporters struct {
	All []docket.Precision
	// Doubt is below which share, in thousandths, a reporter surely has to be to open no case alone.
	Doubt int
}

// Most of a list on one page.
const (
	maxRules     = 50
	maxReporters = 200
)

// spanView is a share with the ends of its interval, drawn and in words.
type spanView struct {
	Right, All int64
	Low, High  string
	Plot       template.HTML
}

// spanOf draws the Wilson 95 % interval of what is right, with gates across it. The words beside it say
// the same, so it is hidden from who listens.
func spanOf(right, wrong int64, gates ...int) spanView {
	c := wilson.Count{Right: right, Wrong: wrong}
	low, high := int(c.Low()/1000), int((c.High()+999)/1000)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="span" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="whole" y="4" width="1000" height="12"/>`)
	if right+wrong > 0 {
		fmt.Fprintf(&b, `<rect class="band" x="%d" y="4" width="%d" height="12"/><rect class="at" x="%d" width="6" height="20"/>`, low, max(high-low, 2), min(1000*right/(right+wrong), 994))
	}
	for _, g := range gates {
		fmt.Fprintf(&b, `<line class="gate" x1="%[1]d" y1="0" x2="%[1]d" y2="20"/>`, g)
	}
	b.WriteString("</svg>")
	return spanView{right, right + wrong, permille(low), permille(high), template.HTML(b.String())} //nolint:gosec // numbers of ours
}

// permille is a share of thousandths in hundredths.
func permille(n int) string {
	s := fmt.Sprintf("%d", n/10)
	if n%10 != 0 {
		s += fmt.Sprintf(".%d", n%10)
	}
	return s + "\u00a0%"
}

// rulesView is the page of rules.
type rulesView struct {
	Done     string
	Nonce    string
	Refused  refusal // of a form about a version that is not on the page
	Rules    []ruleView
	Gates    []gateView
	Enforced bool
	Part     part
}

type gateView struct {
	Measure evenkeel.Measure
	Sure    string
}

// ruleView is one version of a rule.
type ruleView struct {
	RuleRecord
	Span  spanView
	Each  string       // how long people are busy with a case; "" where that was measured of none
	Spent string       // with all of them
	Bring *promoteForm // nil: whoever looks may not
}

// rules shows what became of cases, by rule.
func (s *Server) rules(v *visit) error {
	return s.showRules(v, http.StatusOK, nil)
}

// showRules shows the page, with a form that was refused where there is one.
func (s *Server) showRules(v *visit, status int, refused *promoteForm) error {
	all, err := s.parts.Figures.Rules(v.ctx())
	if err != nil {
		return err
	}
	d := rulesView{Nonce: rand.Text(), Enforced: all.Enforced, Part: v.pages("/rules").of("from", len(all.All), maxRules, "", "rules")}
	if v.r.URL.Query().Get("done") == docket.ActPromote.String() && refused == nil {
		d.Done = "The version stands there from now on."
	}
	d.Part.Earlier, d.Part.Later = "Rules before these", "Rules after these"
	gates := make([]int, len(all.Gates))
	for i, g := range all.Gates {
		gates[i] = g.Sure
		d.Gates = append(d.Gates, gateView{g.Measure, permille(g.Sure)})
	}
	for _, r := range all.All[d.Part.From:d.Part.Until] {
		x := ruleView{RuleRecord: r, Span: spanOf(r.Right(), r.Reviewed()-r.Right(), gates...)}
		if each, known := r.Cost(); known {
			x.Each, x.Spent = sheet.Length(each), sheet.Length(time.Duration(r.HumanSeconds)*time.Second)
		}
		if v.who.Person.May(roll.Steer) && r.Stands != nil {
			x.Bring = bringing(r.Stands)
			if refused.about(r.RuleVersion) {
				x.Bring.again(refused)
				refused = nil
			}
		}
		d.Rules = append(d.Rules, x)
	}
	if refused != nil {
		d.Refused = refused.refusal
	}
	return s.show(v, status, sheet.Page{Title: "How right rules are"}, "rules", &d)
}

// reportersView is the page of those who report abuse.
type reportersView struct {
	Reporters []reporterView
	Doubt     string // below which; "" nobody is doubted
	Cut       bool   // there are more than are shown
}

// reporterView is one reporter.
type reporterView struct {
	Kind, Name string // how it is known who it is, and who
	Confirmed  int
	False      int
	Other      int
	Open       int
	Span       spanView
	Doubted    bool
}

// reporterKinds are how it is known who a reporter is, by the first word of its key.
var reporterKinds = map[string]string{"token": "by a token", "mail": "by the domain of a mail", "claimed": "as the report says itself"}

// reporters shows how often those who report abuse were right.
func (s *Server) reporters(v *visit) error {
	all, err := s.parts.Figures.Reporters(v.ctx(), maxReporters+1)
	if err != nil {
		return err
	}
	d := reportersView{Cut: len(all.All) > maxReporters}
	var gates []int
	if all.Doubt > 0 {
		d.Doubt, gates = permille(all.Doubt), []int{all.Doubt}
	}
	for _, r := range all.All[:min(len(all.All), maxReporters)] {
		kind, name, _ := strings.Cut(r.Reporter, " ")
		x := reporterView{Kind: reporterKinds[kind], Name: cmp.Or(name, r.Reporter), Confirmed: r.Confirmed, False: r.False, Other: r.Other, Open: r.Open}
		if x.Kind == "" {
			x.Name = r.Reporter
		}
		x.Span = spanOf(int64(r.Confirmed), int64(r.False), gates...)
		x.Doubted = all.Doubt > 0 && wilson.Count{Right: int64(r.Confirmed), Wrong: int64(r.False)}.Below(wilson.Share(all.Doubt)*1000)
		d.Reporters = append(d.Reporters, x)
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "Who reports abuse"}, "reporters", &d)
}
