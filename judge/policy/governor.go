package policy

import (
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/governor"
)

// The bounds of what holds machines back: nobody can write that nothing does.
const (
	longestEvery  = day
	longestWithin = 366 * day
	longestKnown  = 10 * 366 * day
	longestDamped = 30 * day
)

// governor reads what holds machines back; what is not written is as by default.
func (b builder) governor(d *governorDoc) governor.Limits {
	l := governor.Default()
	for _, x := range []struct {
		doc  *strict.Located[rateDoc]
		rate *governor.Rate
	}{{&d.Rule, &l.Rule}, {&d.Measure, &l.Measure}, {&d.Region, &l.Region}} {
		if x.doc.Line > 0 {
			b.rate(&x.doc.Value, x.rate)
		}
	}
	k := &d.Breaker.Value
	whole(b, "newest", k.Newest, &l.Breaker.Newest, 1, governor.MostNewest)
	whole(b, "share", k.Share, &l.Breaker.Share, 1, governor.MostShare)
	b.lasts("within", k.Within, &l.Breaker.Within, time.Second, longestWithin)
	b.lasts("established", k.Established, &l.Breaker.Established, 0, longestKnown)
	b.lasts("for", d.Damping.Value.For, &l.Damping.For, 0, longestDamped)
	whole(b, "by", d.Damping.Value.By, &l.Damping.By, 1, governor.MostBy)
	if n := l.Breaker; d.Breaker.Line > 0 && governor.Threshold(n.Newest, n.Share) > n.Newest {
		b.at(spotOf(d.Breaker), "look at more hits, or expect a smaller share", "a breaker of the newest %d with a share of %d never opens", n.Newest, n.Share)
	}
	return l
}

func (b builder) rate(d *rateDoc, r *governor.Rate) {
	whole(b, "at_once", d.AtOnce, &r.AtOnce, 1, governor.MostAtOnce)
	b.lasts("one_more_every", d.Every, &r.Every, time.Millisecond, longestEvery)
}

// whole reads a whole number, where one is written.
func whole[N int | int64](b builder, what string, d strict.Located[N], n *N, least, most N) {
	switch {
	case d.Line == 0:
	case d.Value < least || d.Value > most:
		b.at(spotOf(d), "", "`%s` is %d; expected %d to %d", what, d.Value, least, most)
	default:
		*n = d.Value
	}
}

// lasts reads a duration, where one is written.
func (b builder) lasts(what string, d strict.Located[span], to *time.Duration, least, most time.Duration) {
	switch v := time.Duration(d.Value); {
	case d.Line == 0:
	case v < least || v > most:
		b.at(spotOf(d), "", "`%s` is %s; expected %s to %s", what, long(v), long(least), long(most))
	default:
		*to = v
	}
}

func governorText() string {
	l := governor.Default()
	rate := func(r governor.Rate) string { return fmt.Sprintf("%d and one more every %s", r.AtOnce, long(r.Every)) }
	return fmt.Sprintf("where `governor` is silent: by a rule %s, of a measure %s, in a region %s; the breaker looks at the newest %d within %s, %d of a hundred being customers for %s; damping is by %d for %s",
		rate(l.Rule), rate(l.Measure), rate(l.Region), l.Breaker.Newest, long(l.Breaker.Within), l.Breaker.Share, long(l.Breaker.Established), l.Damping.By, long(l.Damping.For))
}
