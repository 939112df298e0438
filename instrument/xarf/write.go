package xarf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// document is a report as XARF v4 has it, in the order in which a person reads it.
type document struct {
	Version        string     `json:"xarf_version"`
	ID             string     `json:"report_id"`
	Timestamp      string     `json:"timestamp"`
	Reporter       party      `json:"reporter"`
	Sender         party      `json:"sender"`
	Category       string     `json:"category"`
	Type           string     `json:"type"`
	Source         string     `json:"source_identifier"`
	SourcePort     int        `json:"source_port,omitempty"`
	Destination    string     `json:"destination_ip"`
	DestinationOn  int        `json:"destination_port,omitempty"`
	Protocol       string     `json:"protocol"`
	First          string     `json:"first_seen"`
	Last           string     `json:"last_seen,omitempty"`
	EvidenceSource string     `json:"evidence_source,omitempty"`
	Says           string     `json:"description,omitempty"`
	Evidence       []evidence `json:"evidence,omitempty"`
	Tags           []string   `json:"tags"`
}

type party struct {
	Org     string `json:"org"`
	Contact string `json:"contact"`
	Domain  string `json:"domain"`
}

type evidence struct {
	ContentType string `json:"content_type"`
	About       string `json:"description,omitempty"`
	Payload     []byte `json:"payload"` // base64 in JSON
	Hash        string `json:"hash"`
	Size        int    `json:"size"`
}

// Write returns the report as one JSON document that ends with a line's end.
func (a *Attack) Write() ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	by := party(a.Reporter)
	d := document{
		Version: "4.0.0", ID: a.id(), Timestamp: stamp(a.At), Reporter: by, Sender: by, Category: "connection", Type: a.Kind,
		Source: a.Source.String(), SourcePort: a.SourcePort, Destination: a.Victim.String(), DestinationOn: a.VictimPort,
		Protocol: a.Protocol, First: stamp(a.First), Last: stamp(a.Last), Says: a.Says, Tags: []string{"source:host-operator"},
	}
	if a.Kind == "ddos" {
		d.EvidenceSource = "flow_analysis"
	}
	for _, e := range a.Evidence {
		sum := sha256.Sum256([]byte(e.Text))
		d.Evidence = append(d.Evidence, evidence{
			ContentType: "text/plain", About: e.About, Payload: []byte(e.Text), Hash: "sha256:" + hex.EncodeToString(sum[:]), Size: len(e.Text),
		})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(&d); err != nil {
		return nil, fmt.Errorf("write report %s: %w", d.ID, err)
	}
	return out.Bytes(), nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// id names the report: a UUID of version 8 (RFC 9562, section 5.8) from what it is about and whom it
// is for.
func (a *Attack) id() string {
	h := sha256.New()
	for _, s := range []string{"evenkeel xarf 1", a.Key, a.Kind, a.Source.String(), a.Victim.String(), stamp(a.First)} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
