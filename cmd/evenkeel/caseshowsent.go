package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// inForce is the highest measure that stands, and whether somebody confirmed what stands.
func inForce(r *docket.Row) string {
	if r.Unconfirmed > 0 {
		return fmt.Sprintf("%s (%d unconfirmed)", r.Highest, r.Unconfirmed)
	}
	return r.Highest.String()
}

// printOrders writes what became of the orders of a decision.
func printOrders(w io.Writer, d evenkeel.DecisionID, f *docket.Folder) {
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
		fmt.Fprintf(w, "    %s %s: %s\n", what, o.ID, orderBecame(x, open))
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

// orderBecame says what is known of an order. Only what a node says that it did is told as
// done; all else is open, which has a word of its own.
func orderBecame(x *docket.Dispatch, open string) string {
	r := &x.Receipt
	node := shown(cmp.Or(r.Node, "a node"))
	var says string
	switch {
	case r.State != 0:
		says = fmt.Sprintf("%s, says %s at %s", r.State, node, r.At)
	case r.Order != "":
		says = fmt.Sprintf("%s: %s took it at %s and has not said what became of it", open, node, r.At)
	case x.Failed:
		return fmt.Sprintf("%s: nobody took it, and it was given up at %s%s", open, x.Over, because(x.Why))
	case x.Over != 0:
		return open + ": it was ended at " + x.Over.String()
	default:
		return open + ": " + waitsFor(x)
	}
	return says + because(r.Effect) + because(r.Why)
}

// waitsFor says of what is not over how it goes.
func waitsFor(x *docket.Dispatch) string {
	if x.Attempts == 0 {
		return "it waits to be sent"
	}
	return fmt.Sprintf("%s came to nothing, the next is due at %s%s", several(x.Attempts, "attempt"), x.Next, because(x.Why))
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + shown(why)
}

// printNotices writes what the tenant was to be told, and who was.
func printNotices(w io.Writer, f *docket.Folder) {
	section(w, "notices to the tenant", len(f.Notices))
	for i := range f.Notices {
		n := &f.Notices[i]
		x := dispatchOf(f, func(x *docket.Dispatch) bool { return x.Notice == n.ID })
		fmt.Fprintf(w, "  %s  %s, %s, written %s\n", n.ID, n.Measure, n.State, n.At)
		for _, d := range x.Deliveries {
			did := "went"
			switch {
			case d.OnPaper():
				did = "written down, not sent,"
			case d.Refused:
				did = "was refused for good"
			}
			to := "its receiver"
			if d.To != "" {
				to = shown(d.To)
			}
			fmt.Fprintf(w, "    %s: %s by %s at %s%s\n", to, did, shown(d.Channel), d.At, because(d.Says))
		}
		switch {
		case x.Failed:
			fmt.Fprintf(w, "    nobody was told, and it was given up at %s%s\n", x.Over, because(x.Why))
		case x.Over == 0:
			fmt.Fprintf(w, "    not told to everybody yet: %s\n", waitsFor(x))
		}
	}
}
