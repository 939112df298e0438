package arf

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/letter"
)

func labels(t *testing.T, set string) (root string, rows [][]string) {
	t.Helper()
	root = os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	root = filepath.Join(root, "abuse-reports", set)
	f, err := os.Open(filepath.Join(root, "labels.csv"))
	if err != nil {
		t.Skipf("the folder that EVENKEEL_DATA names has no file *%s in %s", "labels.csv", set)
	}
	defer f.Close()
	rows, err = csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("labels of %s: %v", set, err)
	}
	return root, rows[1:]
}

// Issue 3, abuse reports: ARF recall 100 %, bounces taken as reports 0.
func TestRecordedFeedbackIsReadAndBouncesAreNot(t *testing.T) {
	root, rows := labels(t, "sisimai-arf")
	count := map[string]int{}
	for _, row := range rows {
		mail, err := os.ReadFile(filepath.Join(root, row[0]))
		if err != nil {
			t.Fatal(err)
		}
		l, err := letter.Open(mail, letter.Limits{})
		if err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		r, err := Read(l)
		count[row[1]]++
		if (err == nil) != (row[1] == "arf") {
			t.Errorf("%s is labelled %s: %v", row[0], row[1], err)
		}
		if err == nil && (!r.Source.Known() || r.At == 0) {
			t.Errorf("%s: read as %+v", row[0], r)
		}
		if err == nil {
			t.Logf("%s %v %v %v", row[0], r.Class, r.Source, r.At)
		}
	}
	if count["arf"] != 13 || count["bounce"] != 45 || count["not a bounce"] != 3 {
		t.Errorf("%v; expected 13 reports, 45 bounces and 3 other mails, as they were recorded", count)
	}
}
