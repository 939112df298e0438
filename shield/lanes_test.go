package shield

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// queue reads what waits: "d1:a,b" enforces decision d1 on the assets a and b, "-d1:a,b" lifts
// it; "@500" behind it is when it is due, "!900" when it ends (2000 where nothing is said).
func queue(text string) (all []Waiting) {
	for f := range strings.FieldsSeq(text) {
		w := Waiting{Order: order()}
		w.Order.Until, w.Order.Assets = 2000, nil
		f, until, ended := strings.Cut(f, "!")
		if ended {
			_, _ = fmt.Sscan(until, &w.Order.Until)
		}
		f, next, _ := strings.Cut(f, "@")
		_, _ = fmt.Sscan(next, &w.Next)
		id, assets, _ := strings.Cut(f, ":")
		d, lift := strings.CutPrefix(id, "-")
		w.Order.ID, w.Order.Decision, w.Order.Lift = evenkeel.OrderID(id), evenkeel.DecisionID(d), lift
		for a := range strings.SplitSeq(assets, ",") {
			w.Order.Assets = append(w.Order.Assets, evenkeel.AssetID(a))
		}
		all = append(all, w)
	}
	return all
}

func TestWhichOrdersMayLeave(t *testing.T) {
	for _, c := range []struct {
		name, waiting, flying, leave string
		next                         evenkeel.Moment
	}{
		{"nothing waits", "", "", "", 0},
		{"orders about different assets leave together", "d1:a d2:b", "", "d1 d2", 0},
		{"of two about one asset the first leaves", "d1:a,b d2:b,c d3:c", "", "d1", 0},
		{"one that is on its way holds up the next", "d1:a d2:a", "d1", "", 0},
		{"one that is not due holds up the next", "d1:a@1500 d2:a d3:b", "", "d3", 1500},
		{"the earliest that is free says when the next is due", "d1:a@1900 d2:b@1700 d3:b@1600", "", "", 1700},
		{"a lift leaves when its decision's order is over", "-d1:a", "", "-d1", 0},
		{"a lift waits for its decision's order that is on its way", "d1:a -d1:a", "d1", "", 0},
		{"an order whose lift waits is not sent any more, due or not", "d1:a@1500 -d1:a", "", "d1(overtaken)", 0},
		{"a lift does not wait for another decision's order", "d2:a@1500 -d1:a", "", "-d1", 1500},
		{"nor for one that is on its way", "d2:a -d1:a", "d2", "-d1", 0},
		{"an order waits for an earlier lift about its asset", "-d1:a@1500 d2:a", "", "", 1500},
		{"an order waits for an earlier lift that is on its way", "-d1:a d2:a", "-d1", "", 0},
		{"not for the lift of what is over by itself", "-d1:a@1500!900 d2:a", "", "d2", 1500},
		{"but for that too while it is on its way", "-d1:a!900 d2:a", "-d1", "", 0},
		{"an order that is over is written down at once, due or not", "d1:a@1500!900", "", "d1", 0},
		{"and holds nobody up", "d1:a@1500!900 d2:a", "", "d1 d2", 0},
		{"two lifts do not wait for each other", "-d1:a -d2:a", "", "-d1 -d2", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			flying := map[evenkeel.OrderID]bool{}
			for id := range strings.FieldsSeq(c.flying) {
				flying[evenkeel.OrderID(id)] = true
			}
			steps, next := ready(queue(c.waiting), flying, 1000)
			if got := tell(steps); got != c.leave || next != c.next {
				t.Errorf("%q leave, the next at %d; expected %q, %d", got, int64(next), c.leave, int64(c.next))
			}
		})
	}
}

func tell(steps []step) string {
	var ids []string
	for _, s := range steps {
		id := string(s.Order.ID)
		if s.overtaken {
			id += "(overtaken)"
		}
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

// TestOrdersAboutOneAssetNeverPassEachOther plays whole lives of queues: orders leave, land in
// any sequence, fail and come again, while lifts and new orders join. What was sent about one
// asset has to be in the order in which it was put in, but for lifts; after a lift nothing of
// its decision is sent; and in the end nothing is left.
func TestOrdersAboutOneAssetNeverPassEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var waiting []Waiting
		decisions := rapid.IntRange(1, 6).Draw(t, "decisions")
		for d := range decisions {
			o := order()
			o.ID, o.Decision = evenkeel.OrderID(fmt.Sprint("d", d)), evenkeel.DecisionID(fmt.Sprint(d))
			o.Assets = rapid.SliceOfNDistinct(rapid.SampledFrom([]evenkeel.AssetID{"a", "b", "c"}), 1, 2, rapid.ID).Draw(t, "assets")
			o.Until = evenkeel.Moment(rapid.IntRange(1, 40).Draw(t, "until") * 1000)
			o.From = 0
			l := o
			l.ID, l.Lift = "-"+o.ID, true
			waiting = append(waiting, Waiting{Order: o})
			at := rapid.IntRange(0, len(waiting)).Draw(t, "lift")
			if at = max(at, slices.IndexFunc(waiting, func(w Waiting) bool { return w.Order.ID == o.ID })+1); at <= len(waiting) {
				waiting = slices.Insert(waiting, at, Waiting{Order: l})
			}
		}
		place := map[evenkeel.OrderID]int{}
		for i, w := range waiting {
			place[w.Order.ID] = i
		}
		flying, sent := map[evenkeel.OrderID]bool{}, []evenkeel.Order{}
		for now := evenkeel.Moment(1); len(waiting) > 0; now += 500 {
			if now > 200_000 {
				t.Fatalf("left over: %v", waiting)
			}
			steps, _ := ready(waiting, flying, now)
			for _, s := range steps {
				if flying[s.Order.ID] {
					t.Fatalf("%s left twice", s.Order.ID)
				}
				flying[s.Order.ID] = true
				if !s.overtaken && (s.Order.Lift || s.Order.Until > now) {
					sent = append(sent, s.Order)
				}
			}
			for i := 0; i < len(waiting); i++ {
				id := waiting[i].Order.ID
				if !flying[id] || rapid.Bool().Draw(t, "on its way") && now < 100_000 {
					continue
				}
				delete(flying, id)
				if rapid.Bool().Draw(t, "fails") && now < 100_000 {
					waiting[i].Next = now + 700
					continue
				}
				waiting = slices.Delete(waiting, i, i+1)
				i--
			}
		}
		checkSent(t, sent, place)
	})
}

func checkSent(t *rapid.T, sent []evenkeel.Order, place map[evenkeel.OrderID]int) {
	for i, later := range sent {
		for _, earlier := range sent[:i] {
			if earlier.Lift && !later.Lift && earlier.Decision == later.Decision {
				t.Fatalf("%s was sent after its lift", later.ID)
			}
			shared := slices.ContainsFunc(later.Assets, func(a evenkeel.AssetID) bool { return slices.Contains(earlier.Assets, a) })
			if shared && !later.Lift && !earlier.Lift && place[earlier.ID] > place[later.ID] {
				t.Fatalf("%s was sent before %s", earlier.ID, later.ID)
			}
		}
	}
}
