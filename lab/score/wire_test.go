package score

import (
	"slices"
	"strings"
	"testing"
)

func TestRealInputWire(t *testing.T) {
	if _, err := corpus().Files("net/stopddos", "labels.csv"); err != nil {
		t.Skipf("not measured: %v", err)
	}
	f, err := Wire(t.Context(), corpus(), t.TempDir(), shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("floods %v, through a port %v; scans %v, smaller ones %v; mining %v, %d shorter than five minutes; %d innocent, %d wrong, %d in shadow; %d packets, %d captures not read to their end",
		f.Floods, f.Foreign, f.Scans, f.Smaller, f.Mining, f.Brief, f.Innocent, len(f.Wrong), len(f.InShadow), f.Packets, f.Unreadable)
	t.Logf("in shadow:\n%s", strings.Join(f.InShadow, "\n"))
	if wrong := f.Violations(); len(wrong) > 0 {
		t.Errorf("demands not met:\n%s", strings.Join(wrong, "\n"))
	}
}

// The check can fail: on rules that find nothing, and on one that takes volume for harm.
func TestTheCheckOfTheWireNoticesBrokenRules(t *testing.T) {
	if _, err := corpus().Files("net/stopddos", "labels.csv"); err != nil {
		t.Skipf("not measured: %v", err)
	}
	const syns = "syns: {of: port.syns.out, for: 10s, pane: 10s}"
	for name, c := range map[string]struct{ when, fails string }{
		"silent":                  {"syns.sum < 0", "was not found"},
		"volume is taken as harm": {"syns.sum >= 20", "nothing is wrong, and found was: "},
	} {
		f, err := Wire(t.Context(), corpus(), t.TempDir(), broken(t, "outbound-flood", "asset", syns, c.when))
		if err != nil {
			t.Fatal(err)
		}
		if wrong := f.Violations(); !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, c.fails) }) {
			t.Errorf("%s: the check said only:\n%s", name, strings.Join(wrong, "\n"))
		}
	}
}
