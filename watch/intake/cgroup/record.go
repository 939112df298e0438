package cgroup

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// Source makes the records of one host. Metrics have the names of OpenTelemetry's conventions, under which the
// same readings come from others.
type Source struct {
	ids intake.Identities
}

// NewSource returns one. The key has to stay the same for as long as repeats are to be recognised.
func NewSource(key siphash.Key, name string) *Source {
	return &Source{ids: intake.NewIdentities(key, name)}
}

// Add appends what a group used: CPU seconds of all its CPUs together, bytes read and written.
func (s *Source) Add(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment, r *Reading) {
	if r.CPUSeconds != nil {
		s.add(b, evenkeel.Usage{At: at, Asset: asset, Meter: evenkeel.MeterCPUTime, Value: *r.CPUSeconds}, "container.cpu.usage.total", 0)
	}
	if r.Read != nil {
		s.add(b, evenkeel.Usage{At: at, Asset: asset, Meter: evenkeel.MeterDisk, Part: evenkeel.PartRead, Value: float64(*r.Read)}, "container.disk.io", 0)
	}
	if r.Written != nil {
		s.add(b, evenkeel.Usage{At: at, Asset: asset, Meter: evenkeel.MeterDisk, Part: evenkeel.PartWrite, Value: float64(*r.Written)}, "container.disk.io", 0)
	}
}

// AddCPUs appends what the CPUs of a machine did: idle and waiting time of each, from which what was wanted follows; what was
// stolen was wanted.
func (s *Source) AddCPUs(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment, cpus []CPU) {
	for _, c := range cpus {
		u := evenkeel.Usage{At: at, Asset: asset, Meter: evenkeel.MeterCPUTime, Part: evenkeel.PartIdle, PerCPU: true, Value: float64(c.Idle) / 100}
		s.add(b, u, "system.cpu.time", uint64(c.Number)+1)
		u.Part, u.Value = evenkeel.PartIOWait, float64(c.IOWait)/100
		s.add(b, u, "system.cpu.time", uint64(c.Number)+1)
	}
}

func (s *Source) add(b *evenkeel.Batch, u evenkeel.Usage, metric string, which uint64) {
	line := s.ids.Line(string(u.Asset), metric, which)
	line.Uint64(uint64(u.Part))
	u.Line, u.Form = line.Sum(), evenkeel.FormCumulative
	u.ID = s.ids.Point(u.Line, u.At)
	b.AddUsage(u)
}
