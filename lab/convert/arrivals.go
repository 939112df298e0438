package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// arrivalsForm reads creations: a line is seconds since the start of the trace and the
// flavours that arrived since the line before, each tenant's ended by "|". The same tenant
// is not known again in another line, so each batch is a tenant of its own.
type arrivalsForm struct {
	clock    clock
	flavours map[byte]int64 // vCPUs by letter; may be nil
	name     string         // of tenants and machines: the asset option, else the file's name

	files  map[string]string // by prefix
	prefix string
	epoch  evenkeel.Moment
	before int64 // seconds, of the line before
	number int   // of the line with a time
	made   []arrival
}

type arrival struct {
	at            evenkeel.Moment
	tenant, asset string
	flavour       byte
}

const (
	arrivalsBin = 300 // seconds of a line
	// arrivalsEpoch is where a trace begins unless --start says otherwise: 2017-01-01.
	arrivalsEpoch evenkeel.Moment = 1_483_228_800 * 1e9
	arrivalRegion                 = "r1"
	arrivalOwner                  = "owner"
)

func (f *arrivalsForm) begin(file string) error {
	f.before, f.number, f.made = 0, 0, f.made[:0]
	f.epoch = cmp.Or(f.clock.start, arrivalsEpoch).Add(f.clock.shift)
	if f.prefix = f.name; f.prefix == "" {
		if file == "-" {
			return evenkeel.Invalid("convert standard input: nothing names the tenants; expected --asset")
		}
		f.prefix = baseName(file)
	}
	if !intake.Sane(f.epoch) {
		return evenkeel.Invalid("convert %s: the trace would begin at %s; expected 1971 to 2199", file, f.epoch)
	}
	if len(f.prefix) > evenkeel.MaxID/2 {
		return evenkeel.Invalid("convert %s: the name has %d bytes; expected at most %d", file, len(f.prefix), evenkeel.MaxID/2)
	}
	if before, ok := f.files[f.prefix]; ok {
		return evenkeel.Invalid("convert %s: its tenants would be named %s-…, as those of %s are; expected files of different names, "+
			"or one at a time, each with its own --asset", file, f.prefix, before)
	}
	if f.files == nil {
		f.files = map[string]string{}
	}
	f.files[f.prefix] = file
	return checkAsset(f.prefix)
}

func (f *arrivalsForm) line(c *Converter, text string) error {
	c.summary.Rows++
	clockCell, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	seconds, err := strconv.ParseInt(clockCell, 10, 64)
	switch {
	case err != nil || seconds < 0 || seconds > 100*366*86400:
		return evenkeel.Invalid("%.40q: expected seconds since the start, such as 300 g,|,b,m,|", clockCell)
	case f.number > 0 && seconds <= f.before:
		return evenkeel.Invalid("%d seconds after %d; expected times that go forward", seconds, f.before)
	}
	batches, err := parseBatches(rest)
	if err != nil {
		return err
	}
	bin := int64(arrivalsBin)
	if f.number > 0 {
		bin = min(bin, seconds-f.before)
	}
	f.before = seconds
	f.number++
	return f.write(c, batches, f.epoch.Add(time.Duration(seconds-bin)*time.Second), time.Duration(bin)*time.Second)
}

// parseBatches reads "g,|,b,m,|". The last batch may lack its end.
func parseBatches(s string) ([][]byte, error) {
	var out [][]byte
	var batch []byte
	for cell := range strings.SplitSeq(s, ",") {
		cell = strings.TrimSpace(cell)
		switch {
		case cell == "":
		case cell == "|":
			if len(batch) > 0 {
				out = append(out, batch)
			}
			batch = nil
		case len(cell) == 1 && isLetter(cell[0]):
			batch = append(batch, cell[0])
		default:
			return nil, evenkeel.Invalid("%.40q: expected a flavour's letter or |", cell)
		}
	}
	if len(batch) > 0 {
		out = append(out, batch)
	}
	return out, nil
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// write spreads the arrivals of a line over its time, each to its own millisecond drawn
// from its place in the file, and writes them in order of time.
func (f *arrivalsForm) write(c *Converter, batches [][]byte, from evenkeel.Moment, width time.Duration) error {
	f.made = f.made[:0]
	for i, batch := range batches {
		tenant := fmt.Sprintf("%s-%d-%d", f.prefix, f.before, i+1)
		first := from.Add(width)
		for j, flavour := range batch {
			draw := mix(mix(mix(uint64(f.before))^uint64(i)) ^ uint64(j))
			at := from.Add(time.Duration(1+draw%uint64(width/time.Millisecond)) * time.Millisecond)
			first = min(first, at)
			f.made = append(f.made, arrival{at: at, tenant: tenant, asset: fmt.Sprintf("%s-%d", tenant, j+1), flavour: flavour})
		}
		if c.inventory != nil {
			if err := c.inventory.tenant(tenant, first); err != nil {
				return fatal{err}
			}
		}
	}
	slices.SortStableFunc(f.made, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	for i := range f.made {
		a := &f.made[i]
		c.summary.Events++
		if err := writeEvent(c.out, "evenkeel.lifecycle.v1", a.asset, a.at, createData{
			Asset: a.asset, Tenant: a.tenant, Action: evenkeel.ActionCreate.String(), Flavour: string(a.flavour),
			VCPUs: f.flavours[a.flavour], Region: arrivalRegion, Principal: arrivalOwner,
		}); err != nil {
			return fatal{err}
		}
	}
	return nil
}

// mix is the finalizer of SplitMix64: every bit of the input moves half of the output's.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
