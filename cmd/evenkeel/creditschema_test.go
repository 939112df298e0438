package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Rows R10, R13: what billing is posted fits its schema, with all that a credit can hold; and a field
// that the schema does not know is a failure.
func TestACreditFitsItsSchema(t *testing.T) {
	data, err := os.ReadFile("../../docs/schema/credit.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := &schemaDoc{}
	if err := json.Unmarshal(data, doc); err != nil {
		t.Fatal(err)
	}
	k := docket.Credit{
		ID: docket.NewCreditID("c-1", 10), Case: "c-1", Tenant: "acme", Family: "mining", Closed: 10, State: docket.CreditGranted, At: 20, Assets: 1, Minutes: 90,
		Amount: 150, Currency: "EUR", Policy: "sha256:0", Decisions: nil, By: "anna", Why: "It was theirs.",
	}
	check := func(k docket.Credit) []string {
		line, err := json.Marshal(app.CreditEventOf(&k))
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		return doc.fits(doc.Defs["event"], "", v)
	}
	if says := check(k); len(says) > 0 {
		t.Errorf("%v", says)
	}
	k.Currency, k.ID = "euro", "cr-1"
	if says := strings.Join(check(k), "; "); !strings.Contains(says, "currency does not match") || !strings.Contains(says, "id does not match") {
		t.Errorf("what does not fit: %q", says)
	}
}
