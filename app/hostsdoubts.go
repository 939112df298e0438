package app

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// doubtsToldEvery is how often the log says of a host that records of it were refused.
const doubtsToldEvery = 10 * time.Minute

// Doubted counts records of a host that were refused for one reason, since control was started.
type Doubted struct {
	Why     string           `json:"why"`
	Records uint64           `json:"records"`
	Asset   evenkeel.AssetID `json:"asset"`        // the last one
	By      string           `json:"by,omitempty"` // the host that claims it
	Last    evenkeel.Moment  `json:"last"`
}

// doubts are why records of hosts were refused. The zero value is ready.
type doubts struct {
	mu    sync.Mutex
	hosts map[string]map[string]*doubted // by host and reason
}

type doubted struct {
	Doubted
	told    evenkeel.Moment // when the log said so last
	counted uint64          // records then
}

// add counts records of a host, and returns how many there were since the log was told last, where it is to be told.
func (d *doubts) add(host string, is Doubted) (news uint64, tell bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hosts == nil {
		d.hosts = map[string]map[string]*doubted{}
	}
	if d.hosts[host] == nil {
		d.hosts[host] = map[string]*doubted{}
	}
	x := d.hosts[host][is.Why]
	if x == nil {
		x = &doubted{}
		d.hosts[host][is.Why] = x
	}
	is.Records += x.Records
	x.Doubted = is
	if x.told != 0 && is.Last.Sub(x.told) < doubtsToldEvery {
		return 0, false
	}
	news, x.told, x.counted = x.Records-x.counted, is.Last, x.Records
	return news, true
}

// of says what was refused of a host, by reason.
func (d *doubts) of(host string) (all []Doubted) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, x := range d.hosts[host] {
		all = append(all, x.Doubted)
	}
	slices.SortFunc(all, func(a, b Doubted) int { return cmp.Compare(a.Why, b.Why) })
	return all
}

// sums are how many records of all hosts were refused, by reason.
func (d *doubts) sums() map[string]uint64 {
	sums := map[string]uint64{hostlink.NotHeld: 0, hostlink.Claimed: 0}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range slices.Collect(maps.Values(d.hosts)) {
		for why, x := range h {
			sums[why] += x.Records
		}
	}
	return sums
}

// believe takes out of a batch what its host tells of assets that it does not hold, or that another one claims.
func (x *hosts) believe(host string, b *evenkeel.Batch) error {
	all := b.Assets(evenkeel.KindUsage, evenkeel.KindFlow, evenkeel.KindHostEvent, evenkeel.KindRequest)
	why, err := x.doubt(host, all)
	if err != nil {
		return err
	}
	doubtful := map[evenkeel.AssetID]hostlink.Doubt{"": {Why: hostlink.NotHeld}}
	for i, d := range why {
		if d.Why != "" {
			doubtful[all[i]] = d
		}
	}
	found := map[string]Doubted{}
	b.Records = slices.DeleteFunc(b.Records, func(r evenkeel.Record) bool {
		a := evenkeel.AssetID(b.Text(r.Asset))
		d, bad := doubtful[a]
		if bad {
			found[d.Why] = Doubted{Why: d.Why, Records: found[d.Why].Records + 1, Asset: a, By: d.By, Last: b.Arrived}
		}
		return bad
	})
	for _, d := range found {
		if n, tell := x.doubts.add(host, d); tell {
			x.log.Warn("records of a host are refused; the rest of what it sends is taken", "host", host, "why", d.Why, "asset", d.Asset, "claimed_by", d.By, "records", n,
				"hint", "while a guest moves this lasts for seconds; else see which of the hosts names it in its settings, and evenkeel fleet revoke the one that lies")
		}
	}
	return nil
}
