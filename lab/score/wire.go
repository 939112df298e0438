package score

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/replay"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// The demands on what is found on the wire.
const (
	mostFloodDelay = 2 * time.Second // of capture time
	leastScanHosts = 100             // a scan of so many has to be found
	floodSecond    = 1000            // SYNs of a second from which on a flood runs
)

// WireFigures is what the rules about a guest's port made of recorded captures and flows.
type WireFigures struct {
	Floods     map[string]time.Duration // SYN floods by capture: from the first second that is one to a finding of outbound-flood
	Foreign    map[string]time.Duration // the same captures as sent through a guest's port: first packet to spoofed-source
	Scans      map[string]bool          // labelled scans of 100 hosts and more by file: whether port-scan found them
	Smaller    map[string]bool          // labelled scans of fewer hosts, or of one: told, not demanded
	Mining     map[string]bool          // captures of mining whose connections last for five minutes: whether mining-flow found them; told
	AtPort     map[string]string        // by capture and rule: what a port's own sensor does not find of what its packets show; demanded to be nothing
	Brief      int                      // captures of mining that are shorter
	Innocent   int                      // captures and flow files that show no attack
	Wrong      []string                 // live findings in these
	InShadow   []string                 // findings in shadow in these; told
	Packets    uint64
	Unreadable int // captures that could not be read to their end
}

// Violations names the demands that the figures do not meet.
func (f WireFigures) Violations() (out []string) {
	for what, delays := range map[string]map[string]time.Duration{"SYN flood": f.Floods, "flood from foreign sources": f.Foreign} {
		if len(delays) == 0 {
			out = append(out, "no "+what+" was looked at")
		}
		for name, d := range delays {
			if d < 0 {
				out = append(out, fmt.Sprintf("%s %s was not found", what, name))
			} else if d > mostFloodDelay {
				out = append(out, fmt.Sprintf("%s %s was found after %v; expected within %v", what, name, d, mostFloodDelay))
			}
		}
	}
	for name, found := range f.Scans {
		if !found {
			out = append(out, fmt.Sprintf("the scan in %s was not found", name))
		}
	}
	for name, missed := range f.AtPort {
		out = append(out, "by the port's own sensor "+missed+" is not found in "+name)
	}
	for _, w := range f.Wrong {
		out = append(out, "nothing is wrong, and found was: "+w)
	}
	if f.Innocent == 0 || len(f.Scans) == 0 {
		out = append(out, "too little was looked at")
	}
	slices.Sort(out)
	return out
}

// wired is one guest's traffic, to be replayed.
type wired struct {
	name    string
	guests  wire.Guests
	assets  []evenkeel.AssetID
	egress  evenkeel.AssetID
	packets func(take func(at evenkeel.Moment, h *packet.Headers) error) error
	port    bool // its packets pass the sensor at its port, and are not read as a capture
}

// wireBench replays what guests sent and got.
type wireBench struct {
	rules []*rule.Rule
	books string // folder for inventories
	f     *WireFigures
}

// find returns the findings of the rules over one guest's traffic. All assets are held by one paying customer, so
// that findings are attributed and told as they come.
func (w *wireBench) find(ctx context.Context, x wired) (found []evenkeel.Finding, err error) {
	var books strings.Builder
	books.WriteString(`{"specversion":"1.0","id":"t","source":"score","type":"evenkeel.tenant.v1","time":"1990-01-01T00:00:00Z","subject":"t","data":{"tenant":"t","standing":"invoiced","since":"1990-01-01T00:00:00Z"}}` + "\n")
	for _, a := range x.assets {
		fmt.Fprintf(&books, `{"specversion":"1.0","id":"a-%s","source":"score","type":"evenkeel.asset.v1","time":"1990-01-01T00:00:00Z","data":{"asset":%q,"tenant":"t","kind":"vm","from":"1990-01-01T00:00:00Z"}}`+"\n", a, string(a))
	}
	inventory := filepath.Join(w.books, "books.jsonl")
	if err := os.WriteFile(inventory, []byte(books.String()), 0o600); err != nil {
		return nil, err
	}
	script := replay.Script{Rules: w.rules, Inventory: []string{inventory}, Feed: func(_ context.Context, take func(*evenkeel.Batch) error) error {
		meter, err := wire.New(wire.Options{Source: "score", Guests: x.guests, Egress: x.egress})
		if err != nil {
			return err
		}
		b := evenkeel.NewBatch("score", 0)
		if x.port {
			p := newPorts(x, meter, b, take)
			err := x.packets(func(at evenkeel.Moment, h *packet.Headers) error { return p.packet(&x, at, h) })
			if err == nil {
				err = p.read()
			}
			if err != nil {
				return err
			}
			return take(b)
		}
		err = x.packets(func(at evenkeel.Moment, h *packet.Headers) error {
			if meter.Packet(b, at, h); len(b.Records) < evenkeel.MaxBatchRecords/2 {
				return nil
			}
			defer b.Reset("score", 0)
			return take(b)
		})
		if err != nil {
			return err
		}
		meter.Flush(b)
		w.f.Packets += meter.Tally().Packets
		return take(b)
	}}
	_, err = replay.Run(ctx, script, func(n evenkeel.Finding) error {
		found = append(found, n)
		return nil
	})
	return found, err
}

