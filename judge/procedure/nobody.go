package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Nobody says why nobody could be the second beside a person, about what was opened at a moment: how many others
// may decide, and what keeps them from being drawn. part are those who had
// a part in it, and did what that was. Nobody is named: who was
// drawn in another case of the tenant, and has not spoken yet, is a secret.
func Nobody(all []docket.Reviewer, by evenkeel.PersonID, opened, now evenkeel.Moment, part []evenkeel.PersonID, did string) string {
	others := map[evenkeel.PersonID]evenkeel.Moment{} // the longest that each may decide
	for _, r := range all {
		since, known := others[r.Person]
		if r.Person != by && r.Person != "" && (!known || r.Enrolled < since) {
			others[r.Person] = r.Enrolled
		}
	}
	var had, late, cooling int
	var first evenkeel.Moment
	for person, since := range others {
		switch ready := since.Add(Cooling); {
		case slices.Contains(part, person):
			had++
		case since >= opened:
			late++
		case ready > now:
			if cooling++; first == 0 || ready < first {
				first = ready
			}
		}
	}
	var out []string
	say := func(n int, what string) {
		switch {
		case n == 1:
			out = append(out, "one other person "+what)
		case n > 1:
			out = append(out, fmt.Sprintf("%d other persons %s", n, what))
		}
	}
	say(had, did)
	say(late, "got the right to decide only after the case was opened")
	say(cooling, "got the right to decide less than seven days ago: one can be drawn from "+first.String()+" on")
	if len(out) == 0 {
		return "nobody else here has enrolled and may decide"
	}
	return strings.Join(out, "; ")
}
