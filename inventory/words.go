package inventory

import "strings"

// words keeps one copy of each text and of each make of machine, so that the batches they
// came in can be freed and a fleet of equal machines shares them. When it is full it
// forgets all: the only loss is some sharing.
type words struct {
	texts map[string]string
	makes map[made]*made
}

const maxWords = 1 << 16

func newWords() words { return words{texts: map[string]string{}, makes: map[made]*made{}} }

func (w *words) text(s string) string {
	if t, ok := w.texts[s]; ok {
		return t
	}
	if len(w.texts) >= maxWords {
		clear(w.texts)
	}
	s = strings.Clone(s)
	w.texts[s] = s
	return s
}

func (w *words) make(m made) *made {
	if p, ok := w.makes[m]; ok {
		return p
	}
	if len(w.makes) >= maxWords {
		clear(w.makes)
	}
	p := &made{w.text(m.flavour), w.text(m.image), w.text(m.startScript), w.text(m.region), w.text(m.principal)}
	w.makes[*p] = p
	return p
}
