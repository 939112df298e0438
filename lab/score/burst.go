package score

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/convert"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// The demands on vm-burst.
const (
	mostPer10k    = 1.0 // findings per 10,000 lawful batches in the second half
	leastRecall   = 0.9
	injected      = 200
	injectedSeed  = 20260301
	injectedLeast = 60  // machines of the smallest burst
	injectedMost  = 600 // of the largest; sizes in between are log-uniform
	hijackPrefix  = "hijacked-"
)

// BurstFigures is what vm-burst made of lawful arrivals with bursts put among their second
// half. The first half is for learning.
type BurstFigures struct {
	Batches  int // lawful ones in the second half
	Alarms   int // lawful tenants found there
	Injected int
	Found    int
	Records  int64
}

// Injection says what bursts are put among the lawful arrivals: 200, of 60 to 600 machines,
// log-uniform, each by a key of an old customer that was never seen to create any.
type Injection uint8

const (
	// Wide bursts are of the largest flavour, in 3 to 8 regions: what a hijacker does who
	// wants to fill a quota before somebody looks. These the rule is held to.
	Wide Injection = iota
	// Narrow bursts are in one region and of a flavour with 2 vCPUs: nothing but their
	// number tells them. How many are found is told, not demanded.
	Narrow
)

// Violations names the demands that the figures do not meet.
func (f BurstFigures) Violations() (out []string) {
	if per10k := float64(f.Alarms) / float64(max(f.Batches, 1)) * 10_000; per10k > mostPer10k {
		out = append(out, fmt.Sprintf("%.2f findings per 10,000 lawful batches; expected at most %.0f", per10k, mostPer10k))
	}
	if recall := float64(f.Found) / float64(max(f.Injected, 1)); recall < leastRecall {
		out = append(out, fmt.Sprintf("%d of %d bursts found; expected at least %.0f %%", f.Found, f.Injected, leastRecall*100))
	}
	return out
}

// settled is who every tenant is, the hijacked ones included: a customer of 400 days.
var settled = Customer{"settled", evenkeel.StandingInvoiced, "400d", "0s", "1200.00"}

// Burst replays lawful arrivals, one old tenant per batch, with bursts of hijacked old
// tenants among their second half, each within 2 to 9 minutes. flavours may be "".
func Burst(ctx context.Context, dir string, rules []*rule.Rule, name string, what Injection, flavours string, arrivals ...string) (f BurstFigures, err error) {
	b := &bench{dir: dir}
	opts := convert.Options{Preset: "azure-v1-arrivals"}
	if flavours != "" {
		if opts.Flavours, err = readFlavours(flavours); err != nil {
			return f, err
		}
	}
	from, until := evenkeel.Moment(0), evenkeel.Moment(0)
	for _, a := range arrivals {
		if _, err := b.add(ctx, opts, settled, a); err != nil {
			return f, err
		}
		first, last, err := span(b.telemetry[len(b.telemetry)-1])
		if err != nil {
			return f, err
		}
		if from == 0 || first < from {
			from = first
		}
		until = max(until, last)
		opts.Start = until.Add(10 * time.Minute) // one file after the other
	}
	middle := from.Add(until.Sub(from) / 2)
	if err := f.inject(b, what, middle, until, largest(opts.Flavours)); err != nil {
		return f, err
	}
	found, sum, err := b.replay(ctx, rules, nil, nil)
	if err != nil {
		return f, err
	}
	f.Records = sum.Read.Records
	if f.Batches, err = batchesAfter(b.telemetry[:len(arrivals)], middle); err != nil {
		return f, err
	}
	f.count(live(found, name), middle)
	return f, nil
}

func readFlavours(path string) (map[byte]int64, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return convert.ParseFlavours(in, path)
}

// largest returns the vCPUs of the largest flavour; without a map every machine counts 16.
func largest(flavours map[byte]int64) int64 {
	most := int64(0)
	for _, v := range flavours {
		most = max(most, v)
	}
	if most == 0 {
		return 16
	}
	return most
}

type create struct {
	Spec   string       `json:"specversion"`
	ID     string       `json:"id"`
	Source string       `json:"source"`
	Type   string       `json:"type"`
	Time   string       `json:"time"`
	Data   createdEvent `json:"data"`
}

