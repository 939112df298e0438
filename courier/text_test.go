package courier

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"pgregory.net/rapid"
)

// odd draws what others may be called.
func odd() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringN(1, 400, 3000), rapid.SampledFrom([]string{
		"</style><script>alert(1)</script>", "\"><img src=http://x.example/p.png>", "{{.Subject}}", "From me", "> quoted", "-- ", "javascript:alert(1)",
		"\u202egnp.exe", "名字很长" + strings.Repeat("长", 80), strings.Repeat("x", 300), "a\r\nb", "%s %d %!", "]]>", "<!--", "\x1b[31m", "",
	}))
}

func drawn(t *rapid.T) evenkeel.Notice {
	n := notice(evenkeel.Measure(rapid.IntRange(0, 12).Draw(t, "measure")))
	n.State = evenkeel.DecisionState(rapid.IntRange(0, 10).Draw(t, "state"))
	for range rapid.IntRange(1, 60).Draw(t, "assets") {
		n.Assets = append(n.Assets, evenkeel.AssetID(odd().Draw(t, "asset")))
	}
	n.Keeps = rapid.SliceOfN(odd(), 1, 60).Draw(t, "keeps")
	n.Seen = nil
	for range rapid.IntRange(0, 60).Draw(t, "seen") {
		n.Seen = append(n.Seen, evenkeel.Term{
			Name: odd().Draw(t, "name"), Says: "x" + odd().Draw(t, "says"), Unit: rapid.SampledFrom([]string{"", "s", odd().Draw(t, "unit")}).Draw(t, "which"),
			Family: evenkeel.Evidence(rapid.IntRange(0, 6).Draw(t, "family")), Weight: rapid.Float64().Draw(t, "weight"),
			Value: evenkeel.Reading{Value: rapid.Float64().Draw(t, "value"), Known: rapid.Bool().Draw(t, "known")}, Threshold: known(rapid.Float64().Draw(t, "threshold")),
		})
	}
	for range rapid.IntRange(0, 15).Draw(t, "beside") {
		n.Beside = append(n.Beside, evenkeel.Beside{
			Measure: evenkeel.Measure(rapid.IntRange(0, 12).Draw(t, "measure beside")), State: evenkeel.DecisionState(rapid.IntRange(0, 10).Draw(t, "state beside")),
			Assets: []evenkeel.AssetID{evenkeel.AssetID(odd().Draw(t, "asset beside"))}, Undone: rapid.Bool().Draw(t, "undone beside"),
		})
	}
	n.Undone = rapid.Bool().Draw(t, "undone")
	n.Says, n.Clause, n.Policy, n.Ledger = "x"+odd().Draw(t, "reason"), "x"+odd().Draw(t, "clause"), odd().Draw(t, "policy"), odd().Draw(t, "head")
	n.ID, n.Case = evenkeel.NoticeID("x"+odd().Draw(t, "id")), evenkeel.CaseID(odd().Draw(t, "case"))
	moment := rapid.Custom(func(t *rapid.T) evenkeel.Moment { return evenkeel.Moment(rapid.Int64().Draw(t, "moment")) })
	n.At, n.From, n.Until, n.Since, n.Measured = moment.Draw(t, "at"), moment.Draw(t, "from"), moment.Draw(t, "until"), moment.Draw(t, "since"), moment.Draw(t, "measured")
	n.AnswerBy, n.PersonBy, n.Appeal = moment.Draw(t, "answer"), moment.Draw(t, "person"), moment.Draw(t, "appeal")
	return n
}

// TestWhateverOthersWroteALetterIsSafe: lines that every mail program shows alike, a page of
// whole tags with nothing in it that runs or is fetched, and bounds.
func TestWhateverOthersWroteALetterIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawn(t)
		head := office
		head.Operator = "x" + odd().Draw(t, "operator")
		m, err := Render(&n, Recipient{Lang: rapid.SampledFrom([]string{"en", "zh"}).Draw(t, "lang")}, doors, head)
		if evenkeel.KindOf(err) == evenkeel.KindInvalid {
			t.Skip("no notice of ours")
		}
		if err != nil {
			t.Fatal(err)
		}
		again, err := Render(&n, Recipient{Lang: m.Lang}, doors, head)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(m) {
			t.Error("rendered twice, it is two letters")
		}
		if len(m.Text) > 400_000 || len(m.HTML) > 800_000 || len(m.Subject) > 200 || strings.ContainsAny(m.Subject, "\r\n") {
			t.Errorf("text %d, page %d, subject %q", len(m.Text), len(m.HTML), m.Subject)
		}
		plainLines(t, m.Text, strings.Split(n.Ledger, "\n"))
		wholePage(t, m.HTML)
	})
}

func plainLines(t *rapid.T, text string, signed []string) {
	if !utf8.ValidString(text) {
		t.Error("the text is not UTF-8")
	}
	foot := false
	for line := range strings.SplitSeq(text, "\n") {
		foot = foot || line == english.foot.ledger || line == chinese.foot.ledger // what is signed keeps its lines
		switch {
		case strings.HasPrefix(line, "<https://"):
		case strings.HasSuffix(line, " "), strings.HasPrefix(line, ">"), strings.HasPrefix(line, "From "), columns(line) > 78 && !foot:
			if !foot {
				t.Errorf("a line of %d columns: %q", columns(line), line)
			}
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || redact.Turns(r) }) {
			t.Errorf("a line with a control character: %q", line)
		}
	}
}

