package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

// Publish takes what an edge tells: a batch of at most mostRecords, whose source is the edge's name. What it does not take it is given
// again a second later, before what came since: so it may get one twice, and the identities of records say so. What it calls invalid is lost. It has to
// return soon.
type Publish func(context.Context, *evenkeel.Batch) error

// How often is told, and how many batches wait for somebody who does not take them; beyond that the oldest is lost, and the log says so.
const (
	tellEvery   = time.Second
	mostWaiting = 300
	publishIn   = 5 * time.Second
	mostRecords = 4000 // of a batch: less than half a MiB, of the one that stream/hostlink carries
)

// records tells what comes to sites.
type records struct {
	name    string
	key     siphash.Key
	meter   *visits.Meter
	publish Publish   // nil: nobody takes it
	file    *lineFile // nil: none
	wait    []*evenkeel.Batch
	lost    int
	faults  [2]string // of the last time: of publish, of the file
}

func (p *Process) openRecords() error {
	s := &p.o.Settings
	name, publish := s.Name, p.o.Publish
	if p.joined != nil { // control knows it by the name with which it enrolled
		name = p.joined.link.Host()
		if publish == nil {
			publish = p.joined.deliver
		}
	}
	if name == "" {
		host, err := os.Hostname()
		if name = host; err != nil || evenkeel.CheckID("name", name) != nil {
			return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "this machine has no host name by which its records could be told from others'", Err: err, Hint: "set name: in the settings of the gateway"}
		}
	}
	p.records = &records{name: name, key: p.kept.key, meter: visits.New(p.kept.key, name), publish: publish}
	if s.Records.File == "" {
		return nil
	}
	var err error
	p.records.file, err = openLines(s.Records.File, int64(s.Records.Megabytes)<<20, s.Records.Files)
	return err
}

// tellCounts tells what came, until ctx ends and what is in flight came to its end.
func (p *Process) tellCounts(ctx context.Context, ended <-chan struct{}) error {
	beat := time.NewTicker(tellEvery)
	defer beat.Stop()
	for {
		select {
		case <-ended:
			now := evenkeel.MomentOf(p.o.Now())
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishIn)
			defer cancel()
			p.records.told(end, p, now, p.edge.CountsLast(now))
			return p.records.close()
		case <-beat.C:
			now := evenkeel.MomentOf(p.o.Now())
			within, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishIn)
			p.records.told(within, p, now, p.edge.Counts(now))
			cancel()
		}
	}
}

// told hands on what was counted, and says where it could not.
func (r *records) told(ctx context.Context, p *Process, now evenkeel.Moment, all []gateway.Counted) {
	if r.file != nil && len(all) > 0 {
		text, err := r.lines(all)
		if err == nil {
			err = r.file.append(text)
		}
		r.says(p, 1, "records are not written", err)
	}
	if r.publish == nil {
		return
	}
	r.wait = append(r.wait, r.batches(now, all)...)
	if n := len(r.wait) - mostWaiting; n > 0 {
		r.wait = slices.Delete(r.wait, 0, n)
		r.lost += n
	}
	var err error
	for len(r.wait) > 0 {
		if err = r.publish(ctx, r.wait[0]); err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			break
		}
		if err != nil {
			r.lost++
		}
		r.wait = slices.Delete(r.wait, 0, 1)
	}
	r.says(p, 0, "records are not taken, and wait", err)
	if r.lost > 0 && err == nil {
		p.o.Log.Warn("records were lost while nobody took them", "batches", r.lost)
		r.lost = 0
	}
}

// says writes a line where something fails, and where it does no more.
func (r *records) says(p *Process, which int, what string, err error) {
	text := errText(err)
	if text == r.faults[which] {
		return
	}
	if r.faults[which] = text; err == nil {
		p.o.Log.Info("records are told again")
		return
	}
	p.o.Log.Error(what, "err", err, "hint", "docs/gateway.md, What it tells")
}

func (r *records) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.close()
}

// countsOf are the counts of an interval as records have them.
func countsOf(c *gateway.Counted) visits.Counts {
	ms := func(d time.Duration) uint64 { return uint64(max(d, 0) / time.Millisecond) }
	s := func(at stage.Stage) uint64 { return uint64(max(c.At[at], 0) / time.Second) }
	return visits.Counts{
		Visits: c.Visits, Passed: c.Passed, Failed: c.Failed, Wanted: c.Wanted, Served: c.Served, Asked: c.Asked, Solved: c.Solved, Refused: c.Refused, Turned: c.Turned,
		EdgeTime: ms(c.Edge), BackendTime: ms(c.Backend), SavedTime: ms(c.Saved), Bytes: c.Bytes,
		AtFilter: s(stage.Filter), AtCookie: s(stage.Cookie), AtProof: s(stage.Proof), AtQueue: s(stage.Queue), AtPage: s(stage.Page),
	}
}

