package agent

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// besideOf are files of packets in a folder, and the clock that they go by.
func besideOf(t *testing.T) (*beside, *time.Time) {
	t.Helper()
	now := noon.Time()
	return newBeside(t.TempDir(), func() time.Time { return now }, slog.New(slog.DiscardHandler)), &now
}

func orderOf(decision string, until time.Duration) *evenkeel.Order {
	return &evenkeel.Order{ID: "o-1", Decision: evenkeel.DecisionID(decision), From: noon, Until: noon.Add(until)}
}

func manyPackets(n int) (all []Packet) {
	for i := range n {
		all = append(all, Packet{At: noon.Add(time.Duration(n-i) * time.Second), Asset: "vm-1", Bytes: n - i, Data: make([]byte, 128)})
	}
	return all
}

func TestBesideAnOrderItsLastPacketsAreKeptUntilADayAfterItsEnd(t *testing.T) {
	b, now := besideOf(t)
	if n, err := b.keep(orderOf("d-1", time.Hour), nil); n != 0 || err != nil {
		t.Errorf("of no packets %d are kept, %v", n, err)
	}
	if n, err := b.keep(orderOf("d-1", time.Hour), manyPackets(300)); n != mostOfOrder || err != nil {
		t.Fatalf("of 300 packets %d are kept, %v", n, err)
	}
	if n, err := b.keep(orderOf("d-1", time.Hour), manyPackets(3)); n != mostOfOrder || err != nil { // it is asked about again
		t.Errorf("then there are %d, %v", n, err)
	}
	e, err := b.read("d-1")
	if err != nil || len(e.Packets) != mostOfOrder || e.Packets[0].Bytes != 300-mostOfOrder+1 || e.Packets[mostOfOrder-1].Bytes != 300 {
		t.Errorf("kept are %d packets, %v", len(e.Packets), err)
	}
	path, err := b.find("d-1")
	if err != nil {
		t.Fatal(err)
	}
	if is, err := os.Stat(path); err != nil || is.Mode().Perm() != 0o600 || is.Size() > mostBeside {
		t.Errorf("its file is %v, %v", is, err)
	}
	*now = noon.Add(25*time.Hour - time.Second).Time()
	if err := b.sweep(mostOfOrders); err != nil {
		t.Fatal(err)
	}
	if _, err := b.read("d-1"); err != nil {
		t.Errorf("a second before a day after its end: %v", err)
	}
	*now = noon.Add(25 * time.Hour).Time()
	if err := b.sweep(mostOfOrders); err != nil {
		t.Fatal(err)
	}
	if _, err := b.read("d-1"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("a day after its end: %v", err)
	}
}

func TestPacketsAreFoundByTheBeginningOfTheirDecision(t *testing.T) {
	b, now := besideOf(t)
	data := t.TempDir()
	b.dir = filepath.Join(data, dirPackets)
	for _, d := range []string{"d-msogab", "d-msogac", "d-other1", "d-oth"} {
		if _, err := b.keep(orderOf(d, time.Hour), manyPackets(2)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(b.dir, digest("d-msogad")+"-1.json"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{Settings: Settings{Data: data}, Now: func() time.Time { return *now }, Log: slog.New(slog.DiscardHandler)}
	for given, want := range map[evenkeel.DecisionID]string{"d-msogab": "d-msogab", "d-othe": "d-other1", "d-oth": "d-oth"} {
		if e, err := KeptPackets(o, given); err != nil || string(e.Decision) != want || len(e.Packets) != 2 {
			t.Errorf("%s: %s, %d packets, %v; expected those of %s", given, e.Decision, len(e.Packets), err, want)
		}
	}
	for given, want := range map[evenkeel.DecisionID]string{
		"d-msog":   "packets of d-msog: 2 begin with it; expected one of ",
		"d-msogad": "is nothing that this program wrote",
		"d-mso":    "packets of d-mso: expected a whole id, or its first 6 characters or more; there are those of ",
		"d-nobody": "of d-nobody no packets are kept in ",
	} {
		if _, err := KeptPackets(o, given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; expected %q", given, err, want)
		}
	}
	if _, err := KeptPackets(o, "d-msog"); err == nil || !strings.Contains(err.Error(), "d-msogab (of vm-1)") || !strings.Contains(err.Error(), "d-msogac (of vm-1)") {
		t.Errorf("it does not name those that fit: %v", err)
	}
}

func TestOfManyOrdersThosePacketsGoWhoseTimeIsNearest(t *testing.T) {
	b, _ := besideOf(t)
	stranger := filepath.Join(b.dir, "notes.txt")
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stranger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range mostOfOrders + 10 {
		if n, err := b.keep(orderOf(fmt.Sprintf("d-%d", i), time.Duration(i+1)*time.Minute), manyPackets(1)); n != 1 || err != nil {
			t.Fatalf("order %d: %d, %v", i, n, err)
		}
	}
	all, err := b.files()
	if err != nil || len(all) != mostOfOrders {
		t.Errorf("there are %d files, %v; expected %d", len(all), err, mostOfOrders)
	}
	if _, err := b.read("d-9"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("of those that went: %v", err)
	}
	if _, err := b.read("d-10"); err != nil {
		t.Errorf("of those that stay: %v", err)
	}
	if _, err := os.Stat(stranger); err != nil {
		t.Errorf("what is not ours: %v", err)
	}
}

func TestAFileBesideAnOrderThatIsNoneOfOursIsRefused(t *testing.T) {
	for _, text := range []string{"", "x", `{"decision":"d-2","packets":[]}`, `{"decision":"d-1","packets":[` + strings.Repeat("{},", mostOfOrder) + `{}]}`, strings.Repeat(" ", mostBeside+1)} {
		b, _ := besideOf(t)
		if _, err := b.keep(orderOf("d-1", time.Hour), manyPackets(1)); err != nil {
			t.Fatal(err)
		}
		path, err := b.find("d-1")
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.read("d-1"); evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "" {
			t.Errorf("%.40q: %v", text, err)
		}
		if n, err := b.keep(orderOf("d-1", time.Hour), manyPackets(2)); n != 2 || err != nil {
			t.Errorf("in the place of %.40q %d are kept, %v", text, n, err)
		}
	}
}
