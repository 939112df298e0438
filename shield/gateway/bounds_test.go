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
		case is && control != nil && !stands && (max(got.Highest, got.Beyond) > stageOf(control.Of("shop")) || got.Until > control.Until):
			t.Fatalf("%+v exceeds what control told: %s until %s", got, control.Of("shop"), control.Until)
		case is && stands && b.gate.Measure == evenkeel.MeasureChallenge && control != nil && got.Until > max(control.Until, b.gate.until):
			t.Fatalf("%+v outlives its order", got)
		}
	})
}
