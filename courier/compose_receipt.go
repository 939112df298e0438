package courier

// received says whether a notice is the receipt of an appeal.
func (t *telling) received() bool { return t.n.Receipt != "" }

// decides says by when a person decides on the appeal, and where none is heard after it.
func (t *telling) decides() string {
	words := t.p.lead.decides
	if t.n.Solo {
		words = t.p.lead.soloDecides
	}
	says := fill(words, t.p.by(t.n.PersonBy, t.n.At))
	if t.n.LastAppeal {
		says = t.p.sentences(says, t.p.lead.lastOne)
	}
	return says
}
