package procedure

import "github.com/evenkeel/evenkeel/judge/docket"

// unsettled is what follows when nobody granted or refused in time what the tenant is owed: the lead is
// called, and again as long after that, until somebody does.
func (x *expiry) unsettled() {
	x.end("missed: nobody granted or refused the credit")
	again := x.k
	again.Started, again.Due, again.Ended, again.Because = x.k.Due, x.k.Due.Add(max(x.k.Due.Sub(x.k.Started), anHour)), 0, ""
	x.e.Start = append(x.e.Start, again)
	x.call(docket.LevelLead, 0, "A credit waits since %s for somebody who grants or refuses it.", x.k.Started)
}
