package docket

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/evenkeel/evenkeel"
)

const day = evenkeel.Moment(24 * time.Hour)

// Sum is a digest of what an act says, whenever it is said: of the form that it came with, or else
// of the act itself. A form may say the same again by which another act is meant, such as a flag of
// 90 days from now.
func (a Act) Sum() string {
	if a.Form != "" {
		return a.Form
	}
	if a.At = 0; a.Grant != nil { // 30d from now is another second each time
		g := *a.Grant
		g.Until /= day
		a.Grant = &g
	}
	whole, _ := json.Marshal(a) // what cannot be told is refused where it is entered
	sum := sha256.Sum256(whole)
	return hex.EncodeToString(sum[:])
}

// WordsKey is what Taken knows the words of an act by.
func WordsKey(id, sum string) string { return "words " + sum + " of " + id }
