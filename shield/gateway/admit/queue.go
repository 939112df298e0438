package admit

// queue holds those of one tenant who wait, oldest first.
type queue struct {
	first, last *Waiter
	n           int
	since       int64 // when it was empty last
}

func (q *queue) push(w *Waiter, now int64) {
	if q.n == 0 {
		q.since = now
	}
	w.prev, w.next = q.last, nil
	if q.last != nil {
		q.last.next = w
	} else {
		q.first = w
	}
	q.last = w
	q.n++
}

func (q *queue) remove(w *Waiter) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		q.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		q.last = w.prev
	}
	w.prev, w.next = nil, nil
	q.n--
}

// overloaded says whether somebody has waited without a pause for longer than an interval (the sign of CoDel, RFC 8289): then it is not a burst.
func (q *queue) overloaded(c *Config, now int64) bool {
	return q.n > 0 && now-q.since > int64(c.Interval)
}

// patience is how long anybody waits now.
func (q *queue) patience(c *Config, now int64) int64 {
	if q.overloaded(c, now) {
		return int64(c.Hurry)
	}
	return int64(c.Patience)
}

// next returns who goes next: the oldest, and under overload the newest, who is the likeliest to be there still and in time.
func (q *queue) next(c *Config, now int64) *Waiter {
	if q.overloaded(c, now) {
		return q.last
	}
	return q.first
}
