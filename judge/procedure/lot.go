package procedure

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// LotFor is how long the lot of a case stands after it was drawn by last: within that time a later review of
// the case is drawn by the same one.
const LotFor = 30 * 24 * time.Hour

// LotOf returns the nonce by which the reviews of one case, or the questions about one switch, were drawn last
// before a moment, and whether it still stands. Whoever takes back what they proposed and proposes it again gets
// the same lot, and so the same order of persons.
func LotOf(reviews []docket.Review, at evenkeel.Moment) (nonce string, stands bool) {
	var last evenkeel.Moment
	for i := range reviews {
		for _, d := range reviews[i].Draws {
			if d.At >= last && d.Nonce != "" {
				nonce, last = d.Nonce, d.At
			}
		}
	}
	return nonce, nonce != "" && at < last.Add(LotFor)
}

// InOrder returns candidates in the order in which they are asked: by the SHA-256 of "evenkeel draw 2", the case,
// the nonce and the person, each on a line of its own but for the last, the lowest first. The place of one does
// not depend on who else there is: who joins or leaves moves nobody else, and however often it is drawn, of those
// who may be drawn the same one is first.
func InOrder(c evenkeel.CaseID, nonce string, candidates []evenkeel.PersonID) []evenkeel.PersonID {
	key := func(p evenkeel.PersonID) [sha256.Size]byte {
		return sha256.Sum256(fmt.Appendf(nil, "evenkeel draw 2\n%s\n%s\n%s", c, nonce, p))
	}
	keys := make(map[evenkeel.PersonID][sha256.Size]byte, len(candidates))
	for _, p := range candidates {
		keys[p] = key(p)
	}
	out := slices.Clone(candidates)
	slices.SortFunc(out, func(a, b evenkeel.PersonID) int {
		ka, kb := keys[a], keys[b]
		return bytes.Compare(ka[:], kb[:])
	})
	return out
}

// NewDraw draws the next person of a review among candidates, of whom there is one at least.
func NewDraw(r *docket.Review, nonce string, candidates []evenkeel.PersonID, at evenkeel.Moment) docket.Draw {
	return docket.Draw{
		Round: len(r.Draws) + 1, Rule: docket.DrawInOrder, Nonce: nonce, Candidates: candidates, Hash: CandidatesHash(candidates),
		Drawn: InOrder(r.Case, nonce, candidates)[0], At: at,
	}
}

// falls is on whom the lot of a drawing falls, by the rule under which it was made, or "".
func falls(r *docket.Review, d *docket.Draw) evenkeel.PersonID {
	switch {
	case len(d.Candidates) == 0:
		return ""
	case d.Rule == docket.DrawInOrder:
		return InOrder(r.Case, d.Nonce, d.Candidates)[0]
	case d.Rule == 0: // before there were rules by number
		return Draw(r.Case, r.ID, d.Round, d.Nonce, d.Candidates)
	}
	return ""
}
