package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// samplesASecond is about how many packets of a port are kept in a second, however many it sends.
const samplesASecond = 16

// Samples are how many of guests' packets are kept as evidence.
type Samples struct {
	OneIn int `yaml:"one_in"`
	Keep  int `yaml:"keep"`
}

func (s *Samples) check() (all []error) {
	if s.OneIn < 0 || s.OneIn > port.MaxEvery {
		all = append(all, evenkeel.Invalid("samples.one_in is %d; expected 1 to %d, or 0 for none", s.OneIn, port.MaxEvery))
	}
	if s.Keep < 1 || s.Keep > mostKept {
		all = append(all, evenkeel.Invalid("samples.keep is %d; expected 1 to %d packets of each guest", s.Keep, mostKept))
	}
	return all
}

// every is one of how many packets is kept at a port that sent so many in the second before: fewer of a loud one.
func (s *Samples) every(packets uint64) uint32 {
	n := uint64(s.OneIn)
	for n > 0 && n < port.MaxEvery && packets/n > samplesASecond {
		n *= 2
	}
	return uint32(min(n, port.MaxEvery))
}

// Packet is the headers of one packet of a guest.
type Packet struct {
	At        evenkeel.Moment  `json:"at"`
	Asset     evenkeel.AssetID `json:"asset"`
	Direction string           `json:"direction"`
	Bytes     int              `json:"bytes"`             // on the wire
	Dropped   string           `json:"dropped,omitempty"` // by which parameter of a measure, if it was
	Data      []byte           `json:"data"`              // Ethernet and on, to the end of the headers
}

// Evidence is what is kept of guests' packets.
type Evidence struct {
	Asset    evenkeel.AssetID    `json:"asset,omitempty"`
	Decision evenkeel.DecisionID `json:"decision,omitempty"`
	OneIn    int                 `json:"one_in,omitempty"` // at least
	Packets  []Packet            `json:"packets"`
}

// sampled is a slot at which packets are sampled, and since when it is this guest's.
type sampled struct {
	index int
	asset string
	since uint64 // ns of the boot clock
}

// sample keeps what programs sampled since the reading before, and says what of each port they sample next. A slot may
// be another guest's since: what was sampled before it was seen to be this one's is nobody's.
func (h *Host) sample(all []port.Reading, at map[port.Slot]seat) {
	boot, wall := uint64(h.parts.Clock.Boot()), h.parts.Clock.Wall()
	next := h.spare // two maps in turn: a reading leaves no garbage for them
	clear(next)
	for i := range all {
		x := at[all[i].Slot]
		is := sampled{x.Place.Index, x.asset, boot}
		if x := h.sampled[all[i].Slot]; x.index == is.index && x.asset == is.asset {
			is.since = x.since
		}
		next[all[i].Slot] = is
	}
	if err := h.parts.Kernel.Samples(func(s port.Sample) {
		if x := h.sampled[s.Slot]; x.asset != "" && x == next[s.Slot] && s.At >= x.since {
			h.evidence.add(x.asset, &s, wall.Add(time.Duration(int64(s.At-boot))))
		}
	}); err != nil {
		h.parts.Log.Warn("packets that were sampled are lost", "err", err)
	}
	h.evidence.forget(wall)
	h.sampled, h.spare = next, h.sampled
	for i := range all {
		want := port.Sampling{}
		if next[all[i].Slot].asset != "" {
			want.Every = h.parts.Settings.Samples.every(all[i].Counts.PacketsOut)
		}
		// Again each second: whoever puts a measure there may just have put back what was.
		if err := h.parts.Kernel.SetSampling(all[i].Slot, want); err != nil {
			h.parts.Log.Debug("packets of a port are not sampled", "port", at[all[i].Slot].Place.Name, "err", err) // it went
		}
	}
}

// Evidence are the packets of a guest that are kept, from the oldest on. KindNotFound says why there are none.
func (h *Host) Evidence(asset evenkeel.AssetID) (Evidence, error) {
	out := Evidence{Asset: asset, OneIn: h.parts.Settings.Samples.OneIn, Packets: h.evidence.of(asset)}
	none := func(hint, says string, args ...any) (Evidence, error) {
		return Evidence{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf(says, args...), Hint: hint}
	}
	w := h.World()
	i := slices.IndexFunc(w.Guests, func(g plan.Guest) bool { return g.Asset == asset })
	switch {
	case len(out.Packets) > 0:
		return out, nil
	case out.OneIn == 0:
		return none("set samples.one_in, such as to 100, and start the agent again", "packets of guests are not sampled: samples.one_in is 0")
	case i < 0:
		return none("evenkeel host status lists the guests of this host", "%s is no guest of this host", asset)
	case h.parts.Kernel == nil:
		return none("evenkeel host status says why", "what passes ports is not seen on this host, so no packet is kept")
	case len(w.Guests[i].Ports) == 0:
		return none("evenkeel host status says where it hangs", "%s has no port here at which packets could be sampled", asset)
	}
	return none(
		"ask again when it has sent more; a smaller samples.one_in keeps more", "of %s no packet is kept yet: one of %d that it sends is, at each CPU, and those of the last %s stay",
		asset, out.OneIn, evidenceAges,
	)
}

// question is what is asked about packets.
type question struct {
	Asset evenkeel.AssetID `json:"asset"`
}

func (p *Process) packets(w http.ResponseWriter, r *http.Request) {
	var q question
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAsked))
	if err != nil || json.Unmarshal(text, &q) != nil {
		err = evenkeel.Invalid(`whose packets are asked for cannot be read; expected such as {"asset":"vm-1"}`)
	} else {
		err = evenkeel.CheckID("asset", string(q.Asset))
	}
	var out Evidence
	if err == nil {
		out, err = p.host.Evidence(q.Asset)
	}
	if err != nil {
		ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	ownsocket.Tell(w, jsonType, http.StatusOK, out)
}

// Packets asks the agent that runs on this host for the packets of a guest that it keeps.
func Packets(ctx context.Context, o Options, asset evenkeel.AssetID) (out Evidence, err error) {
	if err := evenkeel.CheckID("asset", string(asset)); err != nil {
		return out, err
	}
	running, err := ask(ctx, o.Settings.Data, packetsPath, question{asset}, &out)
	if err == nil && !running {
		err = &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "no agent runs on this host in " + o.Settings.Data + ", and packets are kept in its memory",
			Hint: "evenkeel host run starts it; if it runs with a file of settings, name that with --config",
		}
	}
	return out, err
}
