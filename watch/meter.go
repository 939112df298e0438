package watch

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
)

// A reading is what a usage record adds to windows, in whole numbers, so that no order of
// arrival changes a sum.
type reading struct {
	micro  int64   // millionths of a CPU share
	weight uint32  // how many readings the share counts for
	amount uint32  // bytes in KiB; of a port, what else it counts
	raw    float64 // what was told, bytes for each second
}

// A counter line's last reading: the counter as float64, when it was read, and the share that
// the line counts towards.
const lineBytes = 20

// longestGap is the longest time between two readings of a counter over which a rate is
// taken. Beyond it the mean would say nothing about when.
const longestGap = 15 * time.Minute

// meter turns a usage record into a reading: counters into what was added since the last
// one, states into the busy share. The fate is counted, or why the record says nothing.
//
// The busy share of a pane is the sum of these readings over their weights. A line of the
// idle state counts 1 − idle with weight 1, iowait −iowait with weight 0; where no idle is
// told, user counts its share with weight 1 and every other busy state with weight 0.
func (e *Engine) meter(p *partition, hold *evenkeel.Holding, r *evenkeel.Record) (in reading, became fate) {
	value, span := r.Value, r.Span()
	if evenkeel.Form(r.Form) == evenkeel.FormCumulative {
		if value, span, became = e.since(p, hold, r); became != counted {
			return in, became
		}
	}
	switch evenkeel.Meter(r.Op) {
	case evenkeel.MeterNetwork, evenkeel.MeterDisk:
		in.amount = whole(value / kibibyte)
		if in.raw = value; span > 0 {
			in.raw = value / span.Seconds()
		}
		return in, counted
	case evenkeel.MeterReflectedOut, evenkeel.MeterReflectedIn:
		in.amount = whole(value / kibibyte)
		return in, counted
	case evenkeel.MeterPort:
		return portReading(evenkeel.Part(r.Part), value)
	case evenkeel.MeterSite:
		return siteReading(evenkeel.Part(r.Part), value)
	case evenkeel.MeterCPUTime:
		if span <= 0 {
			return in, unusable
		}
		value /= span.Seconds()
	}
	if evenkeel.Meter(r.Op) == evenkeel.MeterCPUCores || evenkeel.Meter(r.Op) == evenkeel.MeterCPUTime && r.Count == 0 {
		// One line for all CPUs: a share of the asset needs to know how many it has.
		if hold == nil || !hold.VCPUs.Known() || hold.VCPUs.Value <= 0 {
			return in, unusable
		}
		value /= float64(hold.VCPUs.Value)
	}
	in, became = cpuShare(evenkeel.Part(r.Part), value)
	in.raw = value
	return in, became
}

// portReading is what a part of a port's meter adds up.
func portReading(part evenkeel.Part, value float64) (in reading, became fate) {
	switch part {
	case evenkeel.PartBytesOut, evenkeel.PartBytesIn, evenkeel.PartTopBytes:
		in.amount = whole(value / kibibyte)
	case evenkeel.PartMining:
		in.micro, in.weight = int64(math.Round(float64(min(max(value, 0), 1)*1e6))), 1
	default:
		if part < evenkeel.PartPacketsOut || part > evenkeel.PartProbed {
			return in, unusable
		}
		in.amount = whole(value)
	}
	return in, counted
}

// siteReading is what a part of a site's meter adds up.
func siteReading(part evenkeel.Part, value float64) (in reading, became fate) {
	switch {
	case part == evenkeel.PartSiteBytes:
		in.amount = whole(value / kibibyte)
	case part < evenkeel.PartVisits || part > evenkeel.PartAtPage:
		return in, unusable
	default:
		in.amount = whole(value)
	}
	return in, counted
}

// whole is an amount as windows add it up.
func whole(v float64) uint32 { return uint32(min(math.Round(max(v, 0)), math.MaxUint32)) }

// cpuShare is the reading of one state's share of a CPU. A state that this version does not
// know says nothing.
func cpuShare(part evenkeel.Part, value float64) (reading, fate) {
	micro := int64(math.Round(float64(min(max(value, -1.05), 1.05) * 1e6)))
	switch part {
	case evenkeel.PartIdle:
		return reading{micro: 1e6 - micro, weight: 1}, counted
	case evenkeel.PartIOWait:
		return reading{micro: -micro}, counted
	case evenkeel.PartBusy:
		return reading{micro: micro}, counted
	case evenkeel.PartWhole, evenkeel.PartUser:
		return reading{micro: micro, weight: 1}, counted
	}
	return reading{}, unusable
}

// since returns what a counter gained since its last reading and over which time. A first
// reading, one older than the newest, one across too long a gap, and one across a change of
// hands say nothing. A counter that fell, or that began anew, counts from its own start where
// that is told.
func (e *Engine) since(p *partition, hold *evenkeel.Holding, r *evenkeel.Record) (gain float64, span time.Duration, became fate) {
	line, _, known := p.lines.Get(r.Line)
	if !known {
		return 0, 0, p.newLine(hold, r)
	}
	le := binary.LittleEndian
	was, at := math.Float64frombits(le.Uint64(line)), evenkeel.Moment(le.Uint64(line[8:]))
	if r.At <= at {
		return 0, 0, late
	}
	setLine(line, r)
	gain, span = r.Value-was, r.At.Sub(at)
	if gain < 0 || r.Since > at { // reset
		gain, span = r.Value, r.Span()
	}
	if span <= 0 || span > longestGap || hold != nil && r.At.Add(-span) < hold.From {
		return 0, 0, idle
	}
	return gain, span, counted
}

// newLine keeps the first reading of a counter line.
func (p *partition) newLine(hold *evenkeel.Holding, r *evenkeel.Record) fate {
	tenant := evenkeel.TenantID("")
	if hold != nil {
		tenant = hold.Tenant
	}
	share, room := p.shares.takeLine(tenant)
	if !room {
		return overQuota
	}
	line, _, _, room := p.lines.Put(r.Line)
	if !room {
		p.shares.giveLine(share)
		return overQuota
	}
	setLine(line, r)
	binary.LittleEndian.PutUint32(line[16:], share)
	return idle
}

// shareOf is the share that a line counts towards.
func shareOf(line []byte) uint32 { return binary.LittleEndian.Uint32(line[16:]) }

func setLine(line []byte, r *evenkeel.Record) {
	binary.LittleEndian.PutUint64(line, math.Float64bits(r.Value))
	binary.LittleEndian.PutUint64(line[8:], uint64(r.At))
}

// sweepLines looks at a few counter lines and evicts those that have ended.
func (p *partition) sweepLines(now uint32) {
	p.lines.Scan(&p.swept, sweepEach, func(ref uint32, line []byte) {
		at := seconds(evenkeel.Moment(binary.LittleEndian.Uint64(line[8:])))
		if now-min(now, at) > lineMemory {
			p.shares.giveLine(shareOf(line))
			p.lines.Delete(p.lines.KeyAt(ref))
		}
	})
}

// seconds is a moment in whole seconds, cut to 32 bits: good until 2106.
func seconds(m evenkeel.Moment) uint32 {
	return uint32(min(max(int64(m)/int64(time.Second), 0), math.MaxUint32))
}
