package app

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
)

// outsider runs a witness of a ledger, and returns where it is and its key.
func outsider(t *testing.T, name, publicKey string) config.Outsider {
	t.Helper()
	ready := make(chan config.Outsider, 1)
	w := Witness{
		Dir: t.TempDir(), Name: name, Listen: "127.0.0.1:0", Logs: []string{publicKey}, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Ready: func(at, key string) { ready <- config.Outsider{URL: "http://" + at, Key: key} },
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !strings.Contains(err.Error(), "closed") {
			t.Error(err)
		}
	})
	return <-ready
}

// attested reads what witnesses said, until it is as expected.
func attested(t *testing.T, dir, what string, is func(Attested) bool) (a Attested) {
	t.Helper()
	eventually(t, what, func() bool {
		b, err := Open(dir)
		if err != nil {
			return false
		}
		defer b.Close()
		a, err = b.Attested()
		return err == nil && is(a)
	})
	return a
}

// TestServeAsksItsWitnesses: row R10, the public record: each new head is cosigned by those who are named;
// one that is away keeps nobody from deciding; and one that was shown another history is told of.
func TestServeAsksItsWitnesses(t *testing.T) {
	dir := dataDir(t)
	first := serve(t, dir)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(filepath.Join(dir, filePublic))
	if err != nil {
		t.Fatal(err)
	}
	good, away := outsider(t, "good.example.com", string(public)), outsider(t, "away.example.com", string(public))
	away.URL = "http://127.0.0.1:1"
	asking := func(p *Parts) {
		p.Config.Ledger = config.Ledger{Witnesses: []config.Outsider{good, away}, Quorum: 1, Every: 20 * time.Millisecond}
	}
	s := serve(t, dir, asking)
	for _, r := range mining(ago(), 1) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	a := attested(t, dir, "a head that one witness cosigned", func(a Attested) bool { return a.Size > 1 && a.Cosigned() == 1 })
	if a.Split() || a.Needed != 1 || a.Witnesses[1].Fault == "" || a.Witnesses[0].At == 0 {
		t.Errorf("%+v", a)
	}
	eventually(t, "one that cosigned in /metrics", func() bool { // of the newest head, and more may come
		return s.metric(t, `evenkeel_ledger_witnesses{state="cosigned"}`) == "1"
	})
	if n := strings.Count(s.log.String(), "a witness does not cosign the ledger"); n != 1 {
		t.Errorf("that one is away is told %d times", n)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	b := open(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, fileCosigned))
	if err != nil || !strings.Contains(string(text), "— good.example.com ") {
		t.Errorf("kept is\n%s (%v)", text, err)
	}
	if head, _ := b.NewestHead(); head == "" {
		t.Error("no head")
	}

	// The same witness, shown another log by the same key: the books are put away, and begun anew.
	other := dataDir(t)
	if err := os.MkdirAll(other, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fileSecret, filePublic} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(other, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s = serve(t, other, asking)
	for _, r := range mining(ago(), 1) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	a = attested(t, other, "a split view", func(a Attested) bool { return a.Split() })
	if !a.Witnesses[0].Split || a.Cosigned() != 0 {
		t.Errorf("%+v", a)
	}
	if !strings.Contains(s.log.String(), `level=ERROR msg="a witness holds another history of the ledger"`) {
		t.Errorf("it is not told")
	}
	eventually(t, "deciding goes on", func() bool { return len(decisionsIn(t, other)) > 0 })
}

func TestWhatWitnessesSaidIsSaidToBeMissing(t *testing.T) {
	b := &Books{dir: t.TempDir()}
	if _, err := b.Attested(); evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(evenkeel.HintOf(err), "ledger.witnesses") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, fileWitnesses), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Attested(); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("%v", err)
	}
}