// batches are what was counted as records.
func (r *records) batches(now evenkeel.Moment, all []gateway.Counted) (out []*evenkeel.Batch) {
	b := evenkeel.NewBatch(r.name, now)
	for i := range all {
		c := &all[i]
		if len(b.Records)+visits.Records+len(c.Requests) > mostRecords {
			out = append(out, b)
			b = evenkeel.NewBatch(r.name, now)
		}
		counts := countsOf(c)
		r.meter.Count(b, c.Asset, c.From, c.Until, &counts)
		for n, q := range c.Requests {
			q.ID = intake.EventID(r.key, r.name, r.id(c, n+1))
			b.AddRequest(q)
		}
	}
	if len(b.Records) > 0 {
		out = append(out, b)
	}
	return out
}

// id names an interval of a site, or the nth of its requests.
func (r *records) id(c *gateway.Counted, n int) string {
	var b bytes.Buffer
	b.WriteString(string(c.Site))
	b.WriteByte('/')
	b.WriteString(c.Until.String())
	if n > 0 {
		b.WriteByte('/')
		b.WriteByte(byte('0' + n/10%10))
		b.WriteByte(byte('0' + n%10))
	}
	return b.String()
}

// event is a CloudEvent as its line has it.
type event struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Time        evenkeel.Moment `json:"time"`
	Data        any             `json:"data"`
}

// siteData is the data of evenkeel.site.v1.
type siteData struct {
	Asset   evenkeel.AssetID `json:"asset"`
	Since   evenkeel.Moment  `json:"since"`
	Visits  uint64           `json:"visits"`
	Passed  uint64           `json:"passed"`
	Failed  uint64           `json:"failed"`
	Wanted  uint64           `json:"wanted"`
	Served  uint64           `json:"served"`
	Asked   uint64           `json:"asked"`
	Solved  uint64           `json:"solved"`
	Refused uint64           `json:"refused"`
	Turned  uint64           `json:"turned"`
	Edge    uint64           `json:"edge_ms"`
	Backend uint64           `json:"backend_ms"`
	Saved   uint64           `json:"saved_ms"`
	Bytes   uint64           `json:"bytes"`
	Filter  uint64           `json:"filter_s"`
	Cookie  uint64           `json:"cookie_s"`
	Proof   uint64           `json:"proof_s"`
	Queue   uint64           `json:"queue_s"`
	Page    uint64           `json:"page_s"`
}

// requestData is the data of evenkeel.request.v1.
type requestData struct {
	Asset   evenkeel.AssetID `json:"asset"`
	Did     string           `json:"did"`
	Path    string           `json:"path,omitempty"`
	Client  string           `json:"client,omitempty"`
	Network string           `json:"network,omitempty"`
	Country string           `json:"country,omitempty"`
	Status  int              `json:"status,omitempty"`
	Took    int64            `json:"took_us,omitempty"`
	Bytes   int64            `json:"bytes,omitempty"`
	Of      int64            `json:"of"`
}

// longestTold is the longest interval that a line says: what waited for longer is told as of the last hour.
const longestTold = time.Hour

// lines are what was counted as CloudEvents, a line each.
func (r *records) lines(all []gateway.Counted) ([]byte, error) {
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	for i := range all {
		c := &all[i]
		x := countsOf(c)
		err := to.Encode(event{"1.0", r.id(c, 0), r.name, "evenkeel.site.v1", c.Until, siteData{
			c.Asset, max(c.From, c.Until.Add(-longestTold)), x.Visits, x.Passed, x.Failed, x.Wanted, x.Served, x.Asked, x.Solved, x.Refused, x.Turned,
			x.EdgeTime, x.BackendTime, x.SavedTime, x.Bytes, x.AtFilter, x.AtCookie, x.AtProof, x.AtQueue, x.AtPage,
		}})
		for n, q := range c.Requests {
			if err != nil {
				break
			}
			err = to.Encode(event{"1.0", r.id(c, n+1), r.name, "evenkeel.request.v1", q.At, requestData{
				q.Asset, q.Did, q.Path, q.Client, q.Network, q.Country, int(q.Status) * 100, q.Took.Microseconds(), q.Bytes, q.Of,
			}})
		}
		if err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}
