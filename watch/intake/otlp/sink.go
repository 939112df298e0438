package otlp

import (
	"fmt"
	"math"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/internal/jsonpull"
)

// shape is the type of a metric's data.
type shape uint8

const (
	shapeNone shape = iota
	shapeGauge
	shapeCumulative
	shapeDelta
	shapeSum // of no temporality
	shapeOther
)

// noRecordedValue is the bit of a point's flags that says that there is no value
// (opentelemetry-proto, DataPointFlags).
const noRecordedValue = 1

// sink makes records of the points of one request. An encoding walks the request and calls
// resource, metric and point; what a point said lies in its fields meanwhile.
type sink struct {
	limits intake.Limits
	window intake.Window
	names  []string // of the attributes that name an asset
	key    siphash.Key
	ids    intake.Identities
	batch  *evenkeel.Batch
	now    evenkeel.Moment
	tally  *intake.Tally

	points int // seen so far, of all kinds

	// The resource and scope that the walk is in.
	shared     attributes
	asset      string
	rank       int // of the attribute that named it
	sharedHash uint64
	scope      string

	// The metric that the walk is in.
	name     string
	unitName string
	series   *series
	unit     float64 // a value is divided by it
	form     evenkeel.Form
	verdict  intake.Reason // why none of its points counts
	useless  bool
	fraction int          // in shares, of a metric that tells shares of a CPU; else -1
	prefix   siphash.Hash // of lines of asset
	prefixed bool
	sym      evenkeel.Sym // of asset; 0 not interned yet

	// The point that the walk is in.
	own      attributes
	at       uint64
	since    uint64
	flags    uint64
	value    float64
	hasValue bool

	syms     map[string]evenkeel.Sym // of this request's assets
	idle     map[reading]bool        // who told an idle state; the last of them:
	lastIdle reading
	states   []stateRecord // records that an idle state makes redundant, or its absence
	sharesOf map[sharesKey]int
	shares   []shares // the metrics that tell shares of a CPU, and
	runs     []run    // their records

	reader jsonpull.Reader
}

// reading is an asset's metric.
type reading struct {
	asset  evenkeel.Sym
	series *series
}

type stateRecord struct {
	of    reading
	index int
	wait  bool // iowait, which counts beside an idle state only; else a busy state, which counts without one
}

// attributes are those of a resource or a point.
type attributes struct {
	list []intake.Attribute
	bad  bool
	why  intake.Reason
}

func (a *attributes) reset() { a.list, a.bad = a.list[:0], false }

func (a *attributes) refuse(why intake.Reason) {
	if !a.bad {
		a.bad, a.why = true, why
	}
}

// next returns the place for another attribute, or nil where there may be no more.
func (a *attributes) next(most int) *intake.Attribute {
	if len(a.list) >= most {
		a.refuse(intake.TooManyAttributes)
		return nil
	}
	a.list = append(a.list, intake.Attribute{})
	return &a.list[len(a.list)-1]
}

// keep checks the attribute that was put in the last place.
func (a *attributes) keep(deep bool, l *intake.Limits) {
	v := &a.list[len(a.list)-1]
	switch {
	case deep:
		a.refuse(intake.TooDeep)
	case len(v.Key) > l.Key || len(v.Text) > l.Value:
		a.refuse(intake.TooLong)
	}
}

func (s *sink) begin(d *Decoder, b *evenkeel.Batch, now evenkeel.Moment, t *intake.Tally) {
	if s.syms == nil {
		s.syms, s.idle, s.sharesOf = map[string]evenkeel.Sym{}, map[reading]bool{}, map[sharesKey]int{}
	}
	clear(s.syms)
	clear(s.idle)
	clear(s.sharesOf)
	s.states, s.lastIdle, s.points = s.states[:0], reading{}, 0
	s.shares, s.runs, s.fraction = s.shares[:0], s.runs[:0], -1
	s.limits, s.window, s.key, s.batch, s.now, s.tally = d.Limits.WithDefaults(), d.Window, d.Key, b, now, t
	s.ids = intake.NewIdentities(d.Key, b.Source)
	if s.names = d.Assets; len(s.names) == 0 {
		s.names = assetAttributes
	}
}

var assetAttributes = intake.DefaultAssetAttributes()

// enterResource is called when s.shared holds the attributes of a resource.
func (s *sink) enterResource() {
	intake.SortAttributes(s.shared.list)
	s.asset, s.rank = intake.AssetOf(s.shared.list, s.names)
	s.sharedHash = s.ids.Resource(s.shared.list)
	s.sym, s.scope = 0, ""
}

