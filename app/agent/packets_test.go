package agent

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/live"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/shield/host"
)

// Property P: of what a guest sends headers are kept, and no byte behind them; also of what is another guest's since.
func TestHeadersOfWhatAGuestSendsAreKept(t *testing.T) { testhost.Alone(t, keptOf) }

func keptOf(t *testing.T) {
	dir := t.TempDir()
	pins := testhost.Pins(t, dir)
	s := parsed(t, `
data: `+dir+`
pins: `+pins+`/evenkeel
ports: [{name: "tap-{guest}", kind: veth}]
guests: {vm-1: {}, vm-2: {ports: [not-there]}}
samples: {one_in: 3}
`)
	must(t, "ip link set lo up")
	must(t, "ip link add tap-vm-1 type veth peer name g1")
	must(t, "ip link set tap-vm-1 up")
	must(t, "ip link set g1 up")
	must(t, "ip addr add 10.9.0.2/24 dev g1")
	must(t, "ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev g1 nud permanent")
	k, err := live.Open(live.Options{Dir: s.Pins, Ports: 8, Flows: 1024, Destinations: 1024, Ring: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	places, err := live.List()
	if err != nil {
		t.Fatal(err)
	}
	h, err := Open(t.Context(), Parts{
		Settings: s, Kernel: k, Clock: clock, Places: places, Name: "host-1", Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Deliver: func(*evenkeel.Batch) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	second := clock.Wall()
	read := func() {
		t.Helper()
		second = second.Add(time.Second)
		if err := h.read(second); err != nil {
			t.Fatal(err)
		}
	}
	none := func(asset evenkeel.AssetID, words string) {
		t.Helper()
		if _, err := h.Evidence(asset); evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(err.Error(), words) || evenkeel.HintOf(err) == "" {
			t.Errorf("of %s: %v; expected %q", asset, err, words)
		}
	}
	read() // from here on there are samples
	none("vm-1", "no packet is kept yet")
	none("vm-2", "has no port here")
	none("vm-9", "no guest of this host")

	const secret = "nobody-reads-this"
	send, err := net.Dial("udp", "10.9.0.9:9999")
	if err != nil {
		t.Fatal(err)
	}
	defer send.Close()
	before := clock.Wall()
	for range 300 {
		if _, err := send.Write([]byte(strings.Repeat(secret, 3))); err != nil {
			t.Fatal(err)
		}
	}
	read()
	e, err := h.Evidence("vm-1")
	if err != nil || len(e.Packets) < 90 || e.OneIn != 3 {
		t.Fatalf("of 300 packets, of which each third is sampled, %d are kept, one in %d, %v", len(e.Packets), e.OneIn, err)
	}
	of := 0
	for _, p := range e.Packets {
		if bytes.Contains(p.Data, []byte(secret[:4])) {
			t.Fatalf("what stands behind the headers is kept: %q", p.Data)
		}
		x := packet.Ethernet(p.Data, p.Bytes)
		if x.Protocol == packet.UDP && x.DestinationPort == 9999 {
			if of++; len(p.Data) != 14+20+8 || p.Bytes != 42+3*len(secret) || x.Destination.String() != "10.9.0.9" || p.Direction != "out" {
				t.Errorf("kept is %+v", p)
			}
		}
		if d := p.At.Sub(before); d < -time.Second || d > 20*time.Second {
			t.Errorf("a packet was sent %v after the first", d)
		}
	}
	if of < 90 {
		t.Errorf("%d of %d packets are those that were sent", of, len(e.Packets))
	}

	// The slot is another guest's: what was sampled before, and is in the ring still, is nobody's.
	for range 30 {
		if _, err := send.Write([]byte(secret)); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "ip link set tap-vm-1 down")
	must(t, "ip link set tap-vm-1 name tap-vm-3")
	if places, err = live.List(); err != nil {
		t.Fatal(err)
	}
	for _, at := range places {
		if at.Name == "tap-vm-3" {
			h.follow(port.Event{Kind: port.Renamed, Place: at})
		}
	}
	read()
	none("vm-3", "no packet is kept yet")
	if after, err := h.Evidence("vm-1"); err != nil || len(after.Packets) != len(e.Packets) {
		t.Errorf("of vm-1, which went, %d packets are kept, %v; expected the %d that were", len(after.Packets), err, len(e.Packets))
	}

	h.parts.Settings.Samples.OneIn = 0
	read()
	for _, a := range k.Ports() {
		if r, err := k.Rules(a.Slot); err != nil || r.Sample.Every != 0 {
			t.Errorf("with one_in 0 %s is sampled: %+v, %v", a.Place.Name, r.Sample, err)
		}
	}
	none("vm-3", "samples.one_in is 0")
}

func TestWhoseEvidenceIsAskedForHasToBeNamed(t *testing.T) {
	p := &Process{socket: &ownsocket.Socket{Owner: 1000}, host: &Host{}, o: Options{Log: slog.New(slog.DiscardHandler)}}
	for _, text := range []string{"", "x", "{}", `{"asset":"a\u0000"}`, `{"asset":"` + strings.Repeat("x", maxAsked) + `"}`} {
		r, w := httptest.NewRequest("POST", packetsPath, strings.NewReader(text)), httptest.NewRecorder()
		p.door().ServeHTTP(w, r.WithContext(ownsocket.Peer{User: 1000, Known: true}.Within(r.Context())))
		if w.Code != http.StatusBadRequest {
			t.Errorf("%.40q: %d %s", text, w.Code, w.Body)
		}
	}
	o := Options{Settings: parsed(t, fmt.Sprintf("data: %s", t.TempDir()))}
	if _, err := Packets(t.Context(), o, "vm-1"); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "no agent runs") || !strings.Contains(evenkeel.HintOf(err), "evenkeel host run") {
		t.Errorf("where no agent runs: %v", err)
	}
	for _, text := range []string{"samples: {one_in: -1}", "samples: {one_in: 1000001}", "samples: {keep: 0}", "samples: {keep: 1025}"} {
		if _, err := Parse("host.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "expected 1 to") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
