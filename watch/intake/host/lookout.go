package host

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// Lengths of time. FirstBoot is that of detections for machines that are set up; the others are chosen so that a
// package manager has written its database, and a firewall that is loaded again stands again.
const (
	FirstBoot     = 15 * time.Minute
	settleSSHD    = 2 * time.Second
	settleUpgrade = 2 * time.Minute
	settleRules   = 10 * time.Second
	distrustFor   = 24 * time.Hour
	upgradeFor    = time.Minute // so long a package manager counts as being at work
)

// Bounds of memory. An asset that is one too many takes the place of whoever was quiet longest.
const (
	maxAssets  = 4096
	maxPending = 64 // of one asset
	maxName    = 256
)

// Settings are what a Lookout is made of.
type Settings struct {
	Source string      // who vouches for the records
	Key    siphash.Key // of their identities
	// Born says when an asset was made, 0 where that is not known: then no first boot explains anything.
	Born func(evenkeel.AssetID) evenkeel.Moment
}

// Tally is what became of observations. Every one is in exactly one of Ordinary, Told, Merged, LeftOut and Waiting.
type Tally struct {
	Observed int64
	Ordinary int64 // nothing that is told: another file, a log that is rotated, a chain that is flushed
	Told     int64
	Merged   int64 // the same as was told a moment ago
	LeftOut  int64 // more than an asset may say
	Waiting  int64 // what has to settle first
	Crowded  int64 // of those that were told or left out: at once, as too much waited already
	Dropped  int64 // assets that were forgotten for others
}

// Lookout turns observations into records. It is used by one goroutine.
type Lookout struct {
	set    Settings
	shelf  Shelf
	assets map[evenkeel.AssetID]*asset
	tally  Tally
}

type asset struct {
	id        evenkeel.AssetID
	last      evenkeel.Moment
	told      allowance
	waits     []waiting
	filtering Answer          // as it was read last
	distrust  evenkeel.Moment // until then the package database explains nothing
	upgraded  evenkeel.Moment // a package manager was seen at work last
}

// waiting is a change that has to settle.
type waiting struct {
	kind     Kind
	path     string
	by       string
	at       evenkeel.Moment // when it was seen first
	due      evenkeel.Moment
	explains Explanation
}

// NewLookout returns one that has seen nothing.
func NewLookout(set Settings, shelf Shelf) *Lookout {
	return &Lookout{set: set, shelf: shelf, assets: map[evenkeel.AssetID]*asset{}}
}

// Tally returns what became of observations so far.
func (l *Lookout) Tally() Tally { return l.tally }

// Forget lets go of an asset that is gone; what waited is told no more.
func (l *Lookout) Forget(id evenkeel.AssetID) {
	if a := l.assets[id]; a != nil {
		l.tally.Waiting -= int64(len(a.waits))
		l.tally.Ordinary += int64(len(a.waits))
		delete(l.assets, id)
	}
}

// Observe takes an observation and appends what can be told at once.
func (l *Lookout) Observe(o *Observation, b *evenkeel.Batch) {
	l.tally.Observed++
	a := l.assetOf(o.Asset, o.At)
	if o.Act == ActFirewall {
		l.read(a, o)
		return
	}
	kind, name := recognise(o)
	if o.By.explain() == ByUpgrade {
		a.upgraded = o.At
	}
	if kind == kindNone || kind == KindPackages && (o.By.Unseen || a.byUpgrade(o) == ByUpgrade) {
		l.tally.Ordinary++
		return
	}
	if kind == KindPackages {
		a.distrust = o.At.Add(distrustFor)
	}
	w := waiting{kind: kind, path: name, by: whoOf(&o.By), at: o.At, explains: l.explain(a, kind, o)}
	if o.Act == ActModule {
		w.by = "" // the kernel does not say who asked
	}
	switch {
	case kind == KindSSHD || kind == KindSSHDRemoved:
		w.due = o.At.Add(settleSSHD)
		if a.byUpgrade(o) == ByUpgrade || o.By.Unseen {
			w.due = o.At.Add(settleUpgrade)
		}
		l.wait(a, w, b)
	case kind == KindFirewall:
		w.due = o.At.Add(settleRules)
		l.wait(a, w, b)
	default:
		l.tell(a, &w, "", b)
	}
}

