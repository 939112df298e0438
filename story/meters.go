package story

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// cpu tells how busy CPUs are, as a collector does: the idle and the iowait share, of all
// CPUs of the machine together or of each.
func (s *stage) cpu(l *line) error {
	busy, err := parseShare(l.words[1])
	if err != nil {
		return err
	}
	wobble, iowait, cpus := 0.0, 0.0, int64(0)
	if err := arg(l, "wobble", parseShare, &wobble); err != nil {
		return err
	}
	if err := arg(l, "iowait", parseShare, &iowait); err != nil {
		return err
	}
	if err := arg(l, "cpus", parseCount, &cpus); err != nil {
		return err
	}
	if busy+iowait > 1 || cpus > 1024 {
		return evenkeel.Invalid("busy %s with iowait=%s and cpus=%d; expected shares that sum to at most 100%%, and at most 1024 CPUs",
			l.words[1], l.args["iowait"], cpus)
	}
	return s.repeat(l, func(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment) {
		for cpu := range max(cpus, 1) {
			metric := fmt.Sprintf("cpu %d", cpu)
			u := evenkeel.Usage{
				At: at, Asset: asset, Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge,
				Part: evenkeel.PartIdle, PerCPU: cpus > 0,
			}
			u.Value = max(0, 1-min(vary(busy, wobble, string(asset)+metric, at), 1-iowait)-iowait)
			s.usage(b, u, metric+" idle")
			u.Part, u.Value = evenkeel.PartIOWait, iowait
			s.usage(b, u, metric+" iowait")
		}
	})
}

// vary returns a value that wobbles by at most so much, not below zero.
func vary(value, by float64, name string, at evenkeel.Moment) float64 {
	return max(0, value+float64(by*(float64(2*chance(name, at))-1)))
}

func (s *stage) network(l *line) error {
	return s.bytes(l, evenkeel.MeterNetwork, map[string]evenkeel.Part{"out": evenkeel.PartTransmit, "in": evenkeel.PartReceive}, "out or in")
}

func (s *stage) disk(l *line) error {
	return s.bytes(l, evenkeel.MeterDisk, map[string]evenkeel.Part{"read": evenkeel.PartRead, "write": evenkeel.PartWrite}, "read or write")
}

// bytes tells what came in each interval of the line's rhythm, at its end.
func (s *stage) bytes(l *line, meter evenkeel.Meter, parts map[string]evenkeel.Part, expected string) error {
	part, ok := parts[l.words[1]]
	if !ok {
		return evenkeel.Invalid("%s %q; expected %s", l.verb.name, l.words[1], expected)
	}
	rate, err := parseRate(l.words[2])
	if err != nil {
		return err
	}
	wobble := 0.0
	if err := arg(l, "wobble", parseShare, &wobble); err != nil {
		return err
	}
	r, err := l.rhythm()
	if err == nil && r.every == 0 {
		err = evenkeel.Invalid("%s without its rhythm; expected: %s", l.verb.name, l.verb.form)
	}
	if err != nil {
		return err
	}
	metric := l.verb.name + " " + l.words[1]
	return s.repeat(l, func(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment) {
		end := at.Add(r.every)
		perSecond := vary(rate, float64(rate*wobble), string(asset)+metric, end)
		s.usage(b, evenkeel.Usage{
			At: end, Since: at, Asset: asset, Meter: meter, Part: part, Form: evenkeel.FormDelta,
			Value: float64(perSecond * r.every.Seconds()),
		}, metric)
	})
}

// usage sends a reading of a metric under the identity that an intake would give it.
func (s *stage) usage(b *evenkeel.Batch, u evenkeel.Usage, metric string) {
	ids := intake.NewIdentities(siphash.Key{}, s.source)
	line := ids.Line(string(u.Asset), metric, 0)
	u.Line = line.Sum()
	u.ID = ids.Point(u.Line, u.At)
	b.AddUsage(u)
	s.send(b)
}
