package watch

import (
	"io"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// A checkpoint is a stream of sections (instrument/section):
//
//	head  what it belongs to: digest of the rules, options that shape the state, how the
//	      rules are laid out; the engine's own numbers; how many of all that follows
//	part  64 times, a partition: per floor its subjects' bytes, their names and the bytes of
//	      their rare windows; the counter lines; the tenants' shares
//	time  per source, in the order of names: its clock, the tasks that are due, and the
//	      identities it sent; since version 2 also what it is like
//	base  the cohorts
//	held  the findings that await a tenancy, oldest first; since version 3 with where flows went
//
// What a map holds is written in the order of its keys. What the bytes of a window, an
// episode or a header mean belongs to the form: who changes that raises the version.
const (
	checkpointMagic   = "EKWC"
	checkpointVersion = 3
	checkpointOldest  = 1 // whose sources are learnt anew

	sectionHead = "head"
	sectionPart = "part"
	sectionTime = "time"
	sectionBase = "base"
	sectionHeld = "held"
)

// WriteTo writes the snapshot as a checkpoint, which Restore reads. Snapshots of equal state
// give equal bytes. It is for one goroutine; it may be called again.
func (s *Snapshot) WriteTo(out io.Writer) (int64, error) { return s.writeAs(checkpointVersion, out) }

func (s *Snapshot) writeAs(version uint32, out io.Writer) (int64, error) {
	w := section.NewWriter(out, checkpointMagic, version)
	w.Begin(sectionHead)
	s.writeHead(w)
	for i := range s.parts {
		w.Begin(sectionPart)
		s.parts[i].write(w)
	}
	var room []uint64 // in which one set of identities after the other is sorted
	for i := range s.clocks {
		w.Begin(sectionTime)
		if room = s.clocks[i].write(w, room); version > 1 {
			s.clocks[i].feed.Write(w)
		}
	}
	w.Begin(sectionBase)
	s.writeCohorts(w)
	w.Begin(sectionHeld)
	s.writeHeld(w, version)
	n, err := w.Close()
	if err != nil {
		return n, &evenkeel.Error{
			Kind: evenkeel.KindInternal, Says: "write checkpoint of the engine", Err: err,
			Hint: "See that there is room where checkpoints are kept. Until one is written, a restart reads the log from where the last one ends.",
		}
	}
	return n, nil
}

func (s *Snapshot) writeHead(w *section.Writer) {
	w.Text(s.rules)
	w.Uint64(uint64(s.opt.Lateness))
	w.Uint64(uint64(s.opt.Horizon))
	w.Uint64(s.opt.keyCheck())
	w.Uvarint(uint64(len(s.floors)))
	for _, f := range s.floors {
		f.plan().write(w)
	}
	w.Uint64(uint64(s.at.newest))
	w.Uvarint(uint64(s.at.swept))
	w.Uvarint(uint64(s.at.born))
	for _, n := range s.at.tally.counts() {
		w.Uvarint(*n)
	}
	w.Uvarint(s.dropped)
	w.Uvarint(uint64(len(s.clocks)))
}

// keyCheck tells one key from another and says nothing else of it.
func (o *Options) keyCheck() uint64 {
	h := siphash.New(o.Key)
	h.String("evenkeel checkpoint: which key is it?")
	return h.Sum()
}

// counts returns what is stored of a tally; Forgotten and Unhoused are counted elsewhere.
func (t *Tally) counts() []*uint64 {
	return []*uint64{
		&t.Records, &t.Counted, &t.Repeated, &t.Late, &t.Idle, &t.OverQuota, &t.Unusable, &t.Unknown, &t.Evaluated,
	}
}

// A plan is how a floor's subjects lie in memory.
type plan struct {
	kind           evenkeel.SubjectKind
	beat           time.Duration
	size, rareSize int
	rules          []planRule
	windows        []planWindow
}

type planRule struct {
	id, digest string
	episode    int
}

type planWindow struct {
	digest          uint64
	at, size, burst int
	rare            bool
}

func (f *floor) plan() plan {
	p := plan{kind: f.kind, beat: f.beat, size: f.size, rareSize: f.rareSize}
	for i := range f.rules {
		lr := &f.rules[i]
		p.rules = append(p.rules, planRule{id: lr.ID, digest: lr.Digest, episode: lr.episode})
	}
	for i := range f.windows {
		lw := &f.windows[i]
		p.windows = append(p.windows, planWindow{digest: lw.Digest, at: lw.at, size: lw.size, burst: lw.burst, rare: lw.rare})
	}
	return p
}

func (p plan) write(w *section.Writer) {
	w.Byte(byte(p.kind))
	w.Uint64(uint64(p.beat))
	w.Uvarint(uint64(p.size))
	w.Uvarint(uint64(p.rareSize))
	w.Uvarint(uint64(len(p.rules)))
	for _, r := range p.rules {
		w.Text(r.id)
		w.Text(r.digest)
		w.Uvarint(uint64(r.episode))
	}
	w.Uvarint(uint64(len(p.windows)))
	for _, v := range p.windows {
		w.Uint64(v.digest)
		w.Uvarint(uint64(v.at))
		w.Uvarint(uint64(v.size))
		w.Uvarint(uint64(v.burst))
		w.Bool(v.rare)
	}
}

func (m *partImage) write(w *section.Writer) {
	for i := range m.tables {
		m.tables[i].write(w)
	}
	m.lines.Write(w)
	w.Uvarint(uint64(m.swept))
	w.Uvarint(uint64(len(m.shares)))
	for i := range m.shares {
		h := &m.shares[i]
		w.Uvarint(uint64(h.subjects))
		w.Uvarint(uint64(h.lines))
		w.Text(string(h.tenant))
	}
	w.Uvarint(uint64(len(m.free)))
	for _, i := range m.free {
		w.Uvarint(uint64(i))
	}
}

func (m *tableImage) write(w *section.Writer) {
	m.keys.Write(w)
	m.keys.Each(func(_ uint64, ref uint32, _ []byte) {
		name, _ := m.names.bytes(ref)
		w.Uvarint(uint64(len(name)))
		w.Bytes(name)
	})
	w.Uvarint(uint64(m.swept))
	if m.rare != nil {
		m.rare.Write(w)
	}
}

func (m *clockImage) write(w *section.Writer, room []uint64) []uint64 {
	w.Text(m.source)
	w.Uint64(uint64(m.newest))
	w.Uint64(uint64(m.mark))
	w.Uint64(uint64(m.asked))
	w.Uvarint(uint64(len(m.due)))
	for i := range m.due {
		w.Uint64(uint64(m.due[i].at))
		writeTasks(w, m.due[i].bursts)
		writeTasks(w, m.due[i].closes)
	}
	for _, s := range m.seen {
		if w.Bool(s != nil); s != nil {
			room = s.Write(w, room)
		}
	}
	return room
}

// writeTasks writes tasks in their order: it decides between those of one beat.
func writeTasks(w *section.Writer, list []task) {
	w.Uvarint(uint64(len(list)))
	for _, t := range list {
		w.Byte(t.floor)
		w.Byte(t.part)
		w.Uvarint(uint64(t.ref))
		w.Uvarint(uint64(t.beat))
		w.Uvarint(uint64(t.born))
	}
}

func (s *Snapshot) writeCohorts(w *section.Writer) {
	w.Uvarint(uint64(len(s.cohorts)))
	for i := range s.cohorts {
		c := &s.cohorts[i]
		w.Uint64(c.key.window)
		w.Text(c.key.group)
		for _, b := range [...][]byte{c.counts, c.sums} {
			w.Uvarint(uint64(len(b)))
			w.Bytes(b)
		}
	}
}

// writeHeld writes held findings without what their rule says of their slots.
func (s *Snapshot) writeHeld(w *section.Writer, version uint32) {
	w.Uvarint(uint64(len(s.held)))
	for i := range s.held {
		n := &s.held[i]
		w.Text(n.lr.ID)
		w.Text(string(n.ID))
		w.Byte(byte(n.Revision))
		w.Text(string(n.Subject.Asset))
		for _, at := range [...]evenkeel.Moment{n.Subject.Since, n.From, n.Until, n.At} {
			w.Uint64(uint64(at))
		}
		w.Text(n.Held)
		w.Uvarint(uint64(len(n.Panes)))
		for j := range n.Panes {
			writeSeries(w, &n.Panes[j])
		}
		w.Uvarint(uint64(len(n.slots)))
		for _, v := range n.slots {
			writeValue(w, v)
		}
		if version > 2 {
			writeAims(w, n.Aims)
		}
	}
}
