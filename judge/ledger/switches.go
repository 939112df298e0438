package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"strings"
)

// A kill switch has no kind of leaf of its own. An act that pulls one is the first that is sealed of it; each word on the way
// to its release seals the switch as a whole, as it then is in use.

// sealedSwitch is the id of the switch that an act is about, and the hash of what a row of it must say; "" for all other
// acts. let says that it is an act that only lets one go, as it was sealed before both had to say so in a review: id is its
// scope, and what stands in use cannot be told from it.
func sealedSwitch(value []byte) (id string, sum [sha256.Size]byte, let bool, err error) {
	has := map[string]json.RawMessage{}
	if err := json.Unmarshal(value, &has); err != nil {
		return "", sum, false, err
	}
	if has["pulled"] == nil {
		kind, scope := textOf(has["kind"]), map[string]json.RawMessage{}
		if kind != "pull" && kind != "release" || has["scope"] == nil {
			return "", sum, false, nil
		}
		if err := json.Unmarshal(has["scope"], &scope); err != nil {
			return "", sum, false, err
		}
		if kind == "release" {
			return scopeOf(scope), sum, true, nil
		}
		is := map[string]json.RawMessage{"kind": scope["kind"], "key": scope["key"], "pulled": has["at"], "by": has["by"], "why": has["says"], "lift": has["lift"]}
		for name, v := range is {
			if v == nil {
				delete(is, name)
			}
		}
		has = is
	}
	form, err := json.Marshal(has) // its names sorted
	return scopeOf(has) + " " + textOf(has["pulled"]), sha256.Sum256(form), false, err
}

func scopeOf(has map[string]json.RawMessage) string {
	return strings.TrimSpace(textOf(has["kind"]) + " " + textOf(has["key"]))
}

func textOf(v json.RawMessage) (s string) {
	_ = json.Unmarshal(v, &s) // what is no text names nothing
	return s
}

// sealSwitch notes what was sealed last of a switch.
func (c *checker) sealSwitch(n int64, l Leaf, value []byte) error {
	id, sum, let, err := sealedSwitch(value)
	switch {
	case err != nil || id == "":
		return err
	case !let:
		scope := id[:max(strings.LastIndex(id, " "), 0)]
		whole := c.pulled[scope] == id
		c.pulled[scope] = id
		c.newest[rowID{KindAct, id}] = sealedRow{leaf: n, at: l.At, sum: sum, whole: whole}
	default:
		name := rowID{KindAct, c.pulled[id]}
		if s, ok := c.newest[name]; ok && !s.whole {
			s.loose = true
			c.newest[name] = s
		}
	}
	return nil
}
