package report

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

const week = 7 * 24 * time.Hour

// weeksOf cuts a quarter into weeks from its first day on; the last one is what is left.
func weeksOf(q Quarter) (out []Week) {
	for at := q.From(); at < q.Until(); at = at.Add(week) {
		out = append(out, Week{From: at})
	}
	return out
}

// weekOf is the week in which a moment of the quarter lies.
func weekOf(all []Week, at evenkeel.Moment) *Week {
	return &all[min(int(at.Sub(all[0].From)/week), len(all)-1)]
}