// enterMetric says whether the points of a metric are worth reading; else they are counted
// by countPoint.
func (s *sink) enterMetric(name, unit string, form shape) bool {
	s.leaveShares()
	s.name, s.unitName, s.prefixed, s.useless = name, unit, false, true
	s.series = lookup(name, s.scope)
	if s.series == nil {
		s.verdict = intake.UnknownMetric
		return false
	}
	divisor, ok := s.series.units[unit]
	s.unit = divisor
	switch {
	case form == shapeOther, form == shapeGauge && s.series.counter:
		s.verdict = intake.WrongType
	case !ok:
		s.verdict = intake.WrongUnit
	case form == shapeSum && s.series.counter:
		s.verdict = intake.NoTemporality
	case s.shared.bad:
		s.verdict = s.shared.why
	default:
		s.useless = false
	}
	switch {
	case !s.series.counter:
		s.form = evenkeel.FormGauge
	case form == shapeDelta:
		s.form = evenkeel.FormDelta
	default:
		s.form = evenkeel.FormCumulative
	}
	if !s.useless && s.series.meter == evenkeel.MeterCPUFraction {
		s.enterShares()
	}
	return !s.useless
}

// countPoint counts a point of a metric whose points are not read.
func (s *sink) countPoint() error {
	switch first := s.tally.Count(s.verdict); {
	case first && s.verdict.Refuses():
		s.tally.Explain(s.verdict, fmt.Sprintf("%.100s in unit %.20q of asset %.100q", s.name, s.unitName, s.asset))
	case first && s.verdict == intake.UnknownMetric:
		s.tally.Explain(s.verdict, fmt.Sprintf("%.100s", s.name))
	}
	return s.more()
}

// more counts a point against the limit of a request.
func (s *sink) more() error {
	if s.points++; s.points > s.limits.Points {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid,
			Says: fmt.Sprintf("more than %d points in one request", s.limits.Points),
			Hint: "send smaller batches, or raise the limit of the intake",
		}
	}
	return nil
}

// enterPoint clears what the last point said.
func (s *sink) enterPoint() {
	s.own.reset()
	s.at, s.since, s.flags, s.value, s.hasValue = 0, 0, 0, 0, false
}

// point makes a record of what the point said, or counts why not.
func (s *sink) point() error {
	if why, ok := s.record(); !ok && s.tally.Count(why) && why.Refuses() {
		s.tally.Explain(why, s.example())
	}
	return s.more()
}

// example says in words which point this is.
func (s *sink) example() string {
	asset, _ := s.whose()
	at, value := fmt.Sprintf("%d ns", s.at), "no value"
	switch {
	case s.at == 0:
		at = "no time"
	case s.at <= math.MaxInt64:
		at = evenkeel.Moment(s.at).String()
	}
	if s.hasValue {
		value = fmt.Sprintf("value %v", s.value)
	}
	return fmt.Sprintf("%.100s of asset %.100q at %s, %s", s.name, asset, at, value)
}

func (s *sink) record() (why intake.Reason, ok bool) {
	value, recorded := s.value/s.unit, s.flags&noRecordedValue == 0
	if value > mostShare && s.fraction >= 0 && recorded {
		s.above(value)
	}
	switch {
	case s.own.bad:
		return s.own.why, false
	case !recorded:
		return intake.NoValue, false
	}
	asset, fromPoint := s.whose()
	if !s.hasValue && asset != "" {
		return intake.NotANumber, false
	}
	part, perCPU, why, ok := s.roles()
	switch {
	case !ok:
		return why, false
	case asset == "": // before what is wrong with it: nobody finds the machine of such a value
		return intake.NoAsset, false
	}
	if why, ok = s.checkValue(value); !ok {
		return why, false
	}
	at, since, why, ok := s.times()
	if !ok {
		return why, false
	}
	sym, why, ok := s.symOfAsset(asset, fromPoint)
	if !ok {
		return why, false
	}

	intake.SortAttributes(s.own.list)
	var line siphash.Hash
	switch {
	case fromPoint:
		line = s.ids.Line(asset, s.name, s.sharedHash)
	case s.prefixed:
		line = s.prefix
	default:
		line = s.ids.Line(asset, s.name, s.sharedHash)
		s.prefix, s.prefixed = line, true
	}
	for i := range s.own.list {
		s.own.list[i].Hash(&line)
	}
	r := evenkeel.Record{
		At: at, Line: line.Sum(), Since: since, Value: value + 0, Asset: sym, // -0 becomes 0
		Kind: evenkeel.KindUsage, Op: uint8(s.series.meter), Part: uint8(part), Form: uint8(s.form),
	}
	r.ID = s.ids.Point(r.Line, at)
	if perCPU {
		r.Count = 1
	}
	s.noteState(part, sym)
	s.batch.Records = append(s.batch.Records, r)
	return 0, true
}