// recognise says which kind an observation is of, and the name that is told with it.
func recognise(o *Observation) (Kind, string) {
	switch o.Act {
	case ActExecuted:
		return recogniseProgram(o)
	case ActModule:
		// Flags of a module that is not from the kernel's own tree, unsigned or forced (Documentation/admin-guide/tainted-kernels).
		for _, flag := range "OEF" {
			if slices.Contains([]rune(o.Taints), flag) {
				return KindModule, o.Path
			}
		}
		return kindNone, ""
	}
	kind := placeOf(o.Path, o.Act)
	switch {
	case kind == KindLogs && o.By.does(rotators):
		return kindNone, ""
	case kind == KindSSHD && o.Act == ActRemoved:
		kind = KindSSHDRemoved
	case o.Act == ActRemoved && kind != KindLogs && kind != KindKeysRemoved:
		return kindNone, "" // what starts or lets in no more
	}
	return kind, o.Path
}

func recogniseProgram(o *Observation) (Kind, string) {
	switch {
	case o.By.Memory && slices.ContainsFunc(o.By.Parents, func(q Program) bool { return q.isOne(runtimes) }):
		return kindNone, ""
	case o.By.Memory:
		return KindMemory, o.Path
	case temporary(o.Path):
		return KindTemporary, o.Path
	case o.By.Gone: // which arguments it had is not known; the firewall is read anyway
		return kindNone, ""
	}
	return commandOf(&o.By.Program)
}

// explain says what makes a change an ordinary one of its kind.
func (l *Lookout) explain(a *asset, kind Kind, o *Observation) Explanation {
	if e := a.byUpgrade(o); e != Unexplained && e.may(kind) {
		return e
	}
	if l.set.Born == nil || !AtFirstBoot.may(kind) {
		return Unexplained
	}
	if born := l.set.Born(a.id); born != 0 && o.At >= born && o.At.Sub(born) < FirstBoot {
		return AtFirstBoot
	}
	return Unexplained
}

// byUpgrade says what a process explains. Scripts of packages have children that end at once (cp, ln), so that
// one which had ended is a package manager's while that is at work.
func (a *asset) byUpgrade(o *Observation) Explanation {
	if o.By.Gone && a.upgraded != 0 && o.At.Sub(a.upgraded) < upgradeFor {
		return ByUpgrade
	}
	return o.By.explain()
}

// read takes a reading of the firewall: one that stood and is gone is off, if it stays so.
func (l *Lookout) read(a *asset, o *Observation) {
	before := a.filtering
	if o.Answer != Unknown {
		a.filtering = o.Answer
	}
	if before != Yes || o.Answer != No {
		l.tally.Ordinary++
		return
	}
	if slices.ContainsFunc(a.waits, func(x waiting) bool { return x.kind == KindFirewall }) { // to be read again is no change
		a.filtering = Yes
		l.tally.Merged++
		return
	}
	w := waiting{kind: KindFirewall, path: "no rule is left that filters what comes in", at: o.At, due: o.At.Add(settleRules), explains: l.explain(a, KindFirewall, o)}
	a.filtering = Yes // until it has settled
	l.wait(a, w, nil)
}

// wait keeps a change until it has settled: the same again begins its time anew, but not for ever, and keeps the worst explanation.
func (l *Lookout) wait(a *asset, w waiting, b *evenkeel.Batch) {
	for i := range a.waits {
		x := &a.waits[i]
		if x.kind == w.kind && (x.path == w.path || x.kind == KindFirewall) {
			x.due = min(max(x.due, w.due), x.at.Add(5*settleUpgrade))
			if w.explains == Unexplained || x.explains == Unexplained {
				x.explains = Unexplained
			}
			if x.by == "" {
				x.path, x.by = w.path, w.by
			}
			l.tally.Merged++
			return
		}
	}
	if len(a.waits) >= maxPending && b != nil {
		l.tally.Crowded++
		w.explains = Unexplained
		l.tell(a, &w, "", b)
		return
	}
	a.waits = append(a.waits, w)
	l.tally.Waiting++
}

