package courier

import (
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
)

const (
	// longestHold is for how long a notice holds up the later ones of its case, counted from its
	// first attempt that came to nothing: order is worth that much, and no more.
	longestHold = time.Hour
	// longestTrouble is the longest pause after an error of the outbox that may pass.
	longestTrouble = time.Minute
	// maxLate bounds how many notices are known to wait. Those beyond hold nobody up.
	maxLate = 1 << 14
)

// waits is what a courier knows of notices that are not over, and the outbox does not tell. The
// end of the process forgets it. Safe for concurrent use.
type waits struct {
	mu   sync.Mutex
	late map[evenkeel.CaseID][]late
	back map[evenkeel.NoticeID]setback
	lost map[evenkeel.NoticeID][]Delivery // letters whose taking was not answered, once
	n    int                              // of late
}

// late is a notice that waits for its next attempt.
type late struct {
	id    evenkeel.NoticeID
	at    evenkeel.Moment // when it was written
	since evenkeel.Moment
}

// setback is a notice of which the outbox could not write down what became of it.
type setback struct {
	times int
	until evenkeel.Moment
	said  bool // an error was logged
}

func newWaits() *waits {
	return &waits{late: map[evenkeel.CaseID][]late{}, back: map[evenkeel.NoticeID]setback{}, lost: map[evenkeel.NoticeID][]Delivery{}}
}

// wait notes that a notice waits, from now on if it did not before.
func (w *waits) wait(n *evenkeel.Notice, now evenkeel.Moment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.late[n.Case] {
		if l.id == n.ID {
			return
		}
	}
	if w.n < maxLate {
		w.late[n.Case] = append(w.late[n.Case], late{n.ID, n.At, now})
		w.n++
	}
}

// over forgets a notice.
func (w *waits) over(n *evenkeel.Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.back, n.ID)
	delete(w.lost, n.ID)
	all := w.late[n.Case]
	for i := range all {
		if all[i].id == n.ID {
			w.late[n.Case] = append(all[:i:i], all[i+1:]...)
			w.n--
			break
		}
	}
	if len(w.late[n.Case]) == 0 {
		delete(w.late, n.Case)
	}
}

// holds says whether a notice that is due may not leave now.
func (w *waits) holds(n *evenkeel.Notice, now evenkeel.Moment) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.back[n.ID].until > now {
		return true
	}
	mine, ahead, beside := false, false, false
	for _, l := range w.late[n.Case] {
		holding := now.Sub(l.since) < longestHold
		switch {
		case l.id == n.ID:
			mine = true
		case l.at < n.At:
			ahead = ahead || holding
		case l.at == n.At:
			beside = beside || holding
		}
	}
	return ahead || beside && !mine
}

// setBack puts a notice off, longer each time, and says until when and whether an error of this
// kind is the first.
func (w *waits) setBack(id evenkeel.NoticeID, passing bool, now evenkeel.Moment, o *Options) (until evenkeel.Moment, first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	most := longestTrouble
	if !passing {
		most = o.Schedule.Most
	}
	b := w.back[id]
	first = !passing && !b.said
	b.times++
	b.said = b.said || !passing
	b.until = now.Add(backoff.Pause(o.Poll, max(most, o.Poll), 0, string(id), b.times))
	w.back[id] = b
	return b.until, first
}

// lose notes that a letter's taking was not answered, and says whether that was so before.
func (w *waits) lose(d *Delivery) (again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.lost[d.Notice] {
		if w.lost[d.Notice][i].same(d) {
			return true
		}
	}
	w.lost[d.Notice] = append(w.lost[d.Notice], *d)
	return false
}
