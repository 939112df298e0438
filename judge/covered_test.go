package judge_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// verifiedWith verifies the books as if somebody had changed rows of a kind: change returns what is in use instead, nil nothing.
func verifiedWith(t *testing.T, b docket.Books, kind ledger.Kind, change func([]byte) []byte) (r ledger.Report, met int) {
	t.Helper()
	err := b.(interface {
		Log(context.Context, func(ledger.Log) error) error
	}).Log(t.Context(), func(l ledger.Log) (err error) {
		rows := l.Rows
		l.Rows = func(yield func(ledger.Row, error) bool) {
			for row, err := range rows {
				if row.Kind == kind {
					met++
					if row.Value = change(bytes.Clone(row.Value)); row.Value == nil {
						continue
					}
				}
				if !yield(row, err) {
					return
				}
			}
		}
		r, err = ledger.Verify(l, nil, nil)
		return err
	})
	must(t, err)
	return r, met
}

// covered says that a row of a kind is held against what was sealed: it fits as it is, and not once it is gone or says something else.
func covered(t *testing.T, says string, b docket.Books, kind ledger.Kind, word, old, new string) {
	t.Helper()
	is := func(v []byte) []byte { return v }
	if r, met := verifiedWith(t, b, kind, is); r.Fault != nil || met == 0 {
		t.Errorf("%s: %v of %d; expected that all fit", says, r.Fault, met)
	}
	for what, c := range map[string]struct {
		change func([]byte) []byte
		says   string
	}{
		"is gone":             {func([]byte) []byte { return nil }, "not there any more"},
		"says something else": {func(v []byte) []byte { return bytes.Replace(v, []byte(old), []byte(new), 1) }, "in use is not what was sealed last"},
	} {
		r, _ := verifiedWith(t, b, kind, c.change)
		if r.Fault == nil || r.Fault.How != ledger.RowAltered || !strings.Contains(r.Fault.Says, c.says) || !strings.Contains(r.Fault.Says, word) {
			t.Errorf("%s, and it %s: %v; expected that it %q", says, what, r.Fault, c.says)
		}
	}
}

// O, R10: who takes a kill switch away, or lets it go behind everybody's back, is found by the ledger: from its pull to its release,
// and after it was pulled again. A machine would act meanwhile.
func TestTheLedgerCoversSwitches(t *testing.T) { inBoth(t, "switches", coversSwitches) }

func coversSwitches(t *testing.T, b books) {
	p := &pulled{t: t, books: b}
	p.d = docketOf(t, b, since(30, "ada", "bea", "cem"))
	p.must(docket.ActPull, "ada", 0, false)
	covered(t, "pulled", p.books, ledger.KindAct, "switch rule flood-out", `"by":"ada"`, `"by":"eve"`)
	p.must(docket.ActRelease, "ada", minute, false)
	covered(t, "asked about", p.books, ledger.KindAct, "switch rule flood-out", `"by":"ada"`, `"by":"eve"`)
	if _, file := b.(*sqlite.DB); file { // where both who let go have to be enrolled
		return
	}
	p.must(docket.ActRelease, p.is().Review.Waits(), 2*minute, false)
	if p.is() != nil {
		t.Fatal("it is pulled")
	}
	covered(t, "let go", p.books, ledger.KindAct, "switch rule flood-out", `"second"`, `"secant"`)
	p.must(docket.ActPull, "bea", 3*minute, false)
	covered(t, "pulled again", p.books, ledger.KindAct, "switch rule flood-out", `"by":"bea"`, `"by":"eve"`)
}

// R10: what a tenant was granted is what was sealed.
func TestTheLedgerCoversCredits(t *testing.T) { inBoth(t, "credits", coversCredits) }

func coversCredits(t *testing.T, b books) {
	play(t, under(t, b, priced("auto")), append(caught(), cleared(30*minute))...)
	covered(t, "granted", b, ledger.KindCredit, "credit", `"amount":`, `"amount":9`)
}
