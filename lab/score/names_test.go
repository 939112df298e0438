package score

import (
	"encoding/csv"
	"os"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// poolWindow is the window of crypto-mining that looks at names.
func poolWindow(t *testing.T) *rule.Window {
	t.Helper()
	for _, r := range shipped(t) {
		for i := range r.Windows {
			if w := &r.Windows[i]; r.ID == "crypto-mining" && w.Name == "pool" {
				return w
			}
		}
	}
	t.Fatal("crypto-mining has no window named pool")
	return nil
}

func named(w *rule.Window, name string) bool {
	b := evenkeel.NewBatch("test", 0)
	b.AddFlow(evenkeel.Flow{At: 1, Asset: "vm", Direction: evenkeel.DirectionOut, Name: name, Packets: 1, Bytes: 1})
	return w.Match(b, &b.Records[0])
}

func TestInnocentNamesAreNoPools(t *testing.T) {
	w := poolWindow(t)
	for _, name := range []string{
		"2.debian.pool.ntp.org", "0.ubuntu.pool.ntp.org", "pool.ntp.org", "car-pool.de", "poolparty.com", "db-pool.internal",
		"connection-pool.prod.svc", "whirlpool.example", "xmr.de", "stratum.example", "notnanopool.org", "nanopool.org.example", "",
	} {
		if named(w, name) {
			t.Errorf("%q is taken for a mining pool", name)
		}
	}
	for _, name := range []string{"xmr-eu1.nanopool.org", "pool.supportxmr.com", "stratum.slushpool.com."} {
		if !named(w, name) {
			t.Errorf("%q is not known as a mining pool", name)
		}
	}
}

func TestRealInputPoolNames(t *testing.T) {
	files, err := corpus().Files("ip-lists/mining-pools-2018", "pools-2018.csv")
	if err != nil {
		t.Skipf("not measured: %v", err)
	}
	in, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	w, seen, known := poolWindow(t), map[string]bool{}, 0
	var missed []string
	for _, r := range rows[1:] {
		if name := r[2]; !seen[name] {
			seen[name] = true
			if named(w, name) {
				known++
			} else {
				missed = append(missed, name)
			}
		}
	}
	t.Logf("%d of %d pool servers of 2018 are known by name; not known: %q", known, len(seen), missed)
	if known*2 < len(seen) {
		t.Errorf("%d of %d; expected at least half", known, len(seen))
	}
}
