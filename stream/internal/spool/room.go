package spool

import (
	"os"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/whole"
)

// makeRoom lets the files shrink until so many bytes fit, or nothing is left to shrink.
func (s *Spool) makeRoom(need int64) {
	for s.bytes+need > s.o.MaxBytes && s.shrink() {
	}
}

// shrink gives room once: it merges the oldest segment that has not been merged yet, and where there is
// none it drops the oldest. A disk that has no room for what is merged, beside what it is merged from, costs
// the oldest segment too.
func (s *Spool) shrink() bool {
	for dropped := false; len(s.segments) > 0; {
		i := slices.IndexFunc(s.segments, func(g *segment) bool { return !g.merged })
		if i < 0 {
			if !dropped {
				s.dropOldest()
			}
			return true
		}
		g, before := s.segments[i], s.bytes
		if s.file != nil && g == s.last() {
			if s.seal(); s.last() != g {
				return true // it held nothing
			}
		}
		full := s.merge(g)
		switch {
		case s.bytes < before, full && dropped:
			return true
		case full:
			s.dropOldest()
			dropped = true
		}
	}
	return false
}

// dropOldest loses a segment, and says so.
func (s *Spool) dropOldest() {
	if len(s.segments) == 1 {
		s.seal()
	}
	if len(s.segments) == 0 {
		return
	}
	g := s.segments[0]
	records := uint64(0)
	for _, p := range g.entries {
		records += uint64(p.records)
	}
	s.stats.Dropped += uint64(len(g.entries))
	s.stats.DroppedRecords += records
	s.o.Logger.Warn("the buffer is full: the oldest entries are lost", "entries", len(g.entries), "records", records,
		"hint", "the link to control is down for long; let it have more room, or mend the link")
	s.remove(0)
}

// merge makes a sealed segment as short as Merge can, and lets go of what has arrived. Entries that may
// have been sent stay as they are. full says that the disk had no room for the shorter one beside it.
func (s *Spool) merge(g *segment) (full bool) {
	g.merged = true
	data, err := os.ReadFile(s.path(g))
	if err != nil {
		s.o.Logger.Warn("merge a file of the buffer", "file", s.path(g), "err", err)
		return false
	}
	w := &merger{join: s.o.Merge, out: appendHeader(make([]byte, 0, len(data)), g.boot)}
	for _, p := range g.entries {
		end := p.at + p.bytes()
		if end > int64(len(data)) {
			continue
		}
		if size, ok := entryAt(data, int(p.at)); !ok || int64(size) != p.bytes() {
			continue
		}
		w.add(p, data[p.at+frameBytes:end], position{g.number, p.seq}.after(s.sent))
	}
	w.flush()
	lost := len(g.entries) - len(w.entries) - w.merged
	if int64(len(w.out)) >= g.size {
		return false // nothing is won, and nothing changes
	}
	if err := whole.Write(s.path(g), w.out, 0o600); err != nil {
		s.o.Logger.Warn("merge a file of the buffer", "file", s.path(g), "err", err)
		g.merged = !noSpace(err)
		return noSpace(err)
	}
	step("segment merged")
	s.stats.Merged += uint64(w.merged)
	s.stats.Damaged += uint64(lost)
	s.bytes += int64(len(w.out)) - g.size
	g.size, g.entries = int64(len(w.out)), w.entries
	return false
}

// merger writes the entries of a segment again, neighbours joined.
type merger struct {
	join    func(older, newer []byte) ([]byte, uint32, bool)
	out     []byte
	entries []place
	merged  int

	held   place // not written yet
	data   []byte
	unsent bool
	some   bool
}

// add takes the next entry. Two become one under the name of the newer.
func (w *merger) add(p place, data []byte, unsent bool) {
	if w.some && w.unsent && unsent && w.join != nil {
		both, records, ok := w.join(w.data, data)
		if ok && len(both) < len(w.data)+len(data) && len(both) <= MaxEntry {
			w.held.seq, w.held.records, w.data = p.seq, records, both
			w.merged++
			return
		}
	}
	w.flush()
	w.held, w.data, w.unsent, w.some = p, data, unsent, true
}

func (w *merger) flush() {
	if !w.some {
		return
	}
	at := int64(len(w.out))
	w.out = appendEntry(w.out, w.held.seq, w.held.records, w.data)
	w.entries = append(w.entries, place{seq: w.held.seq, at: at, size: uint32(len(w.data)), records: w.held.records})
	w.some = false
}

// noSpace says whether the operating system had no room for a write: the disk, a quota or a limit of the
// process.
func noSpace(err error) bool {
	for _, sign := range [...]string{"no space left", "disk quota exceeded", "file too large"} {
		if strings.Contains(err.Error(), sign) {
			return true
		}
	}
	return false
}
