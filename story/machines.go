package story

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/evenkeel/evenkeel"
)

// machine returns the function of a verb that tells what happened to machines.
func machine(action evenkeel.Action) func(*stage, *line) error {
	return func(s *stage, l *line) error { return s.machines(l, action) }
}

func (s *stage) machines(l *line, action evenkeel.Action) error {
	assets, err := expandNames(l.words[0])
	if err != nil {
		return err
	}
	if _, err := l.need("tenant"); err != nil {
		return err
	}
	tenants, err := l.names("tenant", len(assets))
	if err != nil {
		return err
	}
	principals, err := l.names("principal", len(assets))
	if err != nil {
		return err
	}
	e := evenkeel.Lifecycle{
		Action: action, Flavour: l.args["flavour"], Image: l.args["image"],
		StartScript: digest(l.args["script"]), Region: l.args["region"],
	}
	if err := arg(l, "vcpus", parseCount, &e.VCPUs); err != nil {
		return err
	}
	every := time.Duration(0)
	if err := arg(l, "every", parseSpan, &every); err != nil {
		return err
	}
	b := s.batch()
	for i, a := range assets {
		e.At, e.ID = s.clock.Add(time.Duration(i)*every), s.eventID()
		e.Asset, e.Tenant, e.Principal = evenkeel.AssetID(a), evenkeel.TenantID(tenants(i)), principals(i)
		b.AddLifecycle(e)
		s.send(b)
	}
	return nil
}

// digest is a start script's SHA-256: the text itself where it is one, else the text's.
func digest(script string) string {
	if raw, err := hex.DecodeString(script); script == "" || err == nil && len(raw) == sha256.Size {
		return script
	}
	sum := sha256.Sum256([]byte(script))
	return hex.EncodeToString(sum[:])
}

func (s *stage) flow(l *line) error {
	f := evenkeel.Flow{App: l.args["app"], Name: l.args["name"], Packets: 40, Bytes: 9000}
	var err error
	if f.Direction, err = evenkeel.ParseDirection(l.words[1]); err != nil {
		return err
	}
	if f.Remote, f.Port, f.Protocol, err = parseEnd(l.words[2]); err != nil {
		return err
	}
	if err := arg(l, "packets", parseCount, &f.Packets); err != nil {
		return err
	}
	if err := arg(l, "bytes", parseCount, &f.Bytes); err != nil {
		return err
	}
	return s.repeat(l, func(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment) {
		f.At, f.ID, f.Asset = at, s.eventID(), asset
		b.AddFlow(f)
		s.send(b)
	})
}

func (s *stage) hostEvent(l *line) error {
	return s.repeat(l, func(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment) {
		b.AddHostEvent(evenkeel.HostEvent{
			At: at, ID: s.eventID(), Asset: asset, What: l.words[1], Name: l.args["name"], SHA256: l.args["sha256"],
		})
		s.send(b)
	})
}

func (s *stage) report(l *line) error {
	p := evenkeel.Report{Kind: l.words[1], Class: l.args["class"], Reporter: l.args["reporter"], Count: 1}
	if err := arg(l, "incidents", parseCount, &p.Count); err != nil {
		return err
	}
	return s.repeat(l, func(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment) {
		p.At, p.ID, p.Asset = at, s.eventID(), asset
		b.AddReport(p)
		s.send(b)
	})
}

// repeat calls say for every asset that the line names, at the clock or in the line's
// rhythm, from the clock on.
func (s *stage) repeat(l *line, say func(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment)) error {
	assets, err := expandNames(l.words[0])
	if err != nil {
		return err
	}
	r, err := l.rhythm()
	if err != nil {
		return err
	}
	if r.times() > mostRecords/len(assets) {
		return evenkeel.Invalid("the story has more than %d records", mostRecords)
	}
	b := s.batch()
	for i := range r.times() {
		for _, a := range assets {
			say(b, evenkeel.AssetID(a), s.clock.Add(time.Duration(i)*r.every))
			if err := s.full(); err != nil {
				return err
			}
		}
	}
	return nil
}
