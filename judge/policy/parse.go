package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// Parse reads a policy document. name goes into errors, each with line and column. After an
// error there is no policy: it is of KindInvalid and holds every fault that was found, a line
// for each; faults of the YAML itself come first and alone.
func Parse(name string, data []byte) (*Policy, error) {
	found := faults{file: name}
	if len(data) > MaxDocument {
		found.at(spot{1, 1}, "say less, or keep families in policies of their own",
			"the document has %d bytes, the limit is %d", len(data), MaxDocument)
		return nil, found.err()
	}
	var d document
	if err := strict.Decode(name, data, &d); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: err}
	}
	p := build(&d, &found)
	if err := found.err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p.digest = fmt.Sprintf("sha256:%s", hex.EncodeToString(sum[:]))
	return p, nil
}
