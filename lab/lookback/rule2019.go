package lookback

import (
	_ "embed"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
)

//go:embed busy-2019.yaml
var standInText []byte

// standInRule is the id of the stand-in for the detector of 2019, whose thresholds were never
// published: what it found beside what the rules in force find.
const standInRule = "busy-2019"

// lately is what counts as a machine made lately: the limit of the term new-machine of our rule
// crypto-mining. That of 2019 was never published.
const lately = 7 * 24 * time.Hour

// standIn returns the stand-in. It looks at CPU load alone. The history of payments is asked by the
// policy of 2019. The way machines were created is not asked, so that more may be locked here than
// were: those whose machines meet that too are counted apart.
func standIn() (*rule.Rule, error) {
	rules, err := rule.Parse("busy-2019.yaml", standInText)
	if err != nil || len(rules) != 1 {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "read the stand-in for the rule of 2019", Err: err}
	}
	return rules[0], nil
}
