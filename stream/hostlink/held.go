package hostlink

import (
	"bytes"
	"compress/flate"
	"io"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// plainHeld is up to how many bytes a host names its guests as they are; more is packed. An edge has 20,000 sites whose names are much alike.
const plainHeld = maxStatus / 2

// mostHeld bounds what is unpacked, in bytes.
const mostHeld = MaxHolds * (evenkeel.MaxID + 1)

// pack writes Held, where it is long, into Packed: each id on a line of its own, for an id has no control characters, in
// raw DEFLATE.
func (s *Status) pack() {
	if s.Held == nil {
		return
	}
	size := 0
	for _, a := range *s.Held {
		size += len(`"",`) + len(a)
	}
	if size <= plainHeld {
		return
	}
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed) // the level is one
	for _, a := range *s.Held {
		_, _ = io.WriteString(w, string(a)+"\n") // a buffer takes everything
	}
	_ = w.Close()
	s.Packed, s.Held = b.Bytes(), nil
}

// unpack reads Packed into Held, or says what is wrong with it.
func (s *Status) unpack() error {
	if len(s.Packed) == 0 {
		return nil
	}
	packed := s.Packed
	if s.Packed = nil; s.Held != nil {
		return evenkeel.Invalid("it says twice what it holds, as it is and packed; expected one of them")
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), mostHeld+1))
	if err != nil {
		return evenkeel.Invalid("what it holds cannot be unpacked: %v; expected DEFLATE", err)
	}
	if len(text) > mostHeld {
		return evenkeel.Invalid("what it holds unpacks to more than %d bytes", mostHeld)
	}
	lines := strings.Split(string(text), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	if len(lines) > MaxHolds {
		return evenkeel.Invalid("it holds %d guests; expected at most %d", len(lines), MaxHolds)
	}
	held := make([]evenkeel.AssetID, len(lines))
	for i, l := range lines {
		held[i] = evenkeel.AssetID(l)
	}
	s.Held = &held
	return nil
}
