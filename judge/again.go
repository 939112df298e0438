package judge

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// again says whether an act was done before, or which keys are taken once it is done. A person's act
// that has the identity of another, and says something else, is neither: what was done then stands,
// and nobody is told that it was what they say now. What a tenant says may come by two ways that
// change its words, such as a mail by a list: the first counts.
func again(tx docket.Tx, a *docket.Act) (keys []string, done bool, err error) {
	keys = []string{docket.ActKey(a.ID)}
	if done, err = tx.Taken(keys[0]); a.Kind.OfTenant() || err != nil {
		return keys, done, err
	}
	keys = append(keys, docket.WordsKey(a.ID, a.Form))
	if !done {
		return keys, false, nil
	}
	same, err := tx.Taken(keys[1])
	if err == nil && !same {
		err = &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: "this was sent before with other words; what was done then stands, and nothing was done now",
			Hint: "look at what was done then; something else is sent from a page that is opened anew, or with another --id",
		}
	}
	return keys, true, err
}
