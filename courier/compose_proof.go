package courier

import "strings"

// proof is the signed head of the ledger. One that is too long to be one is left out, in words:
// cut short it would prove nothing.
func (t *telling) proof() proof {
	signed := strings.TrimRight(headIn(t.n.Ledger), "\r\n")
	if signed == "" {
		return proof{}
	}
	f := proof{Title: t.p.foot.ledger, Why: t.p.foot.ledgerWhy}
	if len(signed) > mostLedger {
		f.Why = t.p.foot.tooLong
		return f
	}
	f.Lines = strings.Split(strings.ReplaceAll(signed, "\r\n", "\n"), "\n")
	for i := range f.Lines {
		f.Lines[i] = strings.TrimRight(keepSpaces(f.Lines[i]), " ")
	}
	return f
}

// headIn is the signed head in what a notice has of the ledger. The proof that may stand before it
// (a C2SP tlog-proof) is for programs: a letter names the head, and the page and the machine-readable
// notice have all of it.
func headIn(foot string) string {
	if strings.HasPrefix(foot, "c2sp.org/tlog-proof@") {
		_, foot, _ = strings.Cut(foot, "\n\n")
	}
	return foot
}