// atPort holds what a rule finds of a capture against what it finds by way of the port's own sensor.
func (w *wireBench) atPort(ctx context.Context, x wired, found []evenkeel.Finding, name string) error {
	x.port = true
	again, err := w.find(ctx, x)
	if err == nil && first(found, name) != 0 && first(again, name) == 0 {
		w.f.AtPort[x.name] = name
	}
	return err
}

// first is when a rule first found something; 0 where it did not.
func first(found []evenkeel.Finding, name string) (at evenkeel.Moment) {
	for i := range found {
		if n := &found[i]; n.Rule == name && (at == 0 || n.At < at) {
			at = n.At
		}
	}
	return at
}

// packetsOf reads a capture; change, where set, changes each packet first.
func (w *wireBench) packetsOf(path string, change func(*packet.Headers)) func(func(evenkeel.Moment, *packet.Headers) error) error {
	return func(take func(evenkeel.Moment, *packet.Headers) error) error {
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		text, err := feed.Unpack(in)
		if err != nil {
			return err
		}
		defer text.Close()
		r, err := capture.New(text)
		if err != nil {
			w.f.Unreadable++
			return nil
		}
		for {
			p, err := r.Next()
			if err == io.EOF {
				return nil
			}
			if _, damaged := errors.AsType[*capture.Damage](err); damaged {
				w.f.Unreadable++
				return nil
			}
			if err != nil {
				return err
			}
			h, ok := p.Headers()
			if !ok {
				continue
			}
			if change != nil {
				change(&h)
			}
			if err := take(evenkeel.Moment(p.At), &h); err != nil {
				return err
			}
		}
	}
}

