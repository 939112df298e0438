package rule

import (
	"fmt"

	"github.com/evenkeel/evenkeel/instrument/ternary"
	"github.com/evenkeel/evenkeel/watch/window"
)

// Feature is what an expression may ask of a window.
type Feature uint8

// The features.
const (
	FeatureMean Feature = iota
	FeatureStddev
	FeatureMin
	FeatureMax
	FeatureCov
	FeaturePanes
	FeatureSum
	FeatureRate
	FeaturePeak
	FeatureCount
	FeatureDistinct
	FeatureNew
	FeatureSeen
	FeatureAgo
	FeatureMost
	FeatureOwnMax
	FeatureOwnBursts
	FeatureOwnAge
	FeatureCohortN
	FeatureCohortQ50
	FeatureCohortQ99
	FeatureCohortQ999
	FeatureCohortQ9999
	FeatureCohortSumQ50
	FeatureCohortSumQ99
	FeatureCohortSumQ999
	FeatureCohortSumQ9999

	Features = iota // how many there are
)

// mostDistinct is the most different values that a distinct window tells apart; one that holds more
// says so many, which reads "at least".
func (w *Window) mostDistinct() int64 {
	if w.Recent > 0 {
		return window.MaxFirsts
	}
	return window.MaxDistinct
}

// featureRow is what the compiler and the reference know of a feature.
type featureRow struct {
	name  string
	typ   ternary.Type
	about string
	owner owner
}

// owner tells which windows have a feature.
type owner struct {
	which string
	has   func(*Window) bool
}

var (
	ofMean     = owner{"mean", func(w *Window) bool { return w.Kind == Mean }}
	ofMeter    = owner{"meters", func(w *Window) bool { return !w.Of.Event() }}
	ofSum      = owner{"sum", func(w *Window) bool { return w.Kind == Sum }}
	ofAdding   = owner{"sum of a meter, or with `sum:`", func(w *Window) bool { return w.Kind == Sum && (!w.Of.Event() || w.Field != FieldNone) }}
	ofCounting = owner{"sum of events, and mark", func(w *Window) bool { return w.Of.Event() && (w.Kind == Sum || w.Kind == Mark) }}
	ofDistinct = owner{"distinct", func(w *Window) bool { return w.Kind == Distinct }}
	ofRecent   = owner{"distinct with `recent:`", func(w *Window) bool { return w.Kind == Distinct && w.Recent > 0 }}
	ofMark     = owner{"mark", func(w *Window) bool { return w.Kind == Mark }}
	ofTop      = owner{"top", func(w *Window) bool { return w.Kind == Top }}
	ofHistory  = owner{"sum of events with `history: true`", func(w *Window) bool { return w.History }}
	ofCohort   = owner{"sum of events with `cohort:`", func(w *Window) bool { return w.Cohort != nil }}
	ofSums     = owner{"sum of events with `cohort:` and `sum:`", func(w *Window) bool { return w.Cohort != nil && w.Field != FieldNone }}
)

