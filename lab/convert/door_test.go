package convert

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	books "github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
)

// TestTheDoorAndTheInventoryRefuseTheSame holds the bounds of two rooms that may not import
// each other to one another: a converted book must not be let in and then refused.
func TestTheDoorAndTheInventoryRefuseTheSame(t *testing.T) {
	name := func(n int) string { return strings.Repeat("x", n) }
	payment := func(amount string) (string, func(*evenkeel.Batch)) {
		return fmt.Sprintf(`"type":"evenkeel.payment.v1","data":{"tenant":"t","kind":"payment","amount":%q,"currency":"EUR"}`, amount),
			func(b *evenkeel.Batch) {
				b.AddPayment(evenkeel.Payment{At: 1e18, ID: 1, Tenant: "t", Kind: evenkeel.PaymentPaid, Amount: amount, Currency: "EUR"})
			}
	}
	create := func(flavour, image, region string) (string, func(*evenkeel.Batch)) {
		return fmt.Sprintf(`"type":"evenkeel.lifecycle.v1","data":{"asset":"a","tenant":"t","action":"create","flavour":%q,"image":%q,"region":%q}`, flavour, image, region),
			func(b *evenkeel.Batch) {
				b.AddLifecycle(evenkeel.Lifecycle{
					At: 1e18, ID: 1, Asset: "a", Tenant: "t", Action: evenkeel.ActionCreate, Flavour: flavour, Image: image, Region: region,
				})
			}
	}
	for _, c := range []struct {
		name string
		of   func() (string, func(*evenkeel.Batch))
		good bool
	}{
		{"all digits that there may be", func() (string, func(*evenkeel.Batch)) { return payment("999999999999.999999") }, true},
		{"a digit more before the point", func() (string, func(*evenkeel.Batch)) { return payment("1000000000000") }, false},
		{"a digit more after the point", func() (string, func(*evenkeel.Batch)) { return payment("0.0000001") }, false},
		{"no digit after the point", func() (string, func(*evenkeel.Batch)) { return payment("1.") }, false},
		{"the longest names", func() (string, func(*evenkeel.Batch)) { return create(name(1024), name(1024), name(1024)) }, true},
		{"a flavour of a byte more", func() (string, func(*evenkeel.Batch)) { return create(name(1025), "", "") }, false},
		{"an image of a byte more", func() (string, func(*evenkeel.Batch)) { return create("", name(1025), "") }, false},
		{"a region of a byte more", func() (string, func(*evenkeel.Batch)) { return create("", "", name(1025)) }, false},
	} {
		said, add := c.of()
		event := `{"specversion":"1.0","id":"e","source":"s","time":"2026-11-01T00:00:00Z",` + said + `}`
		var d cloudevent.Decoder
		atDoor := d.Event(evenkeel.NewBatch("test", 0), []byte(event), 0, &intake.Tally{})
		b := evenkeel.NewBatch("test", 0)
		add(b)
		_, inside := books.New(books.Options{}).Apply(b)
		if (atDoor == nil) != c.good || (inside == nil) != c.good {
			t.Errorf("%s: at the door %.200v, inside %.200v; expected good: %v", c.name, atDoor, inside, c.good)
		}
	}
}
