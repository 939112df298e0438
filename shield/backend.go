package shield

import (
	"context"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Backend carries orders out, or hands them to whoever does. backendtest holds one to this.
type Backend interface {
	// Name is what receipts call it: 1 to evenkeel.MaxID bytes.
	Name() string
	// Means returns what it declares, which does not change, and whether it is proven, which may:
	// what says Proven is a Prober, and delivers.
	Means() Means
	// Apply does what an order says, and returns what was done.
	//
	// The same order again (by its id, after a restart too) changes nothing. What was ordered
	// ends by itself at Until. A lift ends what its decision ordered, and nothing of another
	// decision; it is answered with lifted, or with lapsed where the end had come before, also
	// if nothing was ever ordered. After it, an order of that decision is not carried out any
	// more. What the backend cannot do is a receipt that refuses, with a reason, and no error. An order
	// with Data has no measure: nobody fetches the data of its assets until its end, and nothing else is
	// taken from them.
	//
	// A receipt without a state says that the order was taken and that nobody has said yet
	// what became of it: it is unconfirmed, and a receipt may come later. An error says that
	// nobody knows whether it was carried out: it comes again, unless it is final (Final).
	Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error)
}

// Fits says whether a receipt can be what became of an order, or what is wrong with it. A
// receipt that has no state yet fits.
func Fits(o *evenkeel.Order, r *evenkeel.Receipt) error {
	switch {
	case r.Order != o.ID:
		return evenkeel.Invalid("the receipt names order %q; expected %s", clip(string(r.Order)), o.ID)
	case r.State == 0:
		return nil
	case r.State.String() == "invalid":
		return evenkeel.Invalid("the receipt of order %s has the state %d; expected applied, refused, lapsed or lifted", o.ID, r.State)
	case o.Lift && r.State == evenkeel.ReceiptApplied:
		return evenkeel.Invalid("the receipt of order %s says applied; expected lifted or lapsed, since it lifts", o.ID)
	case r.State == evenkeel.ReceiptRefused && r.Why == "":
		return evenkeel.Invalid("the receipt of order %s refuses and does not say why", o.ID)
	}
	return nil
}

// fault says what an order lacks to be carried out, or "".
func fault(o *evenkeel.Order) string {
	switch {
	case evenkeel.CheckID("id", string(o.ID)) != nil:
		return "it has no id that could be told apart"
	case o.Decision == "":
		return "it names no decision"
	case o.Data != "" && (o.Data != evenkeel.DataWithheld || o.Measure != evenkeel.MeasureNone):
		return "it says " + clip(o.Data) + " of the data beside the measure " + o.Measure.String() + ", which no order does"
	case o.Data == "" && (!o.Measure.Enforced() || o.Measure.String() == "invalid"):
		return "the measure " + o.Measure.String() + " is not one that somebody carries out"
	case len(o.Assets) == 0:
		return "it names no asset"
	case len(o.Assets) > evenkeel.MaxCaseAssets:
		return "it names more assets than a case can have"
	case o.Until == 0 || o.Until <= o.From:
		return "it has no end after its beginning"
	}
	for _, a := range o.Assets {
		if err := evenkeel.CheckID("asset", string(a)); err != nil {
			return err.Error()
		}
	}
	return ""
}

// clip cuts what came from outside to what fits into a sentence.
func clip(s string) string { return clipTo(s, 80) }

func clipTo(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
