package agent

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/hypervisor/hypervisortest"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// An agent that starts while libvirt is silent knows the guests by their cards, never by the name of a port that may be
// another's by now: what is ordered stands on.
func TestAStartWithoutLibvirtKnowsTheGuestsByTheirCards(t *testing.T) {
	s := parsed(t, "libvirt: {socket: "+filepath.Join(t.TempDir(), "none")+"}")
	s.Data = t.TempDir()
	log := &sayings{got: make(chan string, 16)} // more than there is to say
	g := newGuests(s, nil, func() evenkeel.Moment { return 1 }, slog.New(slog.NewTextHandler(log, nil)))
	g.wait = [2]time.Duration{time.Millisecond, time.Millisecond}
	if told := g.first(t.Context()); told != nil || !strings.Contains(<-log.got, "never did") {
		t.Errorf("at first %+v is known", told)
	}
	said := s.Tell([]hypervisor.Domain{domain("one1", hypervisor.Running, "vnet0", 1), domain("two2", hypervisor.Off, "", 2)}, 1)
	g.keep(said)
	told := g.first(t.Context())
	<-log.got
	want := []whose.Guest{{Asset: "one1", Domain: "one1", CPUs: 4, MACs: [][6]byte{mac(1)}}, {Asset: "two2", Domain: "two2", CPUs: 4, MACs: [][6]byte{mac(2)}}}
	if told == nil || !reflect.DeepEqual(told.Guests, want) || told.Claims != nil {
		t.Fatalf("%+v is known; want %+v", told, want)
	}
	book, err := s.book(nil, told)
	if err != nil {
		t.Fatal(err)
	}
	w, unknown := s.World(book, []port.Place{{Name: "vnet0", Index: 7}, {Name: "vnet5", Index: 8, MAC: [6]byte{0xfe, 0x54, 0, 0, 0, 1}}})
	if len(unknown) != 1 || unknown[0].Place.Name != "vnet0" || !reflect.DeepEqual(w.Guests[0].Ports, []plan.Port{{Name: "vnet5", Index: 8, MAC: [6]byte{0xfe, 0x54, 0, 0, 0, 1}}}) {
		t.Errorf("%+v, and nobody's are %+v", w.Guests, unknown)
	}
	if h := machineOf(t, s, told); len(h.World().Guests) != 2 {
		t.Errorf("a host that starts knows %+v", h.World().Guests)
	}
	if err := os.WriteFile(filepath.Join(s.Data, fileGuests), []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if told := g.first(t.Context()); told != nil || !strings.Contains(<-log.got, "cannot be read") {
		t.Errorf("of a damaged file %+v is known", told)
	}
}

func TestAStartAsksLibvirtFirst(t *testing.T) {
	s := parsed(t, "libvirt: {socket: "+hypervisortest.Libvirt(t)+", uri: \"test:///default\"}")
	s.Data = t.TempDir()
	g := newGuests(s, nil, func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }, slog.New(slog.DiscardHandler))
	told := g.first(t.Context())
	if told == nil || len(told.Guests) != 1 || told.Guests[0].Asset != "test" || len(told.Claims) != 1 || g.Told() != told {
		t.Fatalf("%+v is known", told)
	}
	if kept, err := recall(filepath.Join(s.Data, fileGuests)); err != nil || len(kept.Guests) != 1 || kept.Guests[0].Asset != "test" {
		t.Errorf("kept is %+v, %v", kept, err)
	}
}

func TestWhatIsKeptOfGuestsIsReadAsItIsOrNotAtAll(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                     "expected the guests as an array",
		`[{"asset": ""}]`:                        "is empty",
		`[{"asset": "a"}, {"asset": "a"}]`:       "there twice",
		`[{"asset": "a", "cpus": -1}]`:           "expected none or more",
		`[{"asset": "a", "macs": ["nonsense"]}]`: "expected one such as 52:54",
	} {
		if got, err := parseRemembered("guests.json", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %+v, %v; want %q", text, got, err, want)
		}
	}
}

func FuzzRemembered(f *testing.F) {
	f.Add([]byte(`[{"asset": "vm-1", "domain": "one", "cpus": 2, "macs": ["52:54:00:00:00:01"]}]`))
	f.Add([]byte(`[{"asset": "a"}, {"asset": "a"}]`))
	s := Default()
	f.Fuzz(func(t *testing.T, b []byte) {
		told, err := parseRemembered("guests.json", b)
		if err != nil {
			return
		}
		if _, err := s.book(nil, told); err != nil && len(told.Guests) <= whose.MostGuests {
			t.Errorf("it is read, and is no book: %v", err)
		}
	})
}
