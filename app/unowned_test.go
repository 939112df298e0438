package app

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// What fires about an asset that nobody is known to hold is told in the log, once a day for each asset, and written down
// for whoever lists cases, until somebody holds it.
func TestWhatNobodyIsKnownToHoldIsToldOnceADay(t *testing.T) {
	dir, now := t.TempDir(), start.Time()
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	u := unownedTeller{path: filepath.Join(dir, fileUnowned)}
	books := &Books{dir: dir}
	of := func(all ...evenkeel.AssetID) (held []evenkeel.Finding) {
		for _, a := range all {
			held = append(held, evenkeel.Finding{Rule: "syn-flood", Subject: evenkeel.Subject{Asset: a}})
		}
		return held
	}
	lines := func() int {
		n := strings.Count(out.String(), "level=WARN")
		out.Reset()
		return n
	}
	if u.tell(nil, now, log); lines() != 0 {
		t.Error("nothing is held, and that is told")
	}
	if said, err := books.Unowned(); err != nil || len(said.Assets) != 0 {
		t.Errorf("%+v, %v", said, err)
	}
	u.tell(of("vm-1", "vm-2", "vm-1"), now, log)
	u.tell(of("vm-1", "vm-2"), now.Add(time.Second), log)
	if n := lines(); n != 2 {
		t.Errorf("%d lines of two assets", n)
	}
	if said, err := books.Unowned(); err != nil || !slices.Equal(said.Assets, []evenkeel.AssetID{"vm-1", "vm-2"}) || said.More != 0 {
		t.Errorf("%+v, %v", said, err)
	}
	if u.tell(of("vm-2"), now.Add(24*time.Hour), log); lines() != 1 {
		t.Error("a day later it is not told again")
	}
	var many []evenkeel.AssetID
	for i := range 12 {
		many = append(many, evenkeel.AssetID("vm-1"+string(rune('a'+i))))
	}
	u.tell(of(many...), now, log)
	if said, err := books.Unowned(); err != nil || len(said.Assets) != mostUnowned || said.More != 4 {
		t.Errorf("%+v, %v", said, err)
	}
	u.tell(nil, now, log)
	if said, err := books.Unowned(); err != nil || len(said.Assets) != 0 {
		t.Errorf("once all are held: %+v, %v", said, err)
	}
}