// Next returns when Due has something to do; 0 is never.
func (l *Lookout) Next() (next evenkeel.Moment) {
	for _, a := range l.assets {
		for i := range a.waits {
			if due := a.waits[i].due; next == 0 || due < next {
				next = due
			}
		}
	}
	return next
}

// Due tells what has settled by now, in the order of its time, asking the shelf how it stands.
func (l *Lookout) Due(now evenkeel.Moment, b *evenkeel.Batch) {
	var due []*asset
	for _, a := range l.assets {
		if slices.ContainsFunc(a.waits, func(w waiting) bool { return w.due <= now }) {
			due = append(due, a)
		}
	}
	slices.SortFunc(due, func(x, y *asset) int { return cmp.Compare(x.id, y.id) })
	for _, a := range due {
		all := a.waits
		a.waits = nil
		for i := range all {
			if all[i].due > now {
				a.waits = append(a.waits, all[i])
				continue
			}
			l.tally.Waiting--
			l.settle(a, &all[i], now, b)
		}
	}
}

func (l *Lookout) settle(a *asset, w *waiting, now evenkeel.Moment, b *evenkeel.Batch) {
	if w.kind == KindFirewall {
		is := l.shelf.Filtering(a.id)
		before := a.filtering
		if is != Unknown {
			a.filtering = is
		}
		if is == Yes || before == No { // it stands again, or there was none
			l.tally.Ordinary++
			return
		}
		l.tell(a, w, "", b)
		return
	}
	file := l.shelf.Look(a.id, w.path)
	switch {
	case file.There == No:
		w.kind = KindSSHDRemoved
	case w.kind == KindSSHDRemoved: // it came back, which was seen as a change of its own
		l.tally.Ordinary++
		return
	case file.Packaged == No:
		w.explains = Unexplained // of no package
	case file.Packaged == Yes && now >= a.distrust: // whoever put it there, it is that of the distribution
		w.explains = ByUpgrade
	}
	l.tell(a, w, file.SHA256, b)
}

// tell appends a record, unless the same was told just now or the kind has used up what it may say.
func (l *Lookout) tell(a *asset, w *waiting, digest string, b *evenkeel.Batch) {
	name := w.path
	if w.by != "" {
		name += " by " + w.by
	}
	if len(name) > maxName {
		name = name[:maxName]
	}
	what := w.explains.Word(w.kind)
	switch left := a.told.take(sign{w.kind, w.explains}, w.path+digest, w.at); left {
	case allowedMerged:
		l.tally.Merged++
		return
	case allowedNot:
		l.tally.LeftOut++
		return
	}
	l.tally.Told++
	b.AddHostEvent(evenkeel.HostEvent{
		At: w.at, Asset: a.id, What: what, Name: name, SHA256: digest,
		ID: intake.EventID(l.set.Key, l.set.Source, string(a.id)+"\x00"+what+"\x00"+name+"\x00"+strconv.FormatInt(int64(w.at), 10)),
	})
}

// LeftOut returns, for each asset that said too much since it was asked last, how often.
func (l *Lookout) LeftOut() map[evenkeel.AssetID]int64 {
	var out map[evenkeel.AssetID]int64
	for id, a := range l.assets {
		if n := a.told.leftOut; n > 0 {
			if out == nil {
				out = map[evenkeel.AssetID]int64{}
			}
			out[id], a.told.leftOut = n, 0
		}
	}
	return out
}

// assetOf returns the state of an asset, in the place of the quietest where there are too many.
func (l *Lookout) assetOf(id evenkeel.AssetID, at evenkeel.Moment) *asset {
	a := l.assets[id]
	if a == nil {
		if len(l.assets) >= maxAssets {
			var quiet *asset
			for _, x := range l.assets {
				if quiet == nil || x.last < quiet.last || x.last == quiet.last && x.id < quiet.id {
					quiet = x
				}
			}
			l.Forget(quiet.id)
			l.tally.Dropped++
		}
		a = &asset{id: id}
		l.assets[id] = a
	}
	a.last = max(a.last, at)
	return a
}

// whoOf names the program behind a change.
func whoOf(p *Process) string {
	switch {
	case p.Unseen:
		return ""
	case p.Gone:
		return "a process that has ended"
	}
	name, at := p.called()
	return cmp.Or(at, name)
}
