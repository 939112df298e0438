package lookback

import (
	_ "embed"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
)

//go:embed busy-2019.yaml
var standInText []byte

// standInRule is the id of the stand-in for the detector of 2019, whose thresholds were never
// published: what it found beside what the rules in force find.
const standInRule = "busy-2019"

// standIn returns the stand-in. It looks at CPU load alone: the rest, creation and the history of
// payments, is asked by the other rules and by the policy of 2019.
func standIn() (*rule.Rule, error) {
	rules, err := rule.Parse("busy-2019.yaml", standInText)
	if err != nil || len(rules) != 1 {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "read the stand-in for the rule of 2019", Err: err}
	}
	return rules[0], nil
}
