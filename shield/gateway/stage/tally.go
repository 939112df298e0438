package stage

import "time"

// Tally is what came to one domain within one second. Requests that were there from before count in InFlight only.
type Tally struct {
	Offered   uint32 // requests that came
	Passed    uint32 // of them let through to the backend
	Returning uint32 // of those passed, holders of a token and verified bots
	Asked     uint32 // visitors who were shown a challenge
	Solved    uint32 // challenges that were solved, whenever they were shown

	InFlight uint32        // requests in the backend at the end of the second
	Limit    uint32        // how many may be; 0 is not known
	P95      time.Duration // of answers of the backend within the second; 0 is none
	Failed   uint32        // 5xx and time-outs of the backend

	Fresh         uint32  // addresses that had not been seen at this domain for ten minutes
	Slope         float64 // by how much the number of distinct addresses grows a second, over the last ten
	Unknown       uint32  // requests with a fingerprint that is not usual at this domain
	Contradictory uint32  // requests whose fingerprint contradicts their user agent
	Absorbed      Cost    // what requests beyond the usual cost, and those that were held back
}

// bounded makes values plain that cannot be.
func (t Tally) bounded() Tally {
	t.Passed, t.Unknown, t.Contradictory, t.Fresh = min(t.Passed, t.Offered), min(t.Unknown, t.Offered), min(t.Contradictory, t.Offered), min(t.Fresh, t.Offered)
	t.Returning = min(t.Returning, t.Passed)
	t.P95 = min(max(t.P95, 0), time.Hour)
	if !(t.Slope > 0) {
		t.Slope = 0
	}
	t.Slope = min(t.Slope, float64(t.Offered))
	return t
}

// share is a part of a whole, 0 of nothing.
func share(part, whole uint32) float64 {
	if whole == 0 {
		return 0
	}
	return min(float64(part)/float64(whole), 1)
}
