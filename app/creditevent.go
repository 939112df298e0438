package app

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// CreditEvent is a credit as a CloudEvent 1.0, as docs/schema/credit.schema.json describes it. Names
// may be added to it; those that are there stay.
type CreditEvent struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"` // of the credit and its state: the same however often it is told
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Time        evenkeel.Moment `json:"time"`
	Subject     string          `json:"subject"` // the tenant
	ContentType string          `json:"datacontenttype"`
	Data        *docket.Credit  `json:"data"`
}

// CreditEventOf is the event of a credit in its state.
func CreditEventOf(k *docket.Credit) *CreditEvent {
	data := *k
	if data.Decisions == nil { // a list that is empty is written as one
		data.Decisions = []evenkeel.DecisionID{}
	}
	return &CreditEvent{
		SpecVersion: "1.0", ID: string(k.ID) + "." + k.State.String(), Source: "evenkeel", Type: "evenkeel.credit.v1", Time: k.At,
		Subject: string(k.Tenant), ContentType: "application/json", Data: &data,
	}
}
