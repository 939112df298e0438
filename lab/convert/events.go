package convert

import (
	"encoding/json"
	"io"

	"github.com/evenkeel/evenkeel"
)

// source is the source of the events that are written.
const source = "evenkeel-convert"

// event is a structured CloudEvent 1.0.
type event struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Time        evenkeel.Moment `json:"time"`
	Data        any             `json:"data"`
}

type tenantData struct {
	Tenant    string            `json:"tenant"`
	Since     evenkeel.Moment   `json:"since,omitempty"`
	Standing  evenkeel.Standing `json:"standing"`
	PaidTotal string            `json:"paid_total,omitempty"`
	Currency  string            `json:"currency,omitempty"`
}

type assetData struct {
	Asset  string          `json:"asset"`
	Kind   string          `json:"kind"`
	Tenant string          `json:"tenant"`
	From   evenkeel.Moment `json:"from"`
}

type createData struct {
	Asset     string `json:"asset"`
	Tenant    string `json:"tenant"`
	Action    string `json:"action"`
	Flavour   string `json:"flavour,omitempty"`
	VCPUs     int64  `json:"vcpus,omitempty"`
	Region    string `json:"region,omitempty"`
	Principal string `json:"principal,omitempty"`
}

// writeEvent writes an event as a line.
func writeEvent(out io.Writer, kind, id string, at evenkeel.Moment, data any) error {
	line, err := json.Marshal(event{SpecVersion: "1.0", ID: id, Source: source, Type: kind, Time: at, Data: data})
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "encode event", Err: err}
	}
	_, err = out.Write(append(line, '\n'))
	return err
}
