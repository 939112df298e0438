package learning

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Longest is how much of the time between two lines of a person in one timeline counts as
// attention to the case: who comes back after lunch did not read for two hours.
const Longest = 30 * time.Minute

// Shortest is what a line of a person counts that stands alone.
const Shortest = time.Minute

// Attention is how long persons were busy with a case, from its timeline, which is ordered by
// time: for each of them, what lies between one of their looks or acts and the next, at most
// Longest, and Shortest for the first one and for each that comes after a longer pause.
func Attention(entries []evenkeel.Entry) (sum time.Duration) {
	last := map[evenkeel.PersonID]evenkeel.Moment{}
	for i := range entries {
		e := &entries[i]
		p := e.Actor.Person
		if !e.Busy() {
			continue
		}
		since, before := last[p]
		switch gap := e.At.Sub(since); {
		case !before || gap > Longest:
			sum += Shortest
		case gap > 0:
			sum += gap
		}
		last[p] = max(since, e.At)
	}
	return sum
}
