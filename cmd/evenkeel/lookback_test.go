package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/lab/lookback"
)

// anHour answers like a Prometheus that remembers an hour of one machine at full load. What a real
// one remembers is read in lab/lookback.
func anHour(w http.ResponseWriter, q *http.Request) {
	if q.Header.Get("Authorization") != "Bearer t0ken" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch query := q.FormValue("query"); {
	case strings.HasSuffix(q.URL.Path, "/buildinfo"):
		fmt.Fprint(w, `{"status":"success","data":{"version":"9.9.9"}}`)
	case strings.HasSuffix(q.URL.Path, "/values"):
		fmt.Fprint(w, `{"status":"success","data":["vm-1:9100"]}`)
	case strings.HasPrefix(query, "node_cpu_seconds_total{"):
		var pairs []string
		for i := range 60 {
			pairs = append(pairs, fmt.Sprintf(`[%d,"500"]`, 1_700_000_000-7200+60*i))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"node_cpu_seconds_total","cpu":"0","instance":"vm-1:9100","mode":"idle"},"values":[%s]}]}}`, strings.Join(pairs, ","))
	default:
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
	}
}

func TestALookbackWritesAPageForItsOwnerOnly(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(anHour))
	defer server.Close()
	dir := t.TempDir()
	token, out := filepath.Join(dir, "token"), filepath.Join(dir, "report.html")
	if err := os.WriteFile(token, []byte("t0ken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"lookback", "prometheus", server.URL, "--days", "1", "--out", out, "--bearer-token-file", token}

	p, stdout, stderr := inMemory(nil)
	if code := run(t.Context(), p, args); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{"Prometheus 9.9.9", "No inventory was given", "vm-1: ", "crypto-mining came to 3 of the 4", "There is no node_network_receive_bytes_total"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("standard output does not say %q:\n%s", want, stdout)
		}
	}
	if !strings.Contains(stderr.String(), "report    "+out) {
		t.Errorf("standard error: %s", stderr)
	}
	page, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(page), "crypto-mining came to 3 of the 4") {
		t.Errorf("the page: %v", err)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the page may be read by others: %v, %v", info.Mode(), err)
	}

	if p, _, stderr = inMemory(nil); run(t.Context(), p, args) == 0 || !strings.Contains(stderr.String(), "it is there already") {
		t.Errorf("a second time: %s", stderr)
	}
	if err := os.Chmod(out, fs.FileMode(0o644)); err != nil {
		t.Fatal(err)
	}
	p, stdout, stderr = inMemory(nil)
	if code := run(t.Context(), p, append(args, "--force", "--json")); code != 0 {
		t.Fatalf("with --force: %d, %s", code, stderr)
	}
	var report lookback.Report
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || !report.Assumed || len(report.Unjudged) != 1 || report.Totals.LockedTenants != 1 {
		t.Errorf("%v: %+v", err, report.Totals)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the page that was written over may be read by others: %v", err)
	}

	p, _, stderr = inMemory(nil)
	if code := run(t.Context(), p, []string{"lookback", "prometheus", server.URL, "--out", filepath.Join(dir, "x")}); code != 1 || !strings.Contains(stderr.String(), "--bearer-token-file") {
		t.Errorf("without the token: %d, %s", code, stderr)
	}
}

func TestASecondLookbackHasAPageOfItsOwn(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(anHour))
	defer server.Close()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("token", []byte("t0ken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	end := time.Unix(1_700_000_000, 0).UTC()
	for _, c := range []struct{ until, page string }{
		{end.Format(time.RFC3339), "lookback-2023-11-14-2213.html"},
		{end.Add(time.Hour).Format(time.RFC3339), "lookback-2023-11-14-2313.html"},
	} {
		p, _, stderr := inMemory(nil)
		code := run(t.Context(), p, []string{"lookback", "prometheus", server.URL, "--days", "1", "--bearer-token-file", "token", "--until", c.until})
		if code != 0 || !strings.Contains(stderr.String(), "report    "+c.page) {
			t.Errorf("until %s: %d, %s", c.until, code, stderr)
		}
		if _, err := os.Stat(c.page); err != nil {
			t.Error(err)
		}
	}
}

func TestThatWhichIsLeftIsGuessedFromWhatWasDone(t *testing.T) {
	now := time.Unix(0, 0)
	l := left{now: func() time.Time { return now }}
	if got := l.says(lookback.Progress{Stage: lookback.Asking, Done: 0, Total: 10, Questions: 1, Samples: 2000}); got != "asking, 1 question, 2,000 samples" {
		t.Errorf("at the beginning: %q", got)
	}
	now = now.Add(20 * time.Second)
	if got := l.says(lookback.Progress{Stage: lookback.Asking, Done: 2, Total: 10, Questions: 3, Samples: 5}); got != "asking, 3 questions, 5 samples, 1m20s left" {
		t.Errorf("after a fifth: %q", got)
	}
	if got := l.says(lookback.Progress{Stage: lookback.Watching, Done: 9, Total: 10}); got != "watching" {
		t.Errorf("in the next stage: %q", got)
	}
}
