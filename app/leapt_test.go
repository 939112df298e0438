package app

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// F15: the machine's clock is 300 days ahead while the process runs. What the tenant could appeal against until a day in between can
// be for a day more, which the log says; then it is over.
func TestAClockThatLeapsUnderAProcessEndsNothingForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		o := hold(t, t.TempDir(), func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
		o.run(t)
		pass(70 * time.Minute)
		windows := func() (run, ended int) {
			for _, k := range o.folder(t).Clocks {
				switch {
				case k.Kind != docket.ClockAppeal:
				case k.Ended == 0:
					run++
				default:
					ended++
				}
			}
			return run, ended
		}
		before, over := windows()
		if before == 0 || over != 0 {
			t.Fatalf("%d times to appeal run, and %d are over; expected one at least, and none", before, over)
		}
		ahead.Store(int64(300 * 24 * time.Hour))
		pass(23 * time.Hour)
		if run, over := windows(); run < before || over != 0 {
			t.Errorf("%d times to appeal run, and %d are over, 23 hours after the leap; expected %d at least, and none", run, over, before)
		}
		if says := o.log.String(); !strings.Contains(says, "time leapt") {
			t.Errorf("the log does not say that time leapt:\n%s", says)
		}
		pass(2 * time.Hour)
		if _, over := windows(); over < before {
			t.Errorf("%d times to appeal are over a day after the leap; expected %d at least", over, before)
		}
	})
}
