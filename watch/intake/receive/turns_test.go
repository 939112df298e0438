package receive

import (
	"context"
	"crypto/sha256"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/watch/intake"
)

// flood sends n requests at once and returns how many had which answer.
func (h house) flood(n int, s sent) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	answers := map[int]int{}
	for range n {
		wg.Go(func() {
			w := h.do(s)
			mu.Lock()
			defer mu.Unlock()
			answers[w.Code]++
		})
	}
	wg.Wait()
	return answers
}

func TestLoadIsShedWhereWaitingIsNoUse(t *testing.T) {
	for _, c := range []struct {
		name                     string // of one source, which has two turns
		requests, waiting        int
		logTakes                 time.Duration
		wantTaken, wantShed, log int
	}{
		{"all who may wait get their turn in time", 8, 100, 100 * time.Millisecond, 8, 0, 8},
		{"who waited a second is told to come again", 8, 100, 700 * time.Millisecond, 3, 5, 3},
		{"who may not even wait is told at once", 8, 2, 100 * time.Millisecond, 4, 4, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hold := make(chan struct{})
				h := open(t, Options{Now: time.Now, AtOnce: 4, Waiting: c.waiting, Window: intake.Window{Past: 1 << 62, Future: 1 << 62}})
				h.log.hold = hold
				done := make(chan struct{})
				go func() { // the log takes one batch after another
					defer close(done)
					for range c.log {
						time.Sleep(c.logTakes)
						hold <- struct{}{}
					}
				}()
				answers := h.flood(c.requests, sent{path: "/v1/metrics", body: jsonOf(t, request(1)), headers: jsonHeader})
				<-done
				if answers[http.StatusOK] != c.wantTaken || answers[http.StatusServiceUnavailable] != c.wantShed {
					t.Errorf("%v; expected %d taken and %d shed", answers, c.wantTaken, c.wantShed)
				}
				if n := h.counted(t, "requests_refused_total", "shed"); int(n) != c.wantShed {
					t.Errorf("%v are counted as shed; expected %d", n, c.wantShed)
				}
				if n := h.log.records(t); n != c.wantTaken {
					t.Errorf("the log has %d; expected %d", n, c.wantTaken)
				}
			})
		})
	}
}

// TestAFloodOfOneSourceKeepsNoOtherOut lets one source fill its turns with a log that hangs: a
// quiet one still gets its own.
func TestAFloodOfOneSourceKeepsNoOtherOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		h := open(t, Options{Now: time.Now, AtOnce: 4, AppendFor: time.Minute, Window: intake.Window{Past: 1 << 62, Future: 1 << 62}})
		h.log.hold = hold
		var wg sync.WaitGroup
		wg.Go(func() {
			h.flood(20, sent{path: "/v1/metrics", body: jsonOf(t, request(1)), headers: jsonHeader + "Authorization: Bearer " + agentToken})
		})
		synctest.Wait()
		quiet := make(chan int, 1)
		wg.Go(func() {
			quiet <- h.do(sent{path: "/v1/metrics", body: "{}", headers: jsonHeader + "Authorization: Bearer " + bothToken}).Code
		})
		synctest.Wait()
		if code := <-quiet; code != http.StatusOK {
			t.Errorf("the quiet source: %d; expected 200", code)
		}
		close(hold)
		wg.Wait()
	})
}

func TestALogThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, Options{Now: time.Now, Window: intake.Window{Past: 1 << 62, Future: 1 << 62}})
		h.log.hold = make(chan struct{})
		began := time.Now()
		w := h.do(sent{path: "/v1/metrics", body: jsonOf(t, request(1)), headers: jsonHeader})
		if took := time.Since(began); w.Code != http.StatusServiceUnavailable || took != 10*time.Second {
			t.Errorf("%d after %v; expected 503 after 10 s", w.Code, took)
		}
	})
}

