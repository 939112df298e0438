package gateway

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

// TestNobodyIsAskedForMoreThanWhoMaySaySoAllows: the document is the ceiling, then control, and a person who ended a challenge is heard first.
func TestNobodyIsAskedForMoreThanWhoMaySaySoAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := evenkeel.Moment(1e18)
		at := func(name string) evenkeel.Moment {
			return now.Add(time.Duration(rapid.IntRange(-2, 3).Draw(t, name)) * time.Hour)
		}
		measure := func(name string) evenkeel.Measure {
			return rapid.SampledFrom([]evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut}).Draw(t, name)
		}
		any := func(name string) stage.Stage { return stage.Stage(rapid.IntRange(0, int(stage.Page)).Draw(t, name)) }
		b := bounds{own: stage.Mandate{Highest: any("highest"), Beyond: any("beyond"), Until: at("own end")}}
		is, unasked := rapid.Bool().Draw(t, "joined"), any("unasked")
		var control *mandate.Mandates
		if rapid.Bool().Draw(t, "told") {
			control = &mandate.Mandates{Until: at("told until"), Highest: measure("told")}
			if rapid.Bool().Draw(t, "exception") {
				control.Except = map[evenkeel.AssetID]evenkeel.Measure{"shop": measure("of shop")}
			}
		}
		if rapid.Bool().Draw(t, "ordered") {
			b.gate.Measure = rapid.SampledFrom([]evenkeel.Measure{evenkeel.MeasureNone, evenkeel.MeasureChallenge, evenkeel.MeasureShut}).Draw(t, "order")
			b.gate.By, b.gate.until = "d-1", at("order until")
		}
		how := joined{is, unasked, control}
		got := b.mandate("shop", how, now)
		stands := b.gate.until > now
		switch {
		case got.Highest > b.own.Highest || got.Beyond > b.own.Beyond || got.Until > b.own.Until:
			t.Fatalf("%+v exceeds the document %+v", got, b.own)
		case !is && !stands && got != b.own:
			t.Fatalf("%+v; expected the document's %+v", got, b.own)
		case stands && b.gate.Measure == evenkeel.MeasureNone && (got.Highest > stage.Observe || got.Beyond > stage.Observe):
			t.Fatalf("%+v, though a person ended it", got)
		case is && control == nil && !stands && max(got.Highest, got.Beyond) > unasked:
			t.Fatalf("%+v, though control told nothing", got)
		}
		// may is how far somebody who may say so lets the edge go at a time.
		may := func(then evenkeel.Moment) stage.Stage {
			most := stage.Page
			switch {
			case is && control != nil && control.Until > then:
				most = stageOf(control.Of("shop"))
			case is && control != nil:
				most = stage.Observe
			case is:
				most = unasked
			}
			switch ordered := b.gate.until > then; {
			case ordered && b.gate.Measure == evenkeel.MeasureNone:
				most = stage.Observe
			case ordered:
				most = max(most, stageOf(b.gate.Measure))
			}
			return most
		}
		// At no time until its end does it let the edge do more than that, and now it lets it do all of it.
		for h := time.Duration(0); now.Add(h*time.Hour) < got.Until && h < 4; h++ {
			then := now.Add(h * time.Hour)
			if b.gate.Measure == evenkeel.MeasureNone && stands && b.gate.until <= then {
				break // less than may be
			}
			if max(got.Highest, got.Beyond) > may(then) {
				t.Fatalf("%+v in %v, where %s is the highest", got, h*time.Hour, may(then))
			}
		}
		if !(stands && b.gate.Measure == evenkeel.MeasureNone) && got.Highest < min(may(now), b.own.Highest) {
			t.Fatalf("%+v is less than %s", got, may(now))
		}
	})
}

// TestWhatAnOrderAllowsEndsWithIt, though what control told lasts longer.
func TestWhatAnOrderAllowsEndsWithIt(t *testing.T) {
	now := evenkeel.Moment(1e18)
	b := bounds{own: stage.Mandate{Highest: stage.Page, Until: now.Add(24 * time.Hour)}}
	b.gate.Measure, b.gate.By, b.gate.until = evenkeel.MeasureChallenge, "d-1", now.Add(5*time.Second)
	control := &mandate.Mandates{Until: now.Add(24 * time.Hour), Highest: evenkeel.MeasureNotify}
	if got := b.mandate("shop", joined{is: true, control: control}, now); got.Highest != stage.Queue || got.Until != now.Add(5*time.Second) {
		t.Errorf("%s until %s; expected queue until the order ends", got.Highest, got.Until)
	}
}
