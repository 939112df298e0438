package otlp

import (
	"math"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// mostShare is the largest share of a CPU that is taken for one: 1, and what clocks and
// rounding add. What is above is percent that does not say so. Then the smaller values
// beside it are percent as well, and 0.9 of them is an idle machine, not a busy one.
const mostShare = 1.05

// shares are the points of one request that tell shares of a CPU of one asset under one name
// and unit. One asset's words never speak about another's: a tenant could have them refused.
type shares struct {
	series *series
	beyond string // the first point above mostShare, in words; "" for none
}

// sharesKey is what tells shares apart; asset is the resource's.
type sharesKey struct {
	series      *series
	unit, asset string
}

// run is a stretch of records that came from one metric: [from, to).
type run struct {
	of       int // in sink.shares
	from, to int
}

// enterShares begins a metric that tells shares.
func (s *sink) enterShares() {
	key := sharesKey{s.series, s.unitName, s.asset}
	known, ok := s.sharesOf[key]
	if !ok {
		known = len(s.shares)
		s.shares = append(s.shares, shares{series: s.series})
		s.sharesOf[key] = known
	}
	s.fraction = known
	s.runs = append(s.runs, run{of: s.fraction, from: len(s.batch.Records)})
}

// leaveShares ends the metric that the walk is in, if it tells shares.
func (s *sink) leaveShares() {
	if s.fraction < 0 {
		return
	}
	s.fraction = -1
	last := &s.runs[len(s.runs)-1]
	if last.to = len(s.batch.Records); last.to == last.from {
		s.runs = s.runs[:len(s.runs)-1]
	}
}

// above notes a point above mostShare. It speaks about its metric even where it is refused
// for another reason.
func (s *sink) above(share float64) {
	if f := &s.shares[s.fraction]; f.beyond == "" && !math.IsInf(share, 1) {
		f.beyond = s.example()
	}
}

// refuseShares strikes the records of metrics that have a point above mostShare, by taking
// their kind, forgets what hung on them, and returns how many they were.
func (s *sink) refuseShares() (struck int) {
	bad := slices.IndexFunc(s.shares, func(f shares) bool { return f.beyond != "" })
	if bad < 0 {
		return 0
	}
	for of := range s.idle {
		if of.series.meter == evenkeel.MeterCPUFraction {
			delete(s.idle, of)
		}
	}
	for _, r := range s.runs {
		f := &s.shares[r.of]
		for i := range s.batch.Records[r.from:r.to] {
			record := &s.batch.Records[r.from+i]
			switch {
			case f.beyond != "":
				record.Kind = 0
				struck++
			case evenkeel.Part(record.Part) == evenkeel.PartIdle:
				s.idle[reading{record.Asset, f.series}] = true
			}
		}
	}
	s.states = slices.DeleteFunc(s.states, func(r stateRecord) bool { return s.batch.Records[r.index].Kind == 0 })
	if s.tally.CountN(intake.OutOfRange, struck) {
		s.tally.Explain(intake.OutOfRange, s.shares[bad].beyond)
	}
	return struck
}

// dropStruck takes out the records that were struck.
func (s *sink) dropStruck(start int) {
	kept := slices.DeleteFunc(s.batch.Records[start:], func(r evenkeel.Record) bool { return r.Kind == 0 })
	s.batch.Records = s.batch.Records[:start+len(kept)]
}
