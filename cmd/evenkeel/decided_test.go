package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/lab/replay"
)

func TestWhomAPolicyInShadowWouldMeetIsNamed(t *testing.T) {
	all, err := loadPolicies([]string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	told := func(changes ...replay.Change) string {
		var b strings.Builder
		printShadow(func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }, all[0], changes)
		return b.String()
	}
	const none, notify, throttle, isolate = evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate
	got := told(
		replay.Change{Tenant: "a", Now: notify, Then: isolate, NowWanted: notify, ThenWanted: isolate},
		replay.Change{Tenant: "b", Now: throttle, Then: none, NowWanted: throttle, ThenWanted: isolate},
		replay.Change{Tenant: "c", Now: notify, Then: notify, NowWanted: notify, ThenWanted: throttle},
		replay.Change{Tenant: "d", Now: notify, Then: notify, NowWanted: throttle, ThenWanted: notify},
	)
	want := "shadow    default v1 would newly hit 2 tenants: a (isolate instead of notify), c (notify as now; wants throttle instead of notify)\n" +
		"shadow    default v1 would do less to 2 tenants: b (none instead of throttle; wants isolate instead of throttle), d (notify as now; wants notify instead of throttle)\n"
	if got != want {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
	if got, want := told(), "shadow    default v1 would meet nobody otherwise\n"; got != want {
		t.Errorf("told %q; want %q", got, want)
	}
	many := make([]replay.Change, 7)
	for i := range many {
		many[i] = replay.Change{Tenant: evenkeel.TenantID(fmt.Sprint("t", i)), Then: notify, ThenWanted: notify}
	}
	if got := told(many...); !strings.Contains(got, "would newly hit 7 tenants: t0 (") || !strings.Contains(got, "t4 (notify instead of none) and others\n") {
		t.Errorf("of many: %s", got)
	}
}

func TestARefusedActIsToldWithItsReasonAndWhatToDo(t *testing.T) {
	a := docket.Act{ID: "console 7", At: noon}
	err := fmt.Errorf("lift case c: %w", &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "it has lapsed", Hint: "nothing is left to lift"})
	if got, want := refusal(a, err), `refused: act "console 7" at 2026-03-02T12:00:00Z: lift case c: it has lapsed (nothing is left to lift)`; got != want {
		t.Errorf("%s; want %s", got, want)
	}
}
