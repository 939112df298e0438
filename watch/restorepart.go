package watch

import (
	"math"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
	"github.com/evenkeel/evenkeel/watch/internal/keyed"
)

// partition reads a partition.
func (l *loader) partition(i int) {
	p, most := &l.e.parts[i], perPartition(l.e.opt.Subjects)
	for n, f := range l.head.floors {
		t := readTable(l.r, f.size, f.rareSize, most)
		switch {
		case l.moves == nil:
			p.tables[n] = t
		case l.moves[n] != nil:
			l.moves[n].subjects(i, t, p)
		}
	}
	p.lines, p.swept = keyed.Read(l.r, lineBytes, perPartition(l.e.opt.Lines)), readUint32(l.r)
	p.shares.read(l.r)
	if found := p.recount(l.r); l.moves != nil {
		p.shares.settleAll(found)
	} else {
		p.shares.check(l.r, found)
	}
}

// readTable reads the subjects of a floor in one partition.
func readTable(r *section.Reader, size, rareSize, most int) *table {
	t := &table{keys: keyed.Read(r, size, most)}
	rare := 0
	t.keys.Each(func(_ uint64, ref uint32, rec []byte) bool {
		t.names.set(ref, r.Text(mostText))
		if head(rec).hasRare() {
			rare++
		}
		return r.Err() == nil
	})
	t.swept = readUint32(r)
	if rareSize == 0 {
		if rare > 0 {
			r.Fail("%d subjects have rare windows; expected none", rare)
		}
		return t
	}
	t.rare = keyed.Read(r, rareSize, most)
	t.keys.Each(func(key uint64, _ uint32, rec []byte) bool {
		if _, _, ok := t.rare.Get(key); ok != head(rec).hasRare() {
			r.Fail("a subject and its rare windows do not know of each other")
		}
		return r.Err() == nil
	})
	if t.rare.Len() != rare {
		r.Fail("%d subjects have rare windows; expected %d", t.rare.Len(), rare)
	}
	return t
}

// read reads shares. Whether they count what there is, recount says.
func (s *shares) read(r *section.Reader) {
	for range r.Count(math.MaxInt32) {
		h := share{subjects: r.Count(math.MaxInt32), lines: r.Count(math.MaxInt32)}
		h.tenant = evenkeel.TenantID(r.Text(mostText))
		if r.Err() != nil {
			return
		}
		if h.subjects+h.lines > 0 {
			if _, twice := s.index[h.tenant]; twice {
				r.Fail("tenant %q has two shares", h.tenant)
			}
			s.index[h.tenant] = uint32(len(s.list))
		}
		s.list = append(s.list, h)
	}
	for range r.Count(len(s.list)) {
		if i := uint32(r.Count(max(len(s.list), 1) - 1)); r.Err() == nil {
			s.free = append(s.free, i)
		}
	}
}

// recount counts what there is of each share.
func (p *partition) recount(r *section.Reader) []share {
	found, strays := make([]share, len(p.shares.list)), share{}
	of := func(i uint32) *share {
		if int64(i) < int64(len(found)) {
			return &found[i]
		}
		return &strays
	}
	for _, t := range p.tables {
		t.keys.Each(func(_ uint64, _ uint32, rec []byte) bool { of(head(rec).share()).subjects++; return true })
	}
	p.lines.Each(func(_ uint64, _ uint32, line []byte) bool { of(shareOf(line)).lines++; return true })
	if strays.subjects+strays.lines > 0 {
		r.Fail("%d subjects and %d lines are of no share", strays.subjects, strays.lines)
	}
	return found
}

// check compares what shares count with what was found, and those that are free with those
// that count nothing.
func (s *shares) check(r *section.Reader, found []share) {
	empty, free := 0, map[uint32]bool{}
	for i, h := range s.list {
		if f := found[i]; h.subjects != f.subjects || h.lines != f.lines {
			r.Fail("share %d counts %d subjects and %d lines; there are %d and %d", i, h.subjects, h.lines, f.subjects, f.lines)
		}
		if h.subjects+h.lines == 0 {
			empty++
		}
	}
	for _, i := range s.free {
		if h := s.list[i]; h.subjects+h.lines > 0 || free[i] {
			r.Fail("share %d is free twice, or counts something", i)
		}
		free[i] = true
	}
	if len(free) != empty {
		r.Fail("%d shares are free; %d count nothing", len(free), empty)
	}
}
