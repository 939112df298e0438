package docket

import "github.com/evenkeel/evenkeel"

// Telling is how a person told a contact of the tenant's what stands, where its notice reached nobody.
type Telling struct {
	How  How             `json:"how"`
	When evenkeel.Moment `json:"when,omitempty"` // 0: when the act is done
}

// How is a way on which one person tells another.
type How uint8

// The ways.
const (
	ByPhone    How = iota + 1 // spoken with
	ByPost                    // a letter that arrived
	InPerson                  // met
	ByMessages                // of another service, such as a portal or a chat, in which the other answered
)

var hows = [...]string{ByPhone: "phone", ByPost: "post", InPerson: "in_person", ByMessages: "messages"}

// Hows are all ways.
func Hows() []How { return []How{ByPhone, ByPost, InPerson, ByMessages} }

// String returns the way's word.
func (h How) String() string {
	if int(h) >= len(hows) || hows[h] == "" {
		return "invalid"
	}
	return hows[h]
}

// ParseHow reads the word.
func ParseHow(s string) (How, error) { return parseWord[How]("way to tell", hows[:], s) }

// MarshalText writes String.
func (h How) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the word.
func (h *How) UnmarshalText(b []byte) (err error) {
	*h, err = ParseHow(string(b))
	return err
}
