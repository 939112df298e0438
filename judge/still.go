package judge

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// noted is how much later the same has to be found still to be written down again: many machines
// of one tenant are told again one after the other.
const noted = time.Minute

// still takes in that what was told goes on, once the clocks of its case have run out that were
// due before, and says whether it is to be weighed as a new finding would be. It mostly is not:
// the case notes when the same was found last, and so do the leases of what a machine enforces on
// what it was found of, without a line in the timeline; what follows from that follows when a lease
// ends, or our time. Where a machine's measure has lapsed and
// nothing stands or waits in its place, it is: else who never pauses would have the last of its
// leases behind it. And so it is where packets hurt others and a machine only asked, as the budget of
// its rule was spent: what is left of that by now limits them. Whatever a person decided is left alone. And so is a case that is
// closed for an hour; what is seen after that, and was closed against the tenant or over nothing, is weighed where nothing is
// enforced: else who goes on, or is reported once more, would be seen by nobody.
//
// Nothing is kept of a telling again but its time, so that the same taken in twice changes
// nothing, and neither does one that comes late: what was seen before the lease ended, or too long
// ago, shows nothing of now.
func (w *draft) still(f *evenkeel.Finding, fam *policy.Family, now evenkeel.Moment) (again bool) {
	c := w.dossier.Case
	var free bool
	switch {
	case c == nil, f.Mode != evenkeel.ModeLive:
		return false
	case c.State == evenkeel.CaseClosed:
		free = procedure.After(&w.dossier, f) && procedure.Unseen(&w.dossier, f.Named())
	case !procedure.Contains(c.Assets, f.Named()):
		return false
	default:
		w.seen(f, noted)
		free = procedure.LetGo(&w.dossier, f.Named(), f.Until) || procedure.Unlimited(&w.dossier, fam, f.Named())
	}
	return free && procedure.Goes(f, now) && !procedure.Answered(&w.dossier, f)
}

// seen notes when something was found: in its case, and in the leases that it shows to be needed,
// where it was not noted so long ago.
func (w *draft) seen(f *evenkeel.Finding, ago time.Duration) {
	if c := w.dossier.Case; f.Until >= c.Latest.Add(ago) {
		c.Latest = f.Until
		w.caseChanged()
	}
	for _, k := range procedure.Found(&w.dossier, f, ago) {
		w.clock(k)
	}
}