// wholePage reads the page as tags, and knows each of them.
func wholePage(t *rapid.T, page string) {
	body := page[strings.Index(page, "<body>"):strings.Index(page, "</html>")]
	d := xml.NewDecoder(strings.NewReader(body))
	d.Entity = xml.HTMLEntity
	known := " body div p br main h1 section h2 ul li span dl dt dd footer pre a "
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%v:\n%s", err, body)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !strings.Contains(known, " "+e.Name.Local+" ") {
			t.Errorf("a tag <%s>", e.Name.Local)
		}
		for _, a := range e.Attr {
			link := a.Name.Local == "href" && (a.Value == doors.Speak || a.Value == doors.Show)
			if !link && a.Name.Local != "class" && a.Name.Local != "lang" && a.Value != "max-width:38rem;margin:0 auto" {
				t.Errorf("<%s %s=%q>", e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
}

func TestAPageFetchesNothing(t *testing.T) {
	n := notice(evenkeel.MeasureThrottle, "m-1")
	n.Seen = append(n.Seen, syns) // of a rule of the operator's own
	m, err := Render(&n, Recipient{Lang: "zh-CN"}, doors, office)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"<img", "<script", "<link", "src=", "url(", "@import", "http://"} {
		if strings.Contains(m.HTML, word) {
			t.Errorf("it has %s", word)
		}
	}
	for _, word := range []string{`<html lang="zh-Hans">`, `<span lang="en">`, "prefers-color-scheme: dark", doors.Speak} {
		if !strings.Contains(m.HTML, word) {
			t.Errorf("it has no %s", word)
		}
	}
}

func TestTimesAndNumbersAreSaidAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct {
		of     time.Duration
		en, zh string
	}{
		{-time.Hour, "0 seconds", "0 秒"}, {0, "0 seconds", "0 秒"}, {time.Second, "1 second", "1 秒"}, {90 * time.Second, "1 minute 30 seconds", "1 分钟 30 秒"},
		{time.Hour, "1 hour", "1 小时"}, {90 * time.Minute, "1 hour 30 minutes", "1 小时 30 分钟"}, {24*time.Hour + time.Minute, "1 day", "1 天"},
		{26 * time.Hour, "1 day 2 hours", "1 天 2 小时"}, {183 * 24 * time.Hour, "183 days", "183 天"},
	} {
		if en, zh := english.span(c.of), chinese.span(c.of); en != c.en || zh != c.zh {
			t.Errorf("%v is %q and %q; expected %q and %q", c.of, en, zh, c.en, c.zh)
		}
	}
	for v, want := range map[float64]string{
		0: "0", 12: "12", 1240: "1,240", 1234567: "1,234,567", -5000: "-5,000", 0.9991: "0.9991", 0.123456: "0.1235", 12345.6: "12,346", 1e20: "1e+20", math.Pi: "3.142",
	} {
		if got := number(v); got != want {
			t.Errorf("%v is %q; expected %q", v, got, want)
		}
	}
	for _, c := range []struct {
		r    evenkeel.Reading
		unit string
		want string
	}{
		{known(5400), "s", "1 hour 30 minutes"}, {known(3), "", "3"}, {known(3), "events", "3 events"}, {evenkeel.Reading{}, "s", "not known"},
		{known(math.NaN()), "", "not known"}, {known(math.Inf(1)), "s", "not known"}, {known(-3), "s", "-3 s"},
	} {
		if got := english.reading(c.r, c.unit); got != c.want {
			t.Errorf("%v %s is %q; expected %q", c.r, c.unit, got, c.want)
		}
	}
}

func TestANoticeThatSaysNothingIsNotRendered(t *testing.T) {
	for says, change := range map[string]func(*evenkeel.Notice, *Letterhead){
		"no fact":                   func(n *evenkeel.Notice, _ *Letterhead) { n.Seen = nil },
		"a fact without a sentence": func(n *evenkeel.Notice, _ *Letterhead) { n.Seen[1].Says = "" },
		"no clause":                 func(n *evenkeel.Notice, _ *Letterhead) { n.Clause = "" },
		"no person":                 func(n *evenkeel.Notice, _ *Letterhead) { n.PersonBy = 0 },
		"nothing that keeps":        func(n *evenkeel.Notice, _ *Letterhead) { n.Keeps = nil },
		"no way to answer":          func(_ *evenkeel.Notice, h *Letterhead) { h.ReplyTo = "" },
		"no operator":               func(_ *evenkeel.Notice, h *Letterhead) { h.Operator = " \n" },
		"no domain":                 func(_ *evenkeel.Notice, h *Letterhead) { h.Domain = "" },
		"a domain that ends a line": func(_ *evenkeel.Notice, h *Letterhead) { h.Domain = "x>\r\nBcc: y" },
	} {
		n, head := notice(evenkeel.MeasureThrottle, "m-1"), office
		n.Seen = append([]evenkeel.Term(nil), n.Seen...)
		change(&n, &head)
		if m, err := Render(&n, Recipient{}, Links{}, head); evenkeel.KindOf(err) != evenkeel.KindInvalid || err == nil || m.Text != "" {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// FuzzWrap: no text is lost, and no line is too long.
func FuzzWrap(f *testing.F) {
	f.Add("The CPU was 99.9 % busy: the mean of 20 one-minute values.", 20)
	f.Add("网络和磁盘照常工作，可以读取和导出数据。", 11)
	f.Add("a    b", 2)
	f.Fuzz(func(t *testing.T, s string, most int) {
		if most < 2 || most > 200 {
			t.Skip()
		}
		s = clean(s)
		squeeze := strings.NewReplacer(" ", "", "\n", "")
		lines := wrap(s, most)
		if got := strings.Join(lines, "\n"); squeeze.Replace(got) != squeeze.Replace(s) {
			t.Errorf("%q became %q", s, got)
		}
		for _, l := range lines {
			if columns(strings.TrimPrefix(l, " ")) > most || strings.HasSuffix(l, " ") {
				t.Errorf("a line of %d: %q", columns(l), l)
			}
		}
	})
}
