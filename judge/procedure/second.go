package procedure

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Cooling is how long somebody may decide before being drawn for the first time: who makes
// a second person of himself would have to know a week before that he will need one. The books
// hold to it too (schema 006).
const Cooling = 7 * 24 * time.Hour

// SecondFor is how long who was drawn has until another is.
const SecondFor = 30 * time.Minute

// Eligible returns who may be drawn about a case that was opened at a moment, by id: those who
// may decide since before that, and long enough now, and are in none of some lists: who has an
// interest, and who was asked before. Of more than docket.MaxCandidates it is the first.
func Eligible(all []docket.Reviewer, opened, now evenkeel.Moment, not ...[]evenkeel.PersonID) (out []evenkeel.PersonID) {
	for _, r := range all {
		barred := slices.ContainsFunc(not, func(list []evenkeel.PersonID) bool { return slices.Contains(list, r.Person) })
		if r.Person != "" && r.Enrolled < opened && r.Enrolled.Add(Cooling) <= now && !barred {
			out = append(out, r.Person)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), docket.MaxCandidates)]
}

// Draw draws one of the candidates by lot, and "" of none: who looks at a closed case (audits), and in
// reviews of older programs the second person; see InOrder for how these are drawn now. It depends on nothing but its
// arguments, which are recorded: everybody can draw again. The lot is the first 8 bytes, the high
// one first, of the SHA-256 of "evenkeel draw 1", the case, the review, the round and the nonce,
// each on a line of its own but for the last, without what would favour the first candidates; then
// that of the hash, and so on. It is counted off along the candidates in the order of their ids.
func Draw(c evenkeel.CaseID, r docket.ReviewID, round int, nonce string, candidates []evenkeel.PersonID) evenkeel.PersonID {
	if len(candidates) == 0 {
		return ""
	}
	candidates = slices.Sorted(slices.Values(candidates))
	n := uint64(len(candidates))
	for sum := sha256.Sum256(fmt.Appendf(nil, "evenkeel draw 1\n%s\n%s\n%d\n%s", c, r, round, nonce)); ; sum = sha256.Sum256(sum[:]) {
		lot := binary.BigEndian.Uint64(sum[:8])
		if fair := -n % n; lot >= fair { // -n%n is 2^64 mod n: so many of the lowest are one too many
			return candidates[lot%n]
		}
	}
}

// CandidatesHash names a list of candidates: SHA-256 of their ids, each followed by a newline, in
// their order, in hex.
func CandidatesHash(candidates []evenkeel.PersonID) string {
	var b strings.Builder
	for _, p := range slices.Sorted(slices.Values(candidates)) {
		b.WriteString(string(p) + "\n")
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// Drawn says what is wrong with a drawing by its own record, or nil: for whoever draws again. It goes by the
// rule under which it was made.
func Drawn(r *docket.Review, d *docket.Draw) error {
	if got := CandidatesHash(d.Candidates); got != d.Hash {
		return evenkeel.Invalid("round %d of review %s: the hash of its candidates is %s; expected %s", d.Round, r.ID, got, d.Hash)
	}
	if got := falls(r, d); got == "" || got != d.Drawn {
		return evenkeel.Invalid("round %d of review %s: the lot falls on %s; recorded is %s", d.Round, r.ID, got, d.Drawn)
	}
	return nil
}