// local are the guests of a capture: its private addresses, each a guest, and where none sends, the
// address that sends most.
func local(x *wired) error {
	sent := map[netip.Addr]int{}
	err := x.packets(func(_ evenkeel.Moment, h *packet.Headers) error {
		if h.Source.IsValid() && h.Source.IsGlobalUnicast() {
			sent[h.Source]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	var all []netip.Addr
	for a := range sent {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b netip.Addr) int {
		if d := sent[b] - sent[a]; d != 0 {
			return d
		}
		return a.Compare(b)
	})
	for _, a := range all {
		if a.IsPrivate() && len(x.assets) < 256 {
			x.add(a)
		}
	}
	if len(x.assets) == 0 && len(all) > 0 {
		x.add(all[0])
	}
	return nil
}

func (x *wired) add(a netip.Addr) {
	asset := evenkeel.AssetID(a.String())
	if x.guests.Add(netip.PrefixFrom(a, a.BitLen()), asset) == nil {
		x.assets = append(x.assets, asset)
	}
}

// Wire holds the rules about a guest's port against recorded captures and flows. dir is an empty folder.
func Wire(ctx context.Context, c Corpus, dir string, rules []*rule.Rule) (f WireFigures, err error) {
	f = WireFigures{Floods: map[string]time.Duration{}, Foreign: map[string]time.Duration{}, Scans: map[string]bool{}, Smaller: map[string]bool{}, Mining: map[string]bool{}, AtPort: map[string]string{}}
	w := &wireBench{rules: rules, books: dir, f: &f}
	for _, part := range []func(context.Context, Corpus) error{w.floods, w.scans, w.mining, w.innocents} {
		if err := part(ctx, c); err != nil {
			return f, err
		}
	}
	return f, nil
}

// labels reads a table of labels: the first column to the second.
func labels(c Corpus, set, file string) (map[string]string, error) {
	files, err := c.Files(set, file)
	if err != nil {
		return nil, err
	}
	in, err := os.Open(files[0])
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := csv.NewReader(in)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", files[0], err)
	}
	out := map[string]string{}
	for _, row := range rows[1:] {
		out[row[0]] = strings.Join(row[1:], ", ")
	}
	return out, nil
}

// floods replays captures of SYN floods, which were taken at those who were flooded, as if a guest had
// sent them: under its own address, and through its port under those that they claim.
func (w *wireBench) floods(ctx context.Context, c Corpus) error {
	said, err := labels(c, "net/stopddos", "labels.csv")
	if err != nil {
		return err
	}
	own := netip.MustParseAddr("192.0.2.10")
	for name, label := range said {
		if !strings.Contains(label, "SYN flood") {
			continue
		}
		path := filepath.Join(string(c), "net/stopddos", name)
		x := wired{name: name, packets: w.packetsOf(path, func(h *packet.Headers) { h.Source = own })}
		x.add(own)
		begun, runs, second, syns := evenkeel.Moment(0), evenkeel.Moment(0), evenkeel.Moment(0), 0
		err := x.packets(func(at evenkeel.Moment, h *packet.Headers) error {
			if begun == 0 {
				begun = at
			}
			if s := at - at%evenkeel.Moment(time.Second); s != second {
				second, syns = s, 0
			}
			if h.Opens() {
				if syns++; syns == floodSecond && runs == 0 {
					runs = second
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		found, err := w.find(ctx, x)
		if err != nil {
			return err
		}
		w.f.Floods[name] = delay(first(found, "outbound-flood"), runs)
		if err := w.atPort(ctx, x, found, "outbound-flood"); err != nil {
			return err
		}
		x.egress, x.packets = x.assets[0], w.packetsOf(path, nil)
		if found, err = w.find(ctx, x); err != nil {
			return err
		}
		w.f.Foreign[name] = delay(first(found, "spoofed-source"), begun)
	}
	return nil
}

// delay is from when something ran to when it was found; -1 where it was not found, or never ran.
func delay(found, runs evenkeel.Moment) time.Duration {
	if found == 0 || runs == 0 {
		return -1
	}
	return found.Sub(runs)
}

// mining replays captures of mining, without payload and without a list of pools.
func (w *wireBench) mining(ctx context.Context, c Corpus) error {
	files, err := c.Files("net/mining-pools-2018", "pcap/*.pcap*")
	if err != nil {
		return err
	}
	more, err := c.Files("net/ndpi", "pcap/mining.pcap*")
	if err != nil {
		return err
	}
	for _, path := range append(files, more...) {
		x := wired{name: base(path), packets: w.packetsOf(path, nil)}
		if err := local(&x); err != nil {
			return err
		}
		if len(x.assets) == 1 { // one that mines under a public address, and the pool
			begun := netip.Addr{}
			if err := x.packets(func(_ evenkeel.Moment, h *packet.Headers) error {
				if !begun.IsValid() && h.Opens() {
					begun = h.Source
				}
				return nil
			}); err != nil {
				return err
			}
			x.guests, x.assets = wire.Guests{}, nil
			x.add(begun)
		}
		from, until := evenkeel.Moment(0), evenkeel.Moment(0)
		if err := x.packets(func(at evenkeel.Moment, _ *packet.Headers) error {
			if from == 0 {
				from = at
			}
			until = at
			return nil
		}); err != nil {
			return err
		}
		found, err := w.find(ctx, x)
		if err != nil {
			return err
		}
		if until.Sub(from) < 5*time.Minute {
			w.f.Brief++
			continue
		}
		w.f.Mining[x.name] = first(found, "mining-flow") != 0
		if err := w.atPort(ctx, x, found, "mining-flow"); err != nil {
			return err
		}
	}
	return nil
}
