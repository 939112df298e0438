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

// group is events that are told as one: the same statement of the same rule, or the same
// decision, about several assets of one tenant, within a minute of the clock.
type group struct {
	first  event
	assets []evenkeel.AssetID // of all of them
	all    []event
}

// fold groups events. The order is that of each group's first event.
func fold(told []event) []*group {
	var out []*group
	known := map[string]*group{}
	for i := range told {
		e := &told[i]
		key := foldKey(e)
		g := known[key]
		if g == nil || key == "" || g.twice(e) {
			g = &group{first: *e}
			out = append(out, g)
			known[key] = g
		}
		g.all = append(g.all, *e)
		if e.kind == eventBlock {
			g.assets = append(g.assets, e.block.assets...)
		} else {
			g.assets = append(g.assets, e.finding.Subject.Asset)
		}
	}
	return out
}

// twice says whether something was decided about an asset a second time, as it is when it
// was lifted in between.
func (g *group) twice(e *event) bool {
	return e.kind == eventBlock && slices.ContainsFunc(e.block.assets, func(a evenkeel.AssetID) bool { return slices.Contains(g.assets, a) })
}

// foldKey is equal for events that fold; "" folds with nothing. What a term measured may
// differ, which terms were met and which are unknown may not.
func foldKey(e *event) string {
	f := &e.finding
	minute := e.at / evenkeel.Moment(time.Minute)
	switch {
	case e.kind == eventBlock && e.block.many != "":
		return fmt.Sprintf("%d %d %s", e.kind, minute, e.block.many)
	case e.kind == eventBlock && len(e.block.assets) > 0:
		return fmt.Sprintf("%d %d %s", e.kind, minute, e.block.key())
	case e.kind == eventBlock || e.kind == eventNote || f.Subject.Kind != evenkeel.SubjectAsset:
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %s %d %s %d %g %s", e.kind, minute, f.Rule, f.Version, f.Mode, f.Revision, f.Score, f.Subject.Tenant)
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

// sameRow says whether a row of a block reads the same for all.
func (g *group) sameRow(i int) bool {
	for _, e := range g.all {
		if e.block.rows[i].text != g.first.block.rows[i].text {
			return false
		}
	}
	return true
}

// values returns the least and the largest value of a met term.
func (g *group) values(term int) (least, most float64) {
	least = g.first.finding.Terms[term].Value.Value
	most = least
	for _, e := range g.all {
		v := e.finding.Terms[term].Value.Value
		least, most = min(least, v), max(most, v)
	}
	return least, most
}

// sameSays says whether a met term reads the same for all.
func (g *group) sameSays(term int) bool {
	for _, e := range g.all {
		if e.finding.Terms[term].Says != g.first.finding.Terms[term].Says {
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