// roles finds out which part of the meter the point reads.
func (s *sink) roles() (part evenkeel.Part, perCPU bool, why intake.Reason, ok bool) {
	part = s.series.whole
	for i := range s.own.list {
		a := &s.own.list[i]
		switch {
		case s.series.parts == partsCPU && numbersCPU(a.Key):
			perCPU = true
		case s.series.parts.names(a.Key) && a.Kind == intake.AttributeText && a.Text != "":
			p, means := s.series.parts.part(a.Text)
			switch means {
			case meansNothingNew:
				return 0, false, intake.Redundant, false
			case meansUnknown:
				return 0, false, intake.UnknownState, false
			}
			part = p
		}
	}
	return part, perCPU, 0, true
}

// checkValue says why a value in the meter's unit is refused.
func (s *sink) checkValue(v float64) (why intake.Reason, ok bool) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return intake.NotANumber, false
	case v < 0:
		return intake.Negative, false
	case v > mostShare && s.fraction >= 0:
		return intake.OutOfRange, false
	}
	return 0, true
}

// times returns when the point was read and where its interval began. A start that cannot
// be is taken for one that was not told.
func (s *sink) times() (at, since evenkeel.Moment, why intake.Reason, ok bool) {
	if s.at > math.MaxInt64 {
		return 0, 0, intake.BadTime, false
	}
	at = evenkeel.Moment(s.at)
	if why, ok = s.window.Check(at, s.now); !ok {
		return 0, 0, why, false
	}
	if s.form != evenkeel.FormGauge && s.since <= s.at && intake.Sane(evenkeel.Moment(s.since)) {
		since = evenkeel.Moment(s.since)
	}
	return at, since, 0, true
}

// whose finds the asset: the point's own word where it ranks before its resource's; "" where
// nothing names it.
func (s *sink) whose() (asset string, fromPoint bool) {
	own, rank := intake.AssetOf(s.own.list, s.names[:min(s.rank+1, len(s.names))])
	if own != "" && rank <= s.rank {
		return own, true
	}
	return s.asset, false
}

// symOfAsset is symOf of what whose found. That of a resource is looked up once for its points.
func (s *sink) symOfAsset(asset string, fromPoint bool) (sym evenkeel.Sym, why intake.Reason, ok bool) {
	if fromPoint {
		return s.symOf(asset)
	}
	if s.sym == 0 {
		if s.sym, why, ok = s.symOf(asset); !ok {
			return 0, why, false
		}
	}
	return s.sym, 0, true
}

// symOf puts an asset into the batch. The batch keeps a copy, not the request's bytes.
func (s *sink) symOf(asset string) (evenkeel.Sym, intake.Reason, bool) {
	if asset == "" {
		return 0, intake.NoAsset, false
	}
	if sym, ok := s.syms[asset]; ok {
		return sym, 0, true
	}
	if evenkeel.CheckID("asset", asset) != nil {
		return 0, intake.BadAsset, false
	}
	if len(s.syms) >= s.limits.Assets {
		return 0, intake.TooManyAssets, false
	}
	asset = strings.Clone(asset)
	sym := s.batch.Intern(asset)
	s.syms[asset] = sym
	return sym, 0, true
}

// noteState remembers who told an idle state, and what hangs on that. It is called before
// the record is appended.
func (s *sink) noteState(part evenkeel.Part, asset evenkeel.Sym) {
	switch part {
	case evenkeel.PartIdle:
		if of := (reading{asset, s.series}); of != s.lastIdle {
			s.idle[of], s.lastIdle = true, of
		}
	case evenkeel.PartUser, evenkeel.PartBusy, evenkeel.PartIOWait:
		s.states = append(s.states, stateRecord{reading{asset, s.series}, len(s.batch.Records), part == evenkeel.PartIOWait})
	}
}

// finish takes out shares that are none, the busy states of those who told an idle state and
// the iowait of those who did not, and counts.
func (s *sink) finish(start int) {
	s.leaveShares()
	struck := s.refuseShares()
	records := s.batch.Records
	to, from, redundant := 0, 0, 0
	last, idle := reading{}, false
	for _, r := range s.states {
		if r.of != last {
			last, idle = r.of, s.idle[r.of]
		}
		if idle == r.wait {
			continue
		}
		if redundant++; redundant == 1 {
			to = r.index
		} else {
			to += copy(records[to:], records[from:r.index])
		}
		from = r.index + 1
	}
	if redundant > 0 {
		to += copy(records[to:], records[from:])
		s.batch.Records = records[:to]
	}
	if struck > 0 {
		s.dropStruck(start)
	}
	s.tally.CountN(intake.Redundant, redundant)
	s.tally.Accepted += len(s.batch.Records) - start
}

// release lets go of the request's bytes and the caller's batch.
func (s *sink) release() {
	clear(s.shared.list)
	clear(s.own.list)
	clear(s.shares)
	clear(s.sharesOf)
	s.asset, s.scope, s.name, s.unitName = "", "", "", ""
	s.batch, s.tally = nil, nil
	s.reader.Reset("", 0)
}
