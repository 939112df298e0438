package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/whole"
)

// Bounds of what is kept beside orders, in the data directory.
const (
	dirPackets    = "packets"
	mostOfOrder   = 64             // packets
	mostOfOrders  = 256            // files
	mostBeside    = 64 << 10       // bytes of a file
	besideStays   = 24 * time.Hour // after the end of the order
	besideSuffix  = ".json"
	sweptEvery    = time.Hour
	besideFormat  = "%s-%d" + besideSuffix // the digest of the decision; the second of 1970 until when it stays
	besideDigests = 16                     // letters
)

// beside are files of the packets that were kept when orders were carried out, one for each decision.
type beside struct {
	dir string
	now func() time.Time
	log *slog.Logger
}

func newBeside(data string, now func() time.Time, log *slog.Logger) *beside {
	return &beside{filepath.Join(data, dirPackets), now, log}
}

// file is one of them.
type file struct {
	name  string
	until int64 // seconds since 1970
}

// files are all that are there, the one that goes first at the beginning. What has another name is nobody's of ours.
func (b *beside) files() (all []file, err error) {
	list, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, kernel.FileError("read", b.dir, err)
	}
	for _, x := range list {
		name, ok := strings.CutSuffix(x.Name(), besideSuffix)
		if id, until, sep := strings.Cut(name, "-"); ok && sep && len(id) == besideDigests {
			if n, err := strconv.ParseInt(until, 10, 64); err == nil {
				all = append(all, file{x.Name(), n})
			}
		}
	}
	slices.SortFunc(all, func(a, b file) int { return cmp.Or(cmp.Compare(a.until, b.until), strings.Compare(a.name, b.name)) })
	return all, nil
}

// find is the file of a decision, "" where there is none.
func (b *beside) find(d evenkeel.DecisionID) (string, error) {
	all, err := b.files()
	for _, x := range all {
		if strings.HasPrefix(x.name, digest(string(d))+"-") {
			return filepath.Join(b.dir, x.name), nil
		}
	}
	return "", err
}

// read are the packets of a decision.
func (b *beside) read(d evenkeel.DecisionID) (e Evidence, err error) {
	path, err := b.find(d)
	if err != nil {
		return e, err
	}
	if path == "" {
		return e, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("of %s no packets are kept in %s", d, b.dir),
			Hint: "they are kept where a limit, drop-flow or isolate was put in force and packets of its guest had been sampled, until a day after its end; evenkeel host status lists decisions",
		}
	}
	if e, err = b.open(path); err == nil && e.Decision != d {
		err = stranger(path)
	}
	if err != nil {
		return Evidence{}, err
	}
	return e, nil
}

// open reads a file of packets.
func (b *beside) open(path string) (e Evidence, err error) {
	f, err := os.Open(path)
	if err != nil {
		return e, kernel.FileError("open", path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostBeside+1))
	if err != nil {
		return e, kernel.FileError("read", path, err)
	}
	if len(text) > mostBeside || json.Unmarshal(text, &e) != nil || len(e.Packets) > mostOfOrder {
		return Evidence{}, stranger(path)
	}
	return e, nil
}

func stranger(path string) error {
	return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: path + " is nothing that this program wrote", Hint: "remove it: it is of no use"}
}

// meant is the decision that begins with what was given and of which packets are kept; what was given where there is none. A file
// that cannot be read is no candidate: it says so where it is asked for.
func (b *beside) meant(given evenkeel.DecisionID) (evenkeel.DecisionID, error) {
	if path, err := b.find(given); path != "" || err != nil {
		return given, err
	}
	files, err := b.files()
	var all []Standing
	for _, x := range files {
		e, bad := b.open(filepath.Join(b.dir, x.name))
		if bad != nil || e.Decision == "" {
			continue
		}
		s := Standing{Decision: e.Decision}
		for _, p := range e.Packets {
			if !slices.Contains(s.Assets, p.Asset) {
				s.Assets = append(s.Assets, p.Asset)
			}
		}
		all = append(all, s)
	}
	if err != nil {
		return "", err
	}
	return meant("packets of", given, "there are those of ", all)
}

// keep keeps packets beside an order until a day after its end, and says how many there are; what was kept first stays.
func (b *beside) keep(o *evenkeel.Order, packets []Packet) (n int, err error) {
	if is, err := b.read(o.Decision); err == nil {
		return len(is.Packets), nil
	}
	if len(packets) == 0 {
		return 0, nil
	}
	slices.SortStableFunc(packets, func(a, b Packet) int { return cmp.Compare(a.At, b.At) })
	packets = packets[max(0, len(packets)-mostOfOrder):]
	text, err := json.Marshal(Evidence{Decision: o.Decision, Packets: packets})
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return 0, kernel.FileError("make", b.dir, err)
	}
	if err := b.sweep(mostOfOrders - 1); err != nil {
		return 0, err
	}
	path := filepath.Join(b.dir, fmt.Sprintf(besideFormat, digest(string(o.Decision)), o.Until.Add(besideStays).Time().Unix()))
	if err := whole.Write(path, text, 0o600); err != nil {
		return 0, kernel.FileError("write", path, err)
	}
	return len(packets), nil
}

// sweep removes what has been there long enough, and beyond most of them those that go first.
func (b *beside) sweep(most int) error {
	all, err := b.files()
	now := b.now().Unix()
	for i, x := range all {
		if x.until > now && len(all)-i <= most {
			break
		}
		path := filepath.Join(b.dir, x.name)
		if bad := os.Remove(path); bad != nil && !errors.Is(bad, fs.ErrNotExist) {
			err = errors.Join(err, kernel.FileError("remove", path, bad))
		}
	}
	return err
}

// run sweeps until ctx ends.
func (b *beside) run(ctx context.Context) error {
	tick := time.NewTicker(sweptEvery)
	defer tick.Stop()
	for {
		if err := b.sweep(mostOfOrders); err != nil {
			b.log.Warn("packets of orders that are over stay", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// apply carries an order out, and keeps what its guests sent last.
func (p *Process) apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	r, err := p.host.Apply(ctx, o)
	held := o.Measure == evenkeel.MeasureLimit || o.Measure == evenkeel.MeasureDropFlow || o.Measure == evenkeel.MeasureIsolate
	if err != nil || r.State != evenkeel.ReceiptApplied || o.Lift || !held {
		return r, err
	}
	var all []Packet
	for _, a := range o.Assets {
		all = append(all, p.host.evidence.of(a)...)
	}
	n, bad := p.beside.keep(&o, all)
	if bad != nil {
		p.o.Log.Warn("packets are not kept beside an order", "order", o.ID, "decision", o.Decision, "err", bad)
	}
	switch {
	case n == 1:
		r.Effect += "; headers of 1 packet kept"
	case n > 1:
		r.Effect += fmt.Sprintf("; headers of %d packets kept", n)
	}
	return r, nil
}

// KeptPackets are the packets that were kept when what a decision orders was put in force on this host, whether an agent
// runs or not. d is its id, or the first 6 characters of it or more.
func KeptPackets(o Options, d evenkeel.DecisionID) (Evidence, error) {
	if err := evenkeel.CheckID("decision", string(d)); err != nil {
		return Evidence{}, err
	}
	b := newBeside(o.Settings.Data, o.Now, o.Log)
	d, err := b.meant(d)
	if err != nil {
		return Evidence{}, err
	}
	return b.read(d)
}
