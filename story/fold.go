package story

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// group is events that are told as one: the same statement of the same rule, about several
// assets of one tenant, within a minute of the clock.
type group struct {
	first  event
	assets []evenkeel.AssetID // of all of them, where the subject is an asset
	all    []*evenkeel.Finding
}

// fold groups events. The order is that of each group's first event.
func fold(told []event) []*group {
	var out []*group
	known := map[string]*group{}
	for i := range told {
		e := &told[i]
		key := foldKey(e)
		g := known[key]
		if g == nil || key == "" {
			g = &group{first: *e}
			out = append(out, g)
			known[key] = g
		}
		g.all = append(g.all, &e.finding)
		g.assets = append(g.assets, e.finding.Subject.Asset)
	}
	return out
}

// foldKey is equal for events that fold; "" folds with nothing. What a term measured may
// differ, which terms were met and which are unknown may not.
func foldKey(e *event) string {
	f := &e.finding
	if e.kind == eventNote || f.Subject.Kind != evenkeel.SubjectAsset {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %s %d %s %d %g %s", e.kind, e.at/evenkeel.Moment(time.Minute), f.Rule, f.Version, f.Mode, f.Revision, f.Score, f.Subject.Tenant)
	for _, t := range f.Terms {
		fmt.Fprintf(&b, " +%s", t.Name)
	}
	for _, t := range f.Unmet {
		if t.Unknown != "" {
			fmt.Fprintf(&b, " ?%s %s", t.Name, t.Unknown)
		}
	}
	return b.String()
}

// values returns the least and the largest value of a met term.
func (g *group) values(term int) (least, most float64) {
	least = g.all[0].Terms[term].Value.Value
	most = least
	for _, f := range g.all {
		least, most = min(least, f.Terms[term].Value.Value), max(most, f.Terms[term].Value.Value)
	}
	return least, most
}

// sameSays says whether a met term reads the same for all.
func (g *group) sameSays(term int) bool {
	for _, f := range g.all {
		if f.Terms[term].Says != g.all[0].Terms[term].Says {
			return false
		}
	}
	return true
}

// list writes names, those with consecutive numbers as a range, and how many there are.
func list(names []evenkeel.AssetID) string {
	names = slices.Clone(names)
	slices.SortFunc(names, byNumber)
	names = slices.Compact(names)
	var parts []string
	for i := 0; i < len(names); {
		n := i + 1
		for n < len(names) && follows(names[n-1], names[n]) {
			n++
		}
		switch n - i {
		case 1:
			parts = append(parts, string(names[i]))
		case 2:
			parts = append(parts, string(names[i]), string(names[i+1]))
		default:
			parts = append(parts, string(names[i])+".."+string(names[n-1]))
		}
		i = n
	}
	if len(names) == 1 {
		return parts[0]
	}
	return fmt.Sprintf("%s (%d)", strings.Join(parts, ", "), len(names))
}

// byNumber orders names by what stands before their last number, then by that number.
func byNumber(a, b evenkeel.AssetID) int {
	headA, digitsA := splitNumber(string(a))
	headB, digitsB := splitNumber(string(b))
	return cmp.Or(cmp.Compare(headA, headB), cmp.Compare(len(digitsA), len(digitsB)), cmp.Compare(a, b))
}

func follows(a, b evenkeel.AssetID) bool {
	headA, digitsA := splitNumber(string(a))
	headB, digitsB := splitNumber(string(b))
	x, errX := strconv.Atoi(digitsA)
	y, errY := strconv.Atoi(digitsB)
	return headA == headB && errX == nil && errY == nil && y == x+1
}
