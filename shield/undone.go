package shield

import (
	"log/slog"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// GivenUp says whether a receipt is the shield's own word that the end of a measure came before
// anybody took its order: it stood in the books, and nobody carried it out.
func GivenUp(o *evenkeel.Order, r *evenkeel.Receipt) bool {
	return r.Node == Self && r.State == evenkeel.ReceiptLapsed && !o.Lift
}

// What a person does about an order that nobody carries out: no act sends one again.
const (
	byHand = "its case is marked in the docket (evenkeel case list): carry it out by hand; or lower it to what can be done; or, where the " +
		"case has something else proposed or held, lift it and approve that as this measure, which is ordered anew. Lifting alone brings " +
		"no order: while the same goes on, nothing new is found that could be proposed"
	letGo   = "look on the machines whether it is gone, and let go by hand where it is not: whoever applied it lets go by itself at the end"
	tooLate = "see whether the receiver of orders runs and why it took none: what is found again is decided again"
)

// WarnOf logs what a receipt says of an order where that means that nobody carries it out, and
// nothing else: the books say that a measure stands, and no clock calls a person to look.
func WarnOf(log *slog.Logger, o *evenkeel.Order, r *evenkeel.Receipt) {
	switch {
	case GivenUp(o, r):
		warn(log, "an order was given up: its end came before anybody took it", o, r.Node, r.Why, tooLate)
	case r.State == evenkeel.ReceiptRefused:
		warn(log, "an order was refused: nobody carries it out", o, r.Node, r.Why, whatNow(o))
	}
}

// warnFailed logs that an order is over and nobody took it. The hint of the error goes first.
func (e *Enforcer) warnFailed(o *evenkeel.Order, err error) {
	next := strings.TrimPrefix(evenkeel.HintOf(err)+"; "+whatNow(o), "; ")
	warn(e.opts.Log, "an order was given up: nobody took it", o, e.backend.Name(), clipReason(err), next)
}

func whatNow(o *evenkeel.Order) string {
	if o.Lift {
		return letGo
	}
	return byHand
}

func warn(log *slog.Logger, says string, o *evenkeel.Order, by, why, next string) {
	log.Warn(says, "order", o.ID, "decision", o.Decision, "lift", o.Lift, "measure", o.Measure.String(), "assets", len(o.Assets),
		"by", by, "why", clipTo(why, mostReason), "hint", next)
}
