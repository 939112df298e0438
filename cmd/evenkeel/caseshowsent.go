package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// inForce is the highest measure that stands, and what is known of who carries out what stands, and
// of whom it was told: what nobody does comes first.
func inForce(r *docket.Row) string {
	var but []string
	if len(r.Lawful) > 0 {
		but = append(but, "a lawful order withholds the data")
	}
	if n := r.Failed; n > 0 {
		says := fmt.Sprintf("nobody carries out %d", n)
		if r.Unstopped > 0 {
			says += fmt.Sprintf("; what was to be stopped may go on in %d", r.Unstopped)
		}
		but = append(but, says)
	}
	switch n := r.Untold; {
	case n == 1:
		but = append(but, "nobody was told")
	case n > 1:
		but = append(but, fmt.Sprintf("nobody was told: %d notices", n))
	}
	if n := r.OnPaper; n > 0 {
		but = append(but, fmt.Sprintf("%d only on paper", n))
	}
	if n := r.Unconfirmed; n > 0 {
		but = append(but, fmt.Sprintf("%d unconfirmed", n))
	}
	if len(but) == 0 {
		return r.Highest.String()
	}
	return r.Highest.String() + " (" + strings.Join(but, "; ") + ")"
}

// orders writes what became of the orders of a decision.
func (v *view) orders(d evenkeel.DecisionID, f *docket.Folder) {
	for i := range f.Orders {
		o := &f.Orders[i]
		if o.Decision != d {
			continue
		}
		what, open := "order", "unconfirmed"
		if o.Lift {
			what, open = "order to let go", "lapse unconfirmed"
		}
		x := dispatchOf(f, func(x *docket.Dispatch) bool { return x.Order == o.ID })
		fmt.Fprintf(v.w, "    %s %s: %s\n", what, o.ID, v.became(x, open))
		if says, _ := phrasebook.Amounts(o.Params); len(says) > 0 {
			fmt.Fprintf(v.w, "      in numbers: %s\n", strings.Join(says, "; "))
		}
	}
}

// dispatchOf finds what became of an order or a notice; of one that nobody tells of it waits.
func dispatchOf(f *docket.Folder, is func(*docket.Dispatch) bool) *docket.Dispatch {
	for i := range f.Dispatches {
		if x := &f.Dispatches[i]; is(x) {
			return x
		}
	}
	return &docket.Dispatch{}
}

// became says what is known of an order. Only what a node says that it did is told as
// done; all else is open, which has a word of its own.
func (v *view) became(x *docket.Dispatch, open string) string {
	r := &x.Receipt
	node := shown(cmp.Or(r.Node, "a node"))
	var says string
	switch {
	case r.State != 0:
		says = fmt.Sprintf("%s, says %s at %s", r.State, node, at(r.At))
	case r.Order != "":
		says = fmt.Sprintf("%s: %s took it at %s and has not said what became of it", open, node, at(r.At))
	case x.Failed:
		return fmt.Sprintf("%s: nobody took it, and it was given up at %s%s", open, at(x.Over), because(x.Why))
	case x.Over != 0:
		return open + ": it was ended at " + at(x.Over)
	default:
		return open + ": " + v.waitsFor(x)
	}
	return says + because(r.Effect) + because(r.Why)
}

// waitsFor says of what is not over how it goes.
func (v *view) waitsFor(x *docket.Dispatch) string {
	if x.Attempts == 0 {
		return "it waits to be sent"
	}
	return fmt.Sprintf("%s came to nothing, the next is due at %s%s", several(x.Attempts, "attempt"), near(x.Next, v.now), because(x.Why))
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + told("      ", why)
}

// notices writes what the tenant was to be told, and who was.
func (v *view) notices(f *docket.Folder) {
	section(v.w, "notices to the tenant", len(f.Notices))
	for i := range f.Notices {
		n := &f.Notices[i]
		x := dispatchOf(f, func(x *docket.Dispatch) bool { return x.Notice == n.ID })
		fmt.Fprintf(v.w, "  %s  %s, %s, written %s\n", n.ID, n.Measure, shown(docket.NoticeWords(n, n.State.String())), at(n.At))
		for n, d := range x.Deliveries {
			did := "went"
			switch {
			case x.Bounced(n):
				did = "came back after it went"
			case d.OnPaper():
				did = "written down, not sent,"
			case d.ToMachine() && d.Refused:
				did = "a machine, did not take it"
			case d.ToMachine():
				did = "a machine, took it"
			case d.Refused:
				did = "was refused for good"
			}
			to := "its receiver"
			if d.To != "" {
				to = shown(d.Role())
			}
			fmt.Fprintf(v.w, "    %s: %s by %s at %s%s\n", to, did, shown(d.Channel), at(d.At), because(d.Says))
		}
		switch {
		case x.Failed:
			fmt.Fprintf(v.w, "    nobody was told, and it was given up at %s%s\n", at(x.Over), because(x.Why))
		case n.Turn > 0 && x.Over != 0 && len(x.Deliveries) == 0:
			fmt.Fprintln(v.w, "    nobody has the role whose turn it was")
		case x.Over == 0:
			fmt.Fprintf(v.w, "    not told to everybody yet: %s\n", v.waitsFor(x))
		}
	}
}
