package staff

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/evenkeel/evenkeel"
)

// crowd takes all turns to hash until it is told to go: all places where those who have a turn
// and those who wait for one are, or only the first.
func (p *place) crowd(places int) (leave func()) {
	p.Helper()
	t := p.hashing.turn
	for range places {
		t.there <- struct{}{}
	}
	for range maxHashing {
		t.hashing <- struct{}{}
	}
	return func() {
		for range places {
			<-t.there
		}
		for range maxHashing {
			<-t.hashing
		}
	}
}

func TestWhatHasNoTurnCountsForNobody(t *testing.T) {
	for what, c := range map[string]struct {
		places int
		says   string
	}{
		"too many sign in":     {maxHashing + maxWaiting, "too many people"},
		"given up while lined": {maxHashing, "given up while waiting"},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := open(t, Options{})
				_, f := p.enrol(p.first(), "ada")
				p.tries = newPatience(8)
				if _, err := p.guess(Attempt{Name: "eve", Password: "something else entirely"}, freeTries+1); err == nil {
					t.Fatal("eve has not to wait")
				}
				leave := p.crowd(c.places)
				hashes := p.hashing.runs.Load()
				for n := range 20 { // more made-up names than are remembered, and ada's right password
					p.wants(evenkeel.KindUnavailable, p.giveUp(Attempt{Name: fmt.Sprint("x", n), Password: "something else entirely", Source: evil}), c.says)
					p.wants(evenkeel.KindUnavailable, p.giveUp(Attempt{Name: "ada", Password: password, Code: p.code(f, 0)}), c.says)
				}
				// Who has to wait is told so, and takes up no place.
				_, err := p.enter("eve", "something else entirely", "000000")
				p.wants(evenkeel.KindUnavailable, err, "come again in 1s")
				leave()
				if n := p.hashing.runs.Load(); n != hashes {
					t.Errorf("%d hashes were made", n-hashes)
				}
				p.must(p.enter("ada", password, p.code(f, 0)))
				_, err = p.enter("eve", "something else entirely", "000000")
				p.wants(evenkeel.KindUnavailable, err, "come again in 1s")
			})
		})
	}
}

// giveUp tries to enter, and goes when nothing happens any more.
func (p *place) giveUp(a Attempt) error {
	ctx, end := context.WithCancel(p.Context())
	defer end()
	told := make(chan error, 1) // one
	go func() {
		_, err := p.Enter(ctx, a)
		told <- err
	}()
	synctest.Wait()
	end()
	return <-told
}

// TestWhoWaitedForATurnMayHaveToWaitNow: others failed under the name in between.
func TestWhoWaitedForATurnMayHaveToWaitNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, Options{})
		leave := p.crowd(maxHashing)
		errs := make(chan error, 2*freeTries) // one of each
		for range cap(errs) {
			go func() {
				_, err := p.enter("eve", "something else entirely", "000000")
				errs <- err
			}()
		}
		synctest.Wait()
		leave()
		denied := 0
		for range cap(errs) {
			if evenkeel.KindOf(<-errs) == evenkeel.KindDenied {
				denied++
			}
		}
		if denied != freeTries {
			t.Errorf("%d tries were let through; expected %d", denied, freeTries)
		}
	})
}
