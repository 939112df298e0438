package mandate

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/evenkeel/evenkeel"
)

// The bounds of what is told at once.
const (
	// MostExceptions is how many sites may have a mandate other than the common one; of long names fewer fit, at least 90.
	MostExceptions = 800
	mostQuestion   = 48 << 10 // as hostlink.MaxQuestion; ids have 256 bytes at most
)

// Mandates are what edges may do by themselves until a moment. The zero value lets them do nothing.
type Mandates struct {
	Until evenkeel.Moment `json:"until"`
	// Highest holds for every site but those of Except: notify, nobody is asked for anything; challenge, visitors may be asked, and wait;
	// shut, they may see the site's own page too. A site's own document may say less, and never more.
	Highest evenkeel.Measure                      `json:"highest"`
	Except  map[evenkeel.AssetID]evenkeel.Measure `json:"except,omitempty"`
	Policy  string                                `json:"policy"` // digest of the document that says so
}

// Of returns what holds for the site of an asset.
func (m *Mandates) Of(a evenkeel.AssetID) evenkeel.Measure {
	if x, ok := m.Except[a]; ok {
		return x
	}
	return m.Highest
}

// question is what an edge is asked. Questions of other kinds have other fields.
type question struct {
	Mandates *Mandates `json:"mandates"`
}

// Taken is what an edge answers.
type Taken struct {
	Sites int `json:"sites"` // that are held to it
	// Unknown is how many of Except this edge does not serve.
	Unknown int    `json:"unknown,omitempty"`
	Why     string `json:"why,omitempty"` // why it was not taken; "": it was
}

// Check says what is wrong with mandates, or nil.
func (m *Mandates) Check() error {
	switch {
	case m.Until <= 0:
		return evenkeel.Invalid("mandates without an end; expected a moment until which they hold")
	case len(m.Except) > MostExceptions:
		return evenkeel.Invalid("mandates with %d exceptions; expected at most %d", len(m.Except), MostExceptions)
	case !fits(m.Highest):
		return evenkeel.Invalid("a mandate of %s; expected notify, challenge or shut", m.Highest)
	}
	for a, x := range m.Except {
		if err := evenkeel.CheckID("asset", string(a)); err != nil {
			return err
		}
		if !fits(x) {
			return evenkeel.Invalid("a mandate of %s for %.80s; expected notify, challenge or shut", x, a)
		}
	}
	return nil
}

func fits(m evenkeel.Measure) bool {
	return m == evenkeel.MeasureNotify || m == evenkeel.MeasureChallenge || m == evenkeel.MeasureShut
}

// Question is how an edge is told. An error says what of the mandates does not fit: of kind conflict, that there are too many bytes.
func (m *Mandates) Question() ([]byte, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	b, err := written(question{m})
	if err == nil && len(b) > mostQuestion {
		err = &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("mandates of %d bytes; expected at most %d", len(b), mostQuestion)}
	}
	return b, err
}

// Parse reads a question. is says whether it is one about mandates; only then is an error about it.
func Parse(b []byte) (m Mandates, is bool, err error) {
	var q question
	if !bytes.HasPrefix(b, []byte(`{"mandates"`)) {
		return m, false, nil
	}
	if len(b) > mostQuestion {
		return m, true, evenkeel.Invalid("mandates of %d bytes; expected at most %d", len(b), mostQuestion)
	}
	if err := json.Unmarshal(b, &q); err != nil || q.Mandates == nil {
		return m, true, evenkeel.Invalid("mandates that cannot be read (%v); expected {\"mandates\": {\"until\", \"highest\", \"policy\"}}", err)
	}
	return *q.Mandates, true, q.Mandates.Check()
}

// Answer writes what an edge answers.
func (t *Taken) Answer() []byte {
	b, _ := json.Marshal(t) // it has nothing that fails
	return b
}

// ParseTaken reads an answer.
func ParseTaken(b []byte) (t Taken, err error) {
	if err := json.Unmarshal(b, &t); err != nil || len(t.Why) > 500 {
		return Taken{}, evenkeel.Invalid("an edge answered about mandates with %.80q; expected how many sites took them", b)
	}
	return t, nil
}
