package shield

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Prober is a Backend that can show what its Means say, besides saying it: that an object is fetched on
// the tenant's ways to its data while a measure stands.
type Prober interface {
	// Probe puts the object where a tenant's data is, has it fetched on each way while the measure
	// stands, and returns what came back. Where an order is named the measure is the one that this
	// order put in force; else it is put on a canary of the backend's own, never on a tenant's asset.
	// An error says that nobody knows: nothing was shown, and nothing was found amiss.
	Probe(ctx context.Context, p Probe) ([]Fetched, error)
}

// The bounds of an object, in bytes, and of the ways that one probe asks about.
const (
	LeastObject = 32
	MostObject  = 4096
	MaxWays     = 16
)

// Probe asks to show that a tenant reads its data while a measure stands.
type Probe struct {
	ID      string // 1 to evenkeel.MaxID bytes, another one each time
	Measure evenkeel.Measure
	Order   evenkeel.OrderID   // in force; "": a canary of the backend's own is put under the measure
	Assets  []evenkeel.AssetID // of the order
	Ways    []string           // that were declared to stay open
	Object  []byte             // LeastObject to MostObject random bytes, other ones each time
}

// Check says what a probe lacks, or nil.
func (p *Probe) Check() error {
	switch {
	case evenkeel.CheckID("probe", p.ID) != nil:
		return evenkeel.CheckID("probe", p.ID)
	case !p.Measure.Enforced():
		return evenkeel.Invalid("probe %s of %s; expected a measure that is carried out", p.ID, p.Measure)
	case len(p.Ways) == 0 || len(p.Ways) > MaxWays:
		return evenkeel.Invalid("probe %s of %d ways; expected 1 to %d", p.ID, len(p.Ways), MaxWays)
	case len(p.Object) < LeastObject || len(p.Object) > MostObject:
		return evenkeel.Invalid("probe %s with an object of %d bytes; expected %d to %d", p.ID, len(p.Object), LeastObject, MostObject)
	case len(p.Assets) > evenkeel.MaxCaseAssets:
		return evenkeel.Invalid("probe %s of %d assets; expected at most %d", p.ID, len(p.Assets), evenkeel.MaxCaseAssets)
	}
	return nil
}

// objectSize is how many bytes have to come back.
const objectSize = 256

// NewProbe returns a probe of a canary, with an id and an object that were never asked for before.
func NewProbe(m evenkeel.Measure, ways []string) Probe {
	p := Probe{ID: "p-" + rand.Text(), Measure: m, Ways: ways, Object: make([]byte, objectSize)}
	_, _ = rand.Read(p.Object) // it never fails
	return p
}

// Fetched is what came back on one way.
type Fetched struct {
	Way  string `json:"way"`
	Hash string `json:"sha256,omitempty"` // in lower-case hexadecimal; "" where nothing came
	Size int    `json:"size,omitempty"`   // bytes
	Why  string `json:"why,omitempty"`    // why nothing came, or what else a person should know
}

// Hash is what a fetched object has to have.
func (p *Probe) Hash() string {
	sum := sha256.Sum256(p.Object)
	return hex.EncodeToString(sum[:])
}

// Amiss says what of a probe was not shown, or "": each way that was declared brought back the whole
// object, once. What nobody asked about counts for nothing. It is our own words only: it goes into timelines
// that tenants read.
func (p *Probe) Amiss(all []Fetched) string {
	var wrong []string
	for _, way := range p.Ways {
		var of []Fetched
		for _, f := range all {
			if f.Way == way {
				of = append(of, f)
			}
		}
		switch {
		case len(of) == 0:
			wrong = append(wrong, way+" was not tried")
		case len(of) > 1:
			wrong = append(wrong, way+" was answered twice")
		case of[0].Hash == "" || of[0].Size == 0:
			wrong = append(wrong, way+" brought nothing")
		case of[0].Size != len(p.Object) || of[0].Hash != p.Hash():
			wrong = append(wrong, fmt.Sprintf("%s brought %d bytes that are not the object", way, of[0].Size))
		}
	}
	if wrong == nil {
		return ""
	}
	return "under " + p.Measure.String() + ", " + strings.Join(wrong, "; ")
}

// Open are the ways on which the whole object came back, each once, in the order in which they were asked about.
func (p *Probe) Open(all []Fetched) (open []string) {
	for _, way := range p.Ways {
		one := *p
		one.Ways = []string{way}
		if one.Amiss(all) == "" {
			open = append(open, way)
		}
	}
	return open
}

// ToShow are the measures of these means for which the way to the data has to be shown.
func (m Means) ToShow() (all []evenkeel.Measure) {
	shown := m
	shown.Proven, shown.Unshown, m.Proven = true, nil, false
	for _, x := range m.Measures {
		if shown.Lacks(x) == "" && m.Lacks(x) != "" {
			all = append(all, x)
		}
	}
	return all
}