// features is the one table of features: names, types and which windows have them.
var features = [Features]featureRow{
	FeatureMean:   {"mean", ternary.DoubleType, "mean over the window, 0 to 1", ofMean},
	FeatureStddev: {"stddev", ternary.DoubleType, "standard deviation of the readings", ofMean},
	FeatureMin:    {"min", ternary.DoubleType, "smallest reading", ofMean},
	FeatureMax:    {"max", ternary.DoubleType, "largest reading", ofMean},
	FeatureCov:    {"cov", ternary.DoubleType, "coefficient of variation: stddev / mean; unknown where the mean is zero", ofMean},
	FeaturePanes:  {"panes", ternary.IntType, "panes that hold records", ofMeter},
	FeatureSum:    {"sum", ternary.IntType, "sum over the window: of a meter in its unit, else of the field in `sum:`", ofAdding},
	FeatureRate:   {"rate", ternary.DoubleType, "sum of a meter per second over the panes that hold records; events per second over the window", ofSum},
	FeaturePeak:   {"peak", ternary.IntType, "largest pane: sum of a meter, else events", ofSum},
	FeatureCount:  {"count", ternary.IntType, "events in the window", ofCounting},
	FeatureDistinct: {"distinct", ternary.IntType, fmt.Sprintf("different values of the field in `distinct:`, counted up to %d, with `recent:` up to %d; "+
		"the largest count means at least so many", window.MaxDistinct, window.MaxFirsts),
		ofDistinct},
	FeatureNew:  {"new", ternary.IntType, "values first seen within `recent:`; unknown until the state is older than `learn:`", ofRecent},
	FeatureSeen: {"seen", ternary.BoolType, "whether there was an event within the window", ofMark},
	FeatureAgo:  {"ago", ternary.DurationType, "time since the last event; unknown where there was none", ofMark},

	FeatureMost: {"most", ternary.StringType, "where the largest flow went, such as \"203.0.113.7, port 80 (tcp)\"; unknown where none was seen", ofTop},

	FeatureOwnMax:    {"own_max", ternary.IntType, "most events within `for` in the subject's earlier bursts; unknown where there was none", ofHistory},
	FeatureOwnBursts: {"own_bursts", ternary.IntType, "the subject's earlier bursts; unknown where there was none", ofHistory},
	FeatureOwnAge:    {"own_age", ternary.DurationType, "time since the subject's first burst; unknown where there was none", ofHistory},

	FeatureCohortN:     {"cohort_n", ternary.IntType, "bursts seen in the same cohort", ofCohort},
	FeatureCohortQ50:   {"cohort_q50", ternary.IntType, cohortAbout("half", "20"), ofCohort},
	FeatureCohortQ99:   {"cohort_q99", ternary.IntType, cohortAbout("99 %", "1,000"), ofCohort},
	FeatureCohortQ999:  {"cohort_q999", ternary.IntType, cohortAbout("99.9 %", "10,000"), ofCohort},
	FeatureCohortQ9999: {"cohort_q9999", ternary.IntType, cohortAbout("99.99 %", "100,000"), ofCohort},

	FeatureCohortSumQ50:   {"cohort_sum_q50", ternary.IntType, cohortSumAbout("half", "20"), ofSums},
	FeatureCohortSumQ99:   {"cohort_sum_q99", ternary.IntType, cohortSumAbout("99 %", "1,000"), ofSums},
	FeatureCohortSumQ999:  {"cohort_sum_q999", ternary.IntType, cohortSumAbout("99.9 %", "10,000"), ofSums},
	FeatureCohortSumQ9999: {"cohort_sum_q9999", ternary.IntType, cohortSumAbout("99.99 %", "100,000"), ofSums},
}

func cohortAbout(share, least string) string {
	return share + " of the cohort's bursts had at most so many events within `for`; unknown below " + least + " bursts"
}

func cohortSumAbout(share, least string) string {
	return share + " of the cohort's bursts had at most this sum within `for`; unknown below " + least + " bursts"
}

// String returns the name that stands behind the window's name and a dot.
func (f Feature) String() string {
	if f >= Features {
		return "invalid"
	}
	return features[f].name
}

// Type returns the type of a known value.
func (f Feature) Type() ternary.Type { return features[f].typ }

// Quantile returns the quantile that a cohort feature asks for, and whether it is one over sums.
// It is 0 for other features.
func (f Feature) Quantile() (q float64, sums bool) {
	switch f {
	case FeatureCohortQ50:
		return 0.5, false
	case FeatureCohortQ99:
		return 0.99, false
	case FeatureCohortQ999:
		return 0.999, false
	case FeatureCohortQ9999:
		return 0.9999, false
	case FeatureCohortSumQ50:
		return 0.5, true
	case FeatureCohortSumQ99:
		return 0.99, true
	case FeatureCohortSumQ999:
		return 0.999, true
	case FeatureCohortSumQ9999:
		return 0.9999, true
	}
	return 0, false
}