func TestASourceComesAgainWhenItIsTold(t *testing.T) {
	now := testNow.Time()
	sources, err := NewSources(nil, Source{
		Name: "agent", Tokens: [][32]byte{sha256.Sum256([]byte(agentToken))}, May: intake.GrantTelemetry, Points: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	h := openTo(t, sources, Options{Now: func() time.Time { return now }})
	s := sent{path: "/v1/metrics", body: jsonOf(t, request(50)), headers: jsonHeader + "Authorization: Bearer " + agentToken}
	// Twenty are its burst, so fifty overdraw by thirty: three seconds.
	if w := h.do(s); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	w := h.do(s)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3" {
		t.Fatalf("%d, again after %q; expected 429 and 3", w.Code, w.Header().Get("Retry-After"))
	}
	now = now.Add(3*time.Second + time.Nanosecond)
	if w := h.do(s); w.Code != http.StatusOK {
		t.Fatalf("%d; expected 200 after the time that was told", w.Code)
	}
}

func TestASourceHasAShareOfUnpackedBytes(t *testing.T) {
	body := protobufOf(t, request(400))
	sources, err := NewSources(nil, Source{
		Name: "agent", Tokens: [][32]byte{sha256.Sum256([]byte(agentToken))}, May: intake.GrantTelemetry,
		Bytes: float64(len(body)) / 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	h := openTo(t, sources, Options{})
	// Packed it is within the share, unpacked twice as much as the source has at once.
	s := sent{path: "/v1/metrics", body: gzipped(body), headers: protobufHeader + "Content-Encoding: gzip\nAuthorization: Bearer " + agentToken}
	if len(s.body) > len(body)/4 {
		t.Fatalf("%d bytes, packed %d: the test needs a body that packs better", len(body), len(s.body))
	}
	if w := h.do(s); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	if w := h.do(s); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2" {
		t.Errorf("%d, again after %q; expected 429 and 2", w.Code, w.Header().Get("Retry-After"))
	}
}

// TestABudgetHoldsItsRate spends at random and checks that no more went out than the burst, the
// rate, and what the last one overdrew.
func TestABudgetHoldsItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 1e6).Draw(t, "rate")
		most := rapid.IntRange(1, 1_000_000).Draw(t, "most")
		b := newBudget(rate)
		now, spent, last := testNow.Time(), 0, 0
		began := now
		b.wait(began) // the budget's time begins
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(-int64(time.Second), int64(5*time.Second)).Draw(t, "passed")))
			if b.wait(now) > 0 {
				continue
			}
			last = rapid.IntRange(0, most).Draw(t, "n")
			b.spend(last, now)
			spent += last
		}
		if latest := b.at.Sub(began).Seconds(); float64(spent-last) > rate*(burst+latest)+1 {
			t.Fatalf("spent %d in %v s at %v a second, %d the last", spent, latest, rate, last)
		}
	})
}

func TestWaitIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBudget(rapid.Float64Range(0.5, 1e6).Draw(t, "rate"))
		now := testNow.Time()
		b.spend(rapid.IntRange(0, 10_000).Draw(t, "n"), now)
		wait := b.wait(now)
		if wait < 0 || wait > time.Hour {
			t.Fatalf("wait %v; expected at most an hour", wait)
		}
		if wait > 0 && wait < time.Hour && b.wait(now.Add(wait+2*time.Nanosecond)) > time.Microsecond {
			t.Fatalf("after %v there is nothing left", wait)
		}
	})
}

func TestTurnsAreNeverMoreThanThereAre(t *testing.T) {
	turns := newTurns(3, 100)
	var mu sync.Mutex
	var wg sync.WaitGroup
	at, most := 0, 0
	for range 50 {
		wg.Go(func() {
			if !turns.take(context.Background()) {
				t.Error("there was room to wait")
				return
			}
			mu.Lock()
			at++
			most = max(most, at)
			mu.Unlock()
			mu.Lock()
			at--
			mu.Unlock()
			turns.give()
		})
	}
	wg.Wait()
	if most > 3 || turns.waiting.Load() != 0 {
		t.Errorf("%d at a time, %d still wait; expected at most 3, and none", most, turns.waiting.Load())
	}
}