type createdEvent struct {
	Asset     string `json:"asset,omitempty"`
	Tenant    string `json:"tenant"`
	Action    string `json:"action,omitempty"`
	Flavour   string `json:"flavour,omitempty"`
	VCPUs     int64  `json:"vcpus,omitempty"`
	Region    string `json:"region,omitempty"`
	Principal string `json:"principal,omitempty"`
	Since     string `json:"since,omitempty"`
	Standing  string `json:"standing,omitempty"`
}

// inject writes the bursts as an input of their own.
func (f *BurstFigures) inject(b *bench, what Injection, from, until evenkeel.Moment, vcpus int64) error {
	out, err := b.create("hijacked.jsonl")
	if err != nil {
		return err
	}
	defer out.Close()
	b.telemetry = append(b.telemetry, out.Name())
	w := bufio.NewWriter(out)
	lines := json.NewEncoder(w)
	rnd := rand.New(rand.NewPCG(injectedSeed, 1))
	for i := range injected {
		tenant := fmt.Sprintf("%s%03d", hijackPrefix, i)
		size := int(math.Round(math.Exp(math.Log(injectedLeast) + rnd.Float64()*(math.Log(injectedMost)-math.Log(injectedLeast)))))
		at := from.Add(time.Duration(rnd.Int64N(int64(until.Sub(from)))))
		length := 2*time.Minute + time.Duration(rnd.Int64N(int64(7*time.Minute)))
		regions, each := 3+rnd.IntN(6), vcpus
		if what == Narrow {
			regions, each = 1, 2
		}
		err := lines.Encode(create{
			Spec: "1.0", ID: tenant, Source: "score", Type: "evenkeel.tenant.v1", Time: from.Add(-time.Hour).String(),
			Data: createdEvent{Tenant: tenant, Since: from.Add(-400 * 24 * time.Hour).String(), Standing: "invoiced"},
		})
		for n := 0; n < size && err == nil; n++ {
			id := fmt.Sprintf("%s-vm-%04d", tenant, n)
			err = lines.Encode(create{
				Spec: "1.0", ID: id, Source: "score", Type: "evenkeel.lifecycle.v1",
				Time: at.Add(length * time.Duration(n) / time.Duration(size)).String(),
				Data: createdEvent{
					Asset: id, Tenant: tenant, Action: "create", Flavour: "largest", VCPUs: each,
					Region: fmt.Sprintf("region-%d", n%regions), Principal: "stolen-key",
				},
			})
		}
		if err != nil {
			return err
		}
		f.Injected++
	}
	return w.Flush()
}

func (f *BurstFigures) count(found []evenkeel.Finding, middle evenkeel.Moment) {
	hit, alarmed := map[evenkeel.TenantID]bool{}, map[evenkeel.TenantID]bool{}
	for _, n := range found {
		t := n.Subject.Tenant
		switch {
		case n.Again:
		case strings.HasPrefix(string(t), hijackPrefix):
			if n.Revision == evenkeel.Final && !hit[t] {
				hit[t] = true
				f.Found++
			}
		case n.At >= middle && !alarmed[t]:
			alarmed[t] = true
			f.Alarms++
		}
	}
}

// eachCreate calls do with the tenant and time of each create of a converted file.
func eachCreate(path string, do func(tenant string, at evenkeel.Moment)) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := json.NewDecoder(bufio.NewReaderSize(in, 1<<20))
	for {
		var c create
		if err := lines.Decode(&c); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		at, err := evenkeel.ParseMoment(c.Time)
		if err != nil {
			return err
		}
		do(c.Data.Tenant, at)
	}
}

func span(path string) (first, last evenkeel.Moment, err error) {
	err = eachCreate(path, func(_ string, at evenkeel.Moment) {
		if first == 0 || at < first {
			first = at
		}
		last = max(last, at)
	})
	if err == nil && first == 0 {
		err = fmt.Errorf("%s holds no arrivals", path)
	}
	return first, last, err
}

// batchesAfter counts tenants with an arrival at or after a moment.
func batchesAfter(paths []string, middle evenkeel.Moment) (int, error) {
	var tenants []string
	for _, p := range paths {
		err := eachCreate(p, func(tenant string, at evenkeel.Moment) {
			if at >= middle && (len(tenants) == 0 || tenants[len(tenants)-1] != tenant) {
				tenants = append(tenants, tenant)
			}
		})
		if err != nil {
			return 0, err
		}
	}
	slices.Sort(tenants)
	return len(slices.Compact(tenants)), nil
}
