package main

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/edge"
)

// What was let go of by hand is not said to be ordered: after a release of a challenge status says that it ended, and what holds until when.
func TestStatusSaysOfWhatWasReleasedThatItEnded(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		ordered string
		pressed bool
		says    string
	}{
		{"none", false, "  a person ended the challenge of decision d-1: nobody is asked for anything until 2026-11-28T21:00:00Z, when it would have ended by itself\n"},
		{"challenge", false, "  visitors may be asked, up to waiting, until 2026-11-28T21:00:00Z, by decision d-1\n"},
		{"shut", false, "  its own page is shown until 2026-11-28T21:00:00Z, by decision d-1\n"},
		{"shut", true, "  its own page may be shown while visitors press, until 2026-11-28T21:00:00Z, by decision d-1\n"},
	} {
		var out strings.Builder
		writeGateway(&out, &edge.Status{Sites: 1, Standing: []edge.Standing{{Site: "shop", Tenant: "t-shop", Stage: "observe", Ordered: c.ordered, Decision: "d-1", Until: now.Add(time.Hour), Pressed: c.pressed}}}, now)
		if !strings.Contains(out.String(), c.says) || c.ordered == "none" && strings.Contains(out.String(), "by decision") {
			t.Errorf("%s: status says %q; expected %q", c.ordered, out.String(), c.says)
		}
	}
}

// A figure without its unit is taken for whatever the reader thinks of.
func TestStatusSaysOfWhatItsFiguresAre(t *testing.T) {
	for capacity, says := range map[float64]string{
		119.6: "; of 900 requests within the last second 120 were sent to the backends, which failed 3; 40.5 requests a second are usual at this hour, and the backends were seen to answer about 120 requests a second; at once 30 of at most 64 requests are in flight, and 7 wait\n",
		1:     "are usual at this hour, and how many the backends can answer is not known yet; at once",
		0:     "are usual at this hour, and how many the backends can answer is not known yet; at once",
	} {
		var out strings.Builder
		writeGateway(&out, &edge.Status{Sites: 1, Standing: []edge.Standing{{
			Site: "shop", Tenant: "t-shop", Stage: "cookie", Offered: 900, Passed: 120, Failed: 3, Usual: 40.5, Capacity: capacity, InFlight: 30, Limit: 64, Waiting: 7,
		}}}, 0)
		if !strings.Contains(out.String(), says) {
			t.Errorf("status says %q; expected %q", out.String(), says)
		}
	}
}
