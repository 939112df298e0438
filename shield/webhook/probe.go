package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"regexp"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// ProbeType is the type in the body of every probe.
const ProbeType = "evenkeel.probe.v1"

var _ shield.Prober = (*Backend)(nil)

// probeBody is a probe as it is sent.
type probeBody struct {
	Type    string             `json:"type"`
	ID      string             `json:"id"`
	Measure string             `json:"measure"`
	Ways    []string           `json:"ways"`
	Object  []byte             `json:"object"` // base64
	Order   evenkeel.OrderID   `json:"order,omitempty"`
	Assets  []evenkeel.AssetID `json:"assets,omitempty"`
}

// Probe asks the receiver to fetch an object under a measure. A receiver that does not take the message
// or answers with something else has shown nothing: that is an error.
func (b *Backend) Probe(ctx context.Context, p shield.Probe) ([]shield.Fetched, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(&probeBody{ProbeType, p.ID, p.Measure.String(), p.Ways, p.Object, p.Order, p.Assets})
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "write probe " + p.ID, Err: err}
	}
	a, err := b.sender.Post(ctx, p.ID, body)
	if err != nil {
		return nil, err
	}
	if a.Broken != "" {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "probe " + p.ID + ": " + a.Broken}
	}
	all, err := ParseFetched(a.Body, p.ID)
	if err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "probe " + p.ID + ": the receiver's answer shows nothing", Err: err,
			Hint: "a receiver answers a probe as docs/shield.md says",
		}
	}
	return all, nil
}

// hashForm is what the hash of an object looks like.
var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseFetched reads what a receiver says of a probe: one JSON object with the probe's id and a line for
// each way. Nothing is guessed: an unknown name, another probe's id, a hash that is none, and a text
// that could not be shown in one line are errors.
func ParseFetched(body []byte, probe string) ([]shield.Fetched, error) {
	if !utf8.Valid(body) {
		return nil, evenkeel.Invalid("it is not valid UTF-8")
	}
	var said struct {
		Probe   string `json:"probe"`
		Fetched []struct {
			Way  string `json:"way"`
			Hash string `json:"sha256"`
			Size int    `json:"size"`
			Why  string `json:"why"`
		} `json:"fetched"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&said); err != nil {
		return nil, evenkeel.Invalid("it is no JSON object with probe and fetched: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, evenkeel.Invalid("there is something behind it")
	}
	if said.Probe != probe {
		return nil, evenkeel.Invalid("it names probe %.40q; expected %s", said.Probe, probe)
	}
	if len(said.Fetched) > shield.MaxWays {
		return nil, evenkeel.Invalid("it names %d ways; expected at most %d", len(said.Fetched), shield.MaxWays)
	}
	out := make([]shield.Fetched, len(said.Fetched))
	for i, f := range said.Fetched {
		switch {
		case evenkeel.CheckID("way", f.Way) != nil:
			return nil, evenkeel.CheckID("way", f.Way)
		case f.Hash != "" && !hashForm.MatchString(f.Hash):
			return nil, evenkeel.Invalid("sha256 of %s is %.70q; expected 64 hexadecimal digits in lower case", f.Way, f.Hash)
		case f.Size < 0:
			return nil, evenkeel.Invalid("size of %s is %d; expected bytes", f.Way, f.Size)
		}
		if err := checkText("why", f.Why); err != nil {
			return nil, err
		}
		out[i] = shield.Fetched{Way: f.Way, Hash: f.Hash, Size: f.Size, Why: f.Why}
	}
	return out, nil
}
