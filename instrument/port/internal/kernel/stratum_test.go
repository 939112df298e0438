//go:build linux

package kernel

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
)

// said is a segment of TCP with a payload.
func said(to netip.AddrPort, payload []byte) []byte {
	f := append(tcpFrame(own, to, 0x18)[:54], payload...)
	binary.BigEndian.PutUint16(f[16:], uint16(len(f)-14))
	return f
}

// payloads are what is Stratum, and what only looks a little like it.
var payloads = []struct {
	is   bool
	says string
}{
	{true, `{"id": 1, "method": "mining.subscribe", "params": []}` + "\n"},
	{true, `{"params": ["worker.1", "x"], "id": 2, "method": "mining.authorize"}` + "\n"},
	{true, `{"id":1,"jsonrpc":"2.0","method":"eth_submitLogin","worker":"r1","params":["0x00"]}` + "\n"},
	{true, `{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ","pass":"x"}}`},
	{false, `{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"anna","password":"not a wallet, a person"}}`},
	{false, `GET /?q="mining.subscribe" HTTP/1.1` + "\r\nHost: example.net\r\n\r\n"},
	{false, `{"title":"how mining.subscribe works, and what eth_submitLogin is for", "tags": ["mining"]}`},
	{false, `{"wallet":"48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYn","method":"pay","to":"me"}`},
	{false, `{"id":1,"method":"mining.subscribe"}`}, // shorter than any
}

// A port that is told to look finds Stratum among the first packets of a conversation, and nothing else; by TCX and XDP, and as
// the mirror does.
func TestStratumIsToldWhereItIsAskedFor(t *testing.T) {
	onOneCPU(t)
	b := newBench(t, Options{clock: 3, Ports: 4, Flows: 64, Destinations: 64, Ring: 4096, Stratum: true}, guestNet)
	for n, program := range []string{"tcx", "xdp"} {
		hook := b.objects.EkTcOut
		if program == "xdp" {
			hook = b.objects.EkXdpOut
		}
		for i, c := range payloads {
			b.again(guestNet)
			m := &mirror.Port{Guest: guestNet, Reads: true, Seed: b.ports[b.slot].Seed, Epoch: b.ports[b.slot].Epoch}
			m.Set(port.Rules{})
			to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(20*n + i)}), 3333)
			for _, f := range [][]byte{tcpFrame(own, to, 0x02), tcpFrame(own, to, 0x10), said(to, []byte(c.says)), said(to, bytes.Repeat([]byte{7}, 200)), said(to, bytes.Repeat([]byte{8}, 200)), said(to, []byte(payloads[0].says))} {
				b.dropped(hook, mirror.Frame{Data: f})
				m.Out(mirror.Frame{Data: f}, 1)
			}
			got, err := b.Read()
			want := m.Read()
			if err != nil || got[0].Counts != want {
				t.Fatalf("%s: %s: read %v\n%+v, %d looks\nexpected\n%+v, %d looks", program, c.says, err, got[0].Counts.Conversations[0], got[0].Counts.Looked, want.Conversations[0], want.Looked)
			}
			// A payload that is too short is not looked at, and then the fourth is the third that is.
			short := len(c.says) < 40
			if told := want.Conversations[0].Stratum; told != (c.is || short) {
				t.Errorf("%s: %s is Stratum: %v; expected %v", program, c.says, told, c.is)
			}
		}
		r := rand.New(rand.NewPCG(11, 20190529))
		for range 400 { // pieces of these put together at random
			b.again(guestNet)
			m := &mirror.Port{Guest: guestNet, Reads: true, Seed: b.ports[b.slot].Seed, Epoch: b.ports[b.slot].Epoch}
			m.Set(port.Rules{})
			text := []byte("{")
			for len(text) < 40+r.IntN(150) {
				p := payloads[r.IntN(len(payloads))].says
				at := r.IntN(len(p))
				text = append(text, p[at:min(len(p), at+r.IntN(60))]...)
			}
			f := mirror.Frame{Data: said(remote, text)}
			b.dropped(hook, f)
			m.Out(f, 1)
			got, err := b.Read()
			if want := m.Read(); err != nil || got[0].Counts != want || want.Looked != 1 {
				t.Fatalf("%s: %s: read %v\n%+v\nexpected\n%+v", program, text, err, got[0].Counts, want)
			}
		}
	}
}

// TestUnlessPolicySaysSoNoByteBehindHeadersIsRead plays the same headers with two payloads, of which one is Stratum: all that the
// program keeps is the same, and no payload was looked at.
func TestUnlessPolicySaysSoNoByteBehindHeadersIsRead(t *testing.T) {
	onOneCPU(t)
	b := newBench(t, Options{clock: 3, Ports: 4, Flows: 64, Destinations: 64, Ring: 4096}, guestNet)
	var kept []ekEkPort
	for range 2 {
		b.again(guestNet)
		p := &b.ports[b.slot]
		p.Seed, p.Since = 7, 0
		for i := range 20 {
			payload := []byte(payloads[i%4].says)
			if len(kept) > 0 {
				payload = bytes.Repeat([]byte{'-'}, len(payload))
			}
			b.dropped(b.objects.EkTcOut, mirror.Frame{Data: said(remote, payload)})
			b.dropped(b.objects.EkXdpOut, mirror.Frame{Data: said(remote, payload)})
		}
		kept = append(kept, *p)
		kept[len(kept)-1].Epoch = 0
		got, err := b.Read()
		if err != nil || got[0].Counts.Looked != 0 || got[0].Counts.Conversations[0].Stratum || got[0].Counts.Conversations[0].Packets != 40 {
			t.Fatalf("read %v: %+v; expected a conversation, and no look at its payload", err, got[0].Counts)
		}
	}
	for i := range kept {
		for j := range kept[i].TalkAt {
			at := &kept[i].TalkAt[j]
			at.First, at.Last = 0, 0 // the time of the play
		}
	}
	if kept[0] != kept[1] {
		t.Error("two payloads behind the same headers left different traces")
	}
}
