package courier

// received says whether a notice is the receipt of an appeal.
func (t *telling) received() bool { return t.n.Receipt != "" }

// decides says by when a person decides on the appeal.
func (t *telling) decides() string {
	return fill(t.p.lead.decides, t.p.by(t.n.PersonBy, t.n.At))
}
