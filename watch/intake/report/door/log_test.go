package door

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// kept is a Log in memory.
type kept struct{ batches []*evenkeel.Batch }

func (k *kept) Append(_ context.Context, b *evenkeel.Batch) error {
	k.batches = append(k.batches, b)
	return nil
}

// Rows R2 and P: the record has the time that the report is about, and nothing of who reported but
// its domain.
func TestARecordHasWhatRulesMayKnowAndNoMore(t *testing.T) {
	log := &kept{}
	desk := LogDesk{Log: log, Now: func() evenkeel.Moment { return evenkeel.MomentOf(noon) }}
	for range 2 { // what is delivered twice has the same ids
		for _, c := range mails {
			got, err := Read([]byte(c.mail), "")
			if err != nil {
				t.Fatal(err)
			}
			if err := desk.Take(t.Context(), "", got.Reports); err != nil {
				t.Fatal(err)
			}
		}
	}
	n := len(mails)
	if len(log.batches) != 2*n {
		t.Fatalf("%d batches of %d mails", len(log.batches), n)
	}
	seen := map[uint64]string{}
	for i, b := range log.batches[:n] {
		if text := strings.Join(b.Strings, " "); strings.Contains(text, "@") || b.Source != Source {
			t.Errorf("%s: the batch of %s has %s", mails[i].name, b.Source, text)
		}
		for j := range b.Records {
			r, again := b.Report(&b.Records[j]), log.batches[n+i].Report(&log.batches[n+i].Records[j])
			line := fmt.Sprintf("%s %v %v", r.Class, r.Asset, r.At)
			if !strings.Contains(mails[i].want, line) || r.Kind == "" || r.Count < 1 || r != again {
				t.Errorf("%s: %+v and %+v; want %s", mails[i].name, r, again, mails[i].want)
			}
			if old := seen[r.ID]; old != "" && old != mails[i].name {
				t.Errorf("%s and %s have the same id", old, mails[i].name)
			}
			seen[r.ID] = mails[i].name
		}
	}
	masked, err := Read([]byte(mixed("watchers.example", "abuse", "x", "text/plain", "report.txt", strings.Replace(xarf0, "192.0.2.9", "192.0.2.xxx", 1))), "")
	if err != nil || desk.Take(t.Context(), "", masked.Reports) != nil || len(log.batches) != 2*n {
		t.Errorf("a masked address: %v, %d batches", err, len(log.batches))
	}
}
