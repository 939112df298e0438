package promwrite

import (
	"fmt"
	"math"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// staleMarker is the one NaN with which a Prometheus says that a series has ended.
const staleMarker = 0x7ff0000000000002

// mostMillis is the latest time in milliseconds that a Moment can hold.
const mostMillis = math.MaxInt64 / 1_000_000

// sink makes records of the samples of one request. What a series said lies in its fields
// while its samples are read.
type sink struct {
	to
	points int                     // samples seen so far, of all kinds
	syms   map[string]evenkeel.Sym // of this request's assets

	// The series that the walk is in.
	name   string
	labels []intake.Attribute
	bad    bool
	why    intake.Reason // of bad
	series *series
	role   role
	asset  string
	sym    evenkeel.Sym
	line   uint64
}

// to is where the records go, and by which bounds.
type to struct {
	limits intake.Limits
	window intake.Window
	names  []string
	ids    intake.Identities
	batch  *evenkeel.Batch
	now    evenkeel.Moment
	tally  *intake.Tally
}

var defaultLabels = DefaultLabels()

func (s *sink) begin(d *Decoder, b *evenkeel.Batch, now evenkeel.Moment, t *intake.Tally) {
	if s.syms == nil {
		s.syms = map[string]evenkeel.Sym{}
	}
	clear(s.syms)
	s.points = 0
	s.to = to{
		limits: d.Limits.WithDefaults(), window: d.Window, names: d.Labels,
		ids: intake.NewIdentities(d.Key, b.Source), batch: b, now: now, tally: t,
	}
	if len(s.names) == 0 {
		s.names = defaultLabels
	}
}

// release lets go of the request's bytes and the caller's batch.
func (s *sink) release() {
	clear(s.labels[:cap(s.labels)])
	s.name, s.asset = "", ""
	s.batch, s.tally = nil, nil
}

func (s *sink) enterSeries() {
	s.name, s.labels, s.bad = "", s.labels[:0], false
}

// label takes a label of the series.
func (s *sink) label(name, value string) {
	if name == nameLabel {
		s.name = value
		return
	}
	switch {
	case len(s.labels) >= s.limits.Attributes:
		s.refuse(intake.TooManyAttributes)
		return
	case len(name) > s.limits.Key || len(value) > s.limits.Value:
		s.refuse(intake.TooLong)
	}
	s.labels = append(s.labels, intake.Attribute{Key: name, Text: value, Kind: intake.AttributeText})
}

func (s *sink) refuse(why intake.Reason) {
	if !s.bad {
		s.bad, s.why = true, why
	}
}

// know is called when all labels of a series are there: it finds out what the series tells,
// and of which asset.
func (s *sink) know() {
	s.asset = ""
	if s.series = known[s.name]; s.series == nil {
		s.role = not(intake.UnknownMetric)
		return
	}
	if s.role = s.series.roleOf(s.labels); s.role.none && !s.role.why.Refuses() {
		return
	}
	s.asset = s.series.assetOf(s.labels, s.names)
	switch {
	case s.bad:
		s.role = not(s.why)
	case s.role.none:
	case s.asset == "" && s.series.nested:
		// Every cluster sends these; whose they are has to be said, and until then nobody
		// asked for them.
		s.role = not(intake.UnknownMetric)
	default:
		s.place()
	}
}

// place finds the asset's place in the batch, and the series' line.
func (s *sink) place() {
	why, ok := s.symOf(s.asset)
	if !ok {
		s.role = not(why)
		return
	}
	intake.SortAttributes(s.labels)
	line := s.ids.Line(s.asset, s.name, 0)
	for i := range s.labels {
		s.labels[i].Hash(&line)
	}
	s.line = line.Sum()
}

// symOf puts an asset into the batch. The batch keeps a copy, not the request's bytes.
func (s *sink) symOf(asset string) (intake.Reason, bool) {
	if asset == "" {
		return intake.NoAsset, false
	}
	if sym, ok := s.syms[asset]; ok {
		s.sym = sym
		return 0, true
	}
	if evenkeel.CheckID("asset", asset) != nil {
		return intake.BadAsset, false
	}
	if len(s.syms) >= s.limits.Assets {
		return intake.TooManyAssets, false
	}
	asset = strings.Clone(asset)
	s.sym = s.batch.Intern(asset)
	s.syms[asset] = s.sym
	return 0, true
}

// sample makes a record of a sample, or counts why not. ms are milliseconds since 1970.
func (s *sink) sample(value float64, ms int64) error {
	why, ok := s.role.why, !s.role.none
	if ok {
		why, ok = s.record(value, ms)
	}
	if !ok && s.tally.Count(why) && (why.Refuses() || why == intake.UnknownMetric) {
		s.tally.Explain(why, s.example(value, ms))
	}
	return s.more()
}

func (s *sink) record(value float64, ms int64) (intake.Reason, bool) {
	switch {
	case math.Float64bits(value) == staleMarker:
		return intake.NoValue, false
	case math.IsNaN(value) || math.IsInf(value, 0):
		return intake.NotANumber, false
	case value < 0:
		return intake.Negative, false
	case ms > mostMillis || ms < 0:
		return intake.BadTime, false
	}
	at := evenkeel.Moment(ms * 1e6)
	if why, ok := s.window.Check(at, s.now); !ok {
		return why, false
	}
	r := evenkeel.Record{
		At: at, ID: s.ids.Point(s.line, at), Line: s.line, Value: value + 0, Asset: s.sym, // -0 becomes 0
		Kind: evenkeel.KindUsage, Op: uint8(s.series.meter), Part: uint8(s.role.part), Form: uint8(evenkeel.FormCumulative),
	}
	if s.role.perCPU {
		r.Count = 1
	}
	s.batch.Records = append(s.batch.Records, r)
	return 0, true
}

// example says in words which sample this is.
func (s *sink) example(value float64, ms int64) string {
	if s.series == nil {
		return fmt.Sprintf("%.100s", s.name)
	}
	at := fmt.Sprintf("%d ms", ms)
	if ms > 0 && ms <= mostMillis {
		at = evenkeel.Moment(ms * 1e6).String()
	}
	return fmt.Sprintf("%.100s of asset %.100q at %s, value %v", s.name, s.asset, at, value)
}

// more counts a sample against the limit of a request.
func (s *sink) more() error {
	if s.points++; s.points > s.limits.Points {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid,
			Says: fmt.Sprintf("more than %d samples in one request", s.limits.Points),
			Hint: "lower max_samples_per_send of the sender, or raise the limit of the intake",
		}
	}
	return nil
}
