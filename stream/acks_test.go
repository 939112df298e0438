package stream

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, data string
		at         Position
		says       string
	}{
		{"an acknowledgement gives the position", `{"stream":"intake", "seq":17}`, 17, ""},
		{"what else it says does not matter", `{"stream":"intake","domain":"x","seq":18446744073709551615,"duplicate":true}`, 1<<64 - 1, ""},
		{"a refusal says why", `{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},"stream":"intake","seq":0}`, 0, "maximum bytes exceeded"},
		{"nobody listens", ``, 0, "no response from stream"},
		{"no position is no acknowledgement", `{"stream":"intake"}`, 0, "no acknowledgement"},
		{"position 0 is none", `{"stream":"intake","seq":0}`, 0, "no acknowledgement"},
		{"an error that says nothing is no acknowledgement", `{"error":null,"seq":3}`, 0, "no acknowledgement"},
		{"garbage is no acknowledgement", `+OK`, 0, "no acknowledgement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := answer(&nats.Msg{Data: []byte(c.data)})
			if at != c.at || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("the answer gives %d and %v; expected %d and %q", at, err, c.at, c.says)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"stream":"intake", "seq":17}`))
	f.Add([]byte(`{"error":{"code":503,"description":"maximum bytes exceeded"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if at, err := answer(&nats.Msg{Data: data}); (at == 0) == (err == nil) {
			t.Errorf("the answer gives %d and %v; expected a position or an error", at, err)
		}
	})
}

func TestAPublishEndsWithTheLastAnswerOrTheFirstFailure(t *testing.T) {
	a := &acks{prefix: "inbox.", waiting: map[uint64]*pending{}}
	tell := func(reply, data string) { a.take(&nats.Msg{Subject: reply, Data: []byte(data)}) }

	id, reply, p := a.expect(2)
	tell(reply, `{"stream":"intake","seq":1}`)
	select {
	case <-p.done:
		t.Error("it ended after one of two answers")
	default:
	}
	tell(reply, `{"stream":"intake","seq":2}`)
	if err := a.wait(t.Context(), id, p); err != nil {
		t.Errorf("two acknowledgements give %v; expected nil", err)
	}

	id, reply, p = a.expect(2)
	tell(reply, `{"error":{"code":503,"description":"no"}}`)
	tell(reply, `{"stream":"intake","seq":3}`)
	if err := a.wait(t.Context(), id, p); err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("one of two refused gives %v; expected the refusal", err)
	}

	broken := errors.New("broken")
	id, _, p = a.expect(1)
	a.fail(broken)
	a.fail(errors.New("later"))
	if err := a.wait(t.Context(), id, p); !errors.Is(err, broken) {
		t.Errorf("a failure gives %v; expected it", err)
	}
	id, _, p = a.expect(1)
	if err := a.wait(t.Context(), id, p); !errors.Is(err, broken) {
		t.Errorf("after a failure the next one is told %v; expected the failure", err)
	}
	if len(a.waiting) != 0 || a.reached() != 3 {
		t.Errorf("%d still wait, the highest position is %d; expected none and 3", len(a.waiting), a.reached())
	}
}

func TestEndsOfAPull(t *testing.T) {
	for _, c := range []struct {
		status, says string
		goesOn       bool
	}{
		{"408", "Request Timeout", true},
		{"404", "No Messages", true},
		{"409", "Message Size Exceeds MaxBytes", true},
		{"409", "Batch Completed", true},
		{"409", "Consumer Deleted", false},
		{"503", "", false},
	} {
		if err := ended(c.status, c.says); (err == nil) != c.goesOn {
			t.Errorf("%s %s gives %v; expected that it goes on: %t", c.status, c.says, err, c.goesOn)
		}
	}
}

func TestTheMarkNeverGoesBack(t *testing.T) {
	m := markIn(t.TempDir())
	for _, c := range []struct{ to, want Position }{{0, 0}, {7, 7}, {3, 7}, {7, 7}, {8, 8}} {
		if err := m.advance(c.to); err != nil {
			t.Fatal(err)
		}
		if at, err := m.read(); err != nil || at != c.want {
			t.Errorf("moved to %d the mark stands at %d (%v); expected %d", c.to, at, err, c.want)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(m.path), "*")); len(files) != 1 {
		t.Errorf("beside the mark lie %v; expected the mark alone", files)
	}
}

func TestAMarkThatCannotBeReadDoesNotStopTheLog(t *testing.T) {
	log, dir := new(heard), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "reached"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := Open(t.Context(), Options{Dir: dir, Logger: log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Publish(t.Context(), about(1)); err != nil {
		t.Error(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if at, err := markIn(dir).read(); at != 1 || err != nil {
		t.Errorf("after Close the mark stands at %d (%v); expected 1", at, err)
	}
	if !strings.Contains(log.String(), "rubbish") {
		t.Errorf("the log does not say what the mark holds: %s", log)
	}
}

// TestSessionThatBreaksIsReplaced breaks the session as a disk that cannot be written does.
func TestSessionThatBreaksIsReplaced(t *testing.T) {
	l := newJetLog(Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)}.filled(), func(from, to Position) {
		t.Errorf("positions %d to %d are said to be gone", from, to)
	})
	defer l.close()
	s, err := l.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.append(t.Context(), []part{{1, []byte("one")}}); err != nil {
		t.Fatal(err)
	}
	heard := &serverLog{log: l.options.Logger}
	heard.onBroken(s.acks.fail)
	heard.Warnf("slow consumer")
	if s.acks.failure() != nil {
		t.Error("a warning about something else ends the session")
	}
	heard.Errorf("JetStream failed to store a msg on stream '%s': %v", "intake", "write: no space left on device")
	if err := s.acks.failure(); err == nil || !strings.Contains(err.Error(), noSpace) {
		t.Fatalf("after the server said that it cannot write, the session says %v", err)
	}
	late, tick := time.After(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for err = l.append(t.Context(), []part{{1, []byte("two")}}); err != nil; err = l.append(t.Context(), []part{{1, []byte("two")}}) {
		if !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("until the next start publishing says %v; expected why the last one ended", err)
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("no new session: %v", err)
		}
	}
	if now, err := l.session(t.Context()); err != nil || now == s {
		t.Errorf("the session is %p (%v); expected another than %p", now, err, s)
	}
	if first, last, err := l.bounds(t.Context()); err != nil || first != 1 || last != 2 {
		t.Errorf("the log holds %d to %d (%v); expected 1 to 2", first, last, err)
	}
}
