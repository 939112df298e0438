package convert

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// recorded returns the files of a set of recorded data, or skips and says why.
func recorded(t *testing.T, set, suffix string) (files []string) {
	t.Helper()
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	_ = filepath.WalkDir(filepath.Join(root, set), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, suffix) && d.Name() != "README.md" && d.Name()[0] != '.' {
			files = append(files, path)
		}
		return nil
	})
	if len(files) == 0 {
		t.Skipf("the folder that EVENKEEL_DATA names has no file *%s in %s", suffix, set)
	}
	return files
}

// convertFiles converts each file and decodes all lines; see hands each reading over.
func convertFiles(t *testing.T, opts Options, files []string, see func(evenkeel.Usage)) (Summary, intake.Tally, []error) {
	t.Helper()
	var out bytes.Buffer
	c, err := New(opts, &out)
	if err != nil {
		t.Fatal(err)
	}
	var errs []error
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Read(t.Context(), f, name); err != nil {
			errs = append(errs, err)
		}
		f.Close()
	}
	s, err := c.Close()
	if err != nil {
		t.Fatal(err)
	}
	r := feed.New(feed.Options{})
	if err := r.Read(t.Context(), &out, "out", func(b *evenkeel.Batch) error {
		for i := range b.Records {
			see(b.Usage(&b.Records[i]))
		}
		return nil
	}); err != nil || r.Summary().Malformed > 0 {
		t.Fatal(err, r.Summary().Problems)
	}
	return s, r.Summary().Tally, errs
}

func TestRecordedMining(t *testing.T) {
	files := recorded(t, "host-metrics/mining-vm-1cpu", ".csv")
	assets, counts := map[evenkeel.AssetID]int{}, map[string]int{}
	s, tally, errs := convertFiles(t, Options{Preset: "mining-vm-1cpu"}, files, func(u evenkeel.Usage) {
		assets[u.Asset]++
		counts[fmt.Sprint(u.Meter, u.Part, u.Form, u.PerCPU)]++
	})
	if errs != nil || s.Malformed > 0 || tally.Refused() > 0 || int(s.Partial) != len(files) || len(assets) != len(files) {
		t.Fatalf("%+v, %s, %d assets, %v; want one row without CPU per file", s, tally.String(), len(assets), errs)
	}
	rows := int(s.Rows)
	t.Logf("%d rows of %d files, %d points", rows, len(files), s.Points)
	for what, want := range map[string]int{
		"1 1 1 true": rows - len(files), "1 2 1 true": rows - len(files),
		"4 5 2 false": rows, "4 6 2 false": rows, "5 7 2 false": rows, "5 8 2 false": rows,
	} {
		if counts[what] != want {
			t.Errorf("%d readings of %s; want %d", counts[what], what, want)
		}
	}
	if len(counts) != 6 {
		t.Errorf("readings %v", counts)
	}
}

func TestRecordedNAB(t *testing.T) {
	files := recorded(t, "host-metrics/nab-cloudwatch", ".csv")
	n := 0
	s, tally, errs := convertFiles(t, Options{Preset: "nab"}, files, func(u evenkeel.Usage) { n++ })
	if s.Malformed > 0 || tally.Refused() > 0 || n != int(s.Rows) {
		t.Errorf("%+v, %s, %d readings; want one per row", s, tally.String(), n)
	}
	for _, err := range errs {
		t.Log(err)
		if strings.Contains(err.Error(), "cpu_utilization_") {
			t.Errorf("a CPU series is refused: %v", err)
		}
	}
	t.Logf("%d files, %d refused, %d rows", s.Files, len(errs), s.Rows)
}

func TestRecordedPlanetLab(t *testing.T) {
	files := recorded(t, "host-metrics/planetlab-cpu", ".csv.gz")
	files = files[:min(len(files), 3)] // the rest is alike, and 2 million points take long under -race
	assets := map[evenkeel.AssetID]int{}
	s, tally, errs := convertFiles(t, Options{Preset: "planetlab"}, files, func(u evenkeel.Usage) { assets[u.Asset]++ })
	if errs != nil || s.Malformed > 0 || tally.Refused() > 0 || len(assets) != int(s.Rows) {
		t.Fatalf("%+v, %s, %d assets, %v", s, tally.String(), len(assets), errs)
	}
	for a, n := range assets {
		if n != planetlabValues {
			t.Errorf("%s has %d readings", a, n)
		}
	}
	t.Logf("%d VM-days, %d points", s.Rows, s.Points)
}

func TestRecordedArrivals(t *testing.T) {
	files := recorded(t, "vm-lifecycle/azure-v1-arrivals", "")
	c, err := New(Options{Preset: "azure-v1-arrivals"}, writer(func(p []byte) (int, error) { return len(p), nil }))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Read(t.Context(), f, name); err != nil {
			t.Error(err)
		}
		f.Close()
	}
	s, err := c.Close()
	if err != nil || s.Malformed > 0 || s.Events == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	t.Logf("%d lines, %d machines", s.Rows, s.Events)
}
