package app

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	public "github.com/evenkeel/evenkeel/judge/ledger/report"
)

// mostQuarters is how many quarters are offered: ten years.
const mostQuarters = 40

// record is the public record as the console shows it. To count it goes along the whole ledger, so one
// quarter is counted at a time, and what was counted is shown again for as long as stale allows.
type record struct {
	log func(context.Context, func(ledger.Log) error) error
	now func() time.Time

	mu   sync.Mutex // held while something is counted
	made []tallied  // the newest first
}

// tallied is a quarter, and when it was counted.
type tallied struct {
	report public.Report
	at     time.Time
}

const (
	stale    = time.Minute
	mostMade = 4
)

// Quarters are those from the first leaf of the ledger until now, the newest first.
func (r *record) Quarters(ctx context.Context) (out []string, err error) {
	var first evenkeel.Moment
	err = r.log(ctx, func(log ledger.Log) error {
		for line, err := range log.Lines {
			if err != nil {
				return err
			}
			leaf, err := ledger.ParseLeaf(line.Leaf)
			first = leaf.At
			return err
		}
		return nil
	})
	if err != nil || first == 0 {
		return nil, err
	}
	for q := public.QuarterOf(r.now()); len(out) < mostQuarters; q = public.QuarterOf((q.From() - 1).Time()) {
		out = append(out, q.String())
		if q.From() <= first {
			break
		}
	}
	return out, nil
}

// Page is a quarter's record without the frame of a page.
func (r *record) Page(ctx context.Context, quarter, lang string) (template.HTML, error) {
	made, err := r.of(ctx, quarter)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = made.Body(&b, lang)
	return template.HTML(b.String()), err //nolint:gosec // html/template escaped it
}

// File is a file of the record as evenkeel report writes it.
func (r *record) File(ctx context.Context, name string) ([]byte, string, error) {
	rest, ours := strings.CutPrefix(name, "report-")
	quarter, ending, _ := strings.Cut(rest, ".")
	lang, isPage := strings.CutSuffix(ending, ".html")
	if !ours || ending != "json" && !(isPage && slices.Contains(public.Langs, lang)) {
		return nil, "", &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no file %.80q of the public record", name), Hint: "the page of the public record links those there are",
		}
	}
	made, err := r.of(ctx, quarter)
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	if isPage {
		err = made.HTML(&b, lang)
		return b.Bytes(), "text/html; charset=utf-8", err
	}
	err = made.JSON(&b)
	return b.Bytes(), "application/json", err
}

// of counts a quarter, or takes what was counted a moment ago.
func (r *record) of(ctx context.Context, quarter string) (public.Report, error) {
	q, err := public.ParseQuarter(quarter)
	if err != nil {
		return public.Report{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for _, m := range r.made {
		if m.report.Quarter == q.String() && now.Sub(m.at) < stale && !m.at.After(now) {
			return m.report, nil
		}
	}
	var out public.Report
	err = r.log(ctx, func(log ledger.Log) error {
		out, err = public.Make(func(yield func(ledger.Line, error) bool) {
			for line, err := range log.Lines {
				if ctx.Err() != nil {
					err = ctx.Err() // whoever asked is gone
				}
				if !yield(line, err) {
					return
				}
			}
		}, q)
		return err
	})
	if err != nil {
		return out, err
	}
	r.made = slices.DeleteFunc(r.made, func(m tallied) bool { return m.report.Quarter == out.Quarter })
	r.made = append([]tallied{{out, now}}, r.made[:min(len(r.made), mostMade-1)]...)
	return out, nil
}
