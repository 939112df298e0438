package shop

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Room is how many requests wait for a worker; one more is answered with 503. It is what a listen queue holds by default of the
// servers of applications that people run.
const Room = 256

// Step is how long one Count lasts.
const Step = 100 * time.Millisecond

// MostSteps bounds what is kept: ten minutes.
const MostSteps = 6000

// Count is what happened in one step.
type Count struct {
	Offered int `json:"offered"`
	Served  int `json:"served"`
	Refused int `json:"refused"`
	Waiting int `json:"waiting"` // the most that waited for a worker at once
}

// Shop is one site.
type Shop struct {
	host    string
	workers chan struct{}
	now     func() time.Time
	from    time.Time

	mu      sync.Mutex
	waiting int
	counts  []Count
}

// New makes a shop with so many workers, whose steps are counted from a time on.
func New(host string, workers int, from time.Time, now func() time.Time) *Shop {
	return &Shop{host: host, workers: make(chan struct{}, workers), now: now, from: from}
}

// at returns the count of now. The caller holds the lock.
func (s *Shop) at() *Count {
	i := min(max(int(s.now().Sub(s.from)/Step), 0), MostSteps-1)
	for len(s.counts) <= i {
		s.counts = append(s.counts, Count{Waiting: s.waiting})
	}
	return &s.counts[i]
}

// ServeHTTP answers.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.RequestURI()
	work, _ := Takes(path)
	if !s.come(work > 0) {
		http.Error(w, "too many wait", http.StatusServiceUnavailable)
		return
	}
	if work > 0 {
		s.workers <- struct{}{}
		s.turn()
		timer := time.NewTimer(work)
		<-timer.C
		<-s.workers
	}
	s.mu.Lock()
	s.at().Served++
	s.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if strings.HasPrefix(path, "/static/") {
		h.Set("Content-Type", "text/javascript")
		h.Set("Cache-Control", "max-age=3600")
	} else if _, err := r.Cookie(Session); err != nil {
		h.Set("Set-Cookie", Session+"=new; Path=/; Secure; HttpOnly; SameSite=Lax")
	}
	w.Write(page(s.host, path))
}

// Session is the name of the cookie by which a shop knows its visitors.
const Session = "session"

// come counts a request, and says whether there is room for it.
func (s *Shop) come(works bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.at()
	c.Offered++
	if !works {
		return true
	}
	if s.waiting >= Room {
		c.Refused++
		return false
	}
	s.waiting++
	c.Waiting = max(c.Waiting, s.waiting)
	return true
}

// turn counts a request that waits no more.
func (s *Shop) turn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at()
	s.waiting--
}

// Counts returns all steps until now.
func (s *Shop) Counts() []Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at()
	return append([]Count(nil), s.counts...)
}
