package watch

// Footprint is what the engine's state takes, in bytes unless said otherwise.
type Footprint struct {
	Subjects   int // live subjects, of all kinds
	State      int // windows, episodes and their index
	Names      int // of subjects
	Lines      int // counter lines: how many
	LineBytes  int
	Identities int // remembered: how many
	SeenBytes  int
	Tasks      int // looks planned for when panes close: how many
	TaskBytes  int
}

// Footprint measures the state.
func (e *Engine) Footprint() (f Footprint) {
	for i := range e.parts {
		p := &e.parts[i]
		f.Lines += p.lines.Len()
		f.LineBytes += p.lines.Bytes()
		for _, t := range p.tables {
			f.Subjects += t.keys.Len()
			f.State += t.keys.Bytes()
			if t.rare != nil {
				f.State += t.rare.Bytes()
			}
			f.Names += cap(t.names.text) + 4*cap(t.names.at)
		}
	}
	for _, c := range e.clocks {
		for _, s := range c.seen {
			if s != nil {
				f.Identities += s.Len()
				f.SeenBytes += s.Bytes()
			}
		}
		for _, b := range c.due {
			f.Tasks += len(b.bursts) + len(b.closes)
			f.TaskBytes += 16 * (cap(b.bursts) + cap(b.closes))
		}
	}
	return f
}
