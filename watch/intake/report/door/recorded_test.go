package door

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// recorded returns a folder of recorded data, or skips and says why.
func recorded(t testing.TB, dir string) string {
	t.Helper()
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	dir = filepath.Join("abuse-reports", dir)
	if _, err := os.Stat(filepath.Join(root, dir)); err != nil {
		t.Skipf("the folder that EVENKEEL_DATA names has no file * in %s", dir)
	}
	return filepath.Join(root, dir)
}

func content(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Issue 3, abuse reports: bounces taken as reports 0, by every reader together; and a mail from
// one person to another is no report either.
func TestNoRecordedMailThatIsNoReportIsTakenForOne(t *testing.T) {
	root := recorded(t, "sisimai-arf")
	rows, err := csv.NewReader(strings.NewReader(string(content(t, filepath.Join(root, "labels.csv"))))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, row := range rows[1:] {
		got, err := Read(content(t, filepath.Join(root, row[0])), "")
		count[row[1]]++
		if report := err == nil && len(got.Reports) > 0; report != (row[1] == "arf") {
			t.Errorf("%s is labelled %s: %v, %v", row[0], row[1], got.Reports, err)
		}
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("%s: %v", row[0], err)
		}
		if row[1] == "bounce" && got.Answerable {
			t.Errorf("%s is a bounce and would be answered", row[0])
		}
	}
	if count["arf"] != 13 || count["bounce"] != 45 || count["not a bounce"] != 3 {
		t.Errorf("%v; expected 13 reports, 45 bounces and 3 other mails, as they were recorded", count)
	}
}

// Issue 3, abuse reports: X-ARF 0.x. Upstream blotted the addresses out, so no address can be
// asked for.
func TestRecordedMailsOfTheOldFormHaveTypeSourceAndTime(t *testing.T) {
	root := recorded(t, "xarf-0.x-mails")
	files, _ := filepath.Glob(filepath.Join(root, "*-report.txt"))
	if len(files) == 0 {
		t.Fatal("no mails")
	}
	for _, file := range files {
		got, err := Read(content(t, file), "")
		if err != nil || len(got.Reports) != 1 {
			t.Errorf("%s: %v, %v", file, got.Reports, err)
			continue
		}
		r := got.Reports[0]
		if r.Format != report.FormatXARF0 || !r.Class.Known() || !r.Source.Known() || r.At == 0 || got.Answerable {
			t.Errorf("%s: read as %+v, answerable %v", file, r, got.Answerable)
		}
	}
}
