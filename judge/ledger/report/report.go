package report

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
)

// Form names the form of a report as JSON.
const Form = "evenkeel.report.v1"

// Report is the public record of a quarter.
type Report struct {
	Form    string          `json:"form"`
	Quarter string          `json:"quarter"` // such as 2026Q4
	From    evenkeel.Moment `json:"from"`
	Until   evenkeel.Moment `json:"until"` // without it
	Log     Log             `json:"log"`

	Took       Took       `json:"took_effect"`
	Not        Not        `json:"did_not_take_effect"`
	Rows       []Row      `json:"rows"` // of what took effect, sorted by family, rule and measure
	Weeks      []Week     `json:"weeks"`
	Automation Share      `json:"automation"` // of what took effect: by a machine alone
	Overturned Share      `json:"overturned"` // of what took effect: what did not stand
	Reviewed   Share      `json:"reviewed"`   // of what took effect: whose case was closed with a verdict, or that a person lifted
	ToPerson   Times      `json:"to_person"`  // from a machine's decision until a person did something about the case
	ToAnswer   Times      `json:"to_answer"`  // from a tenant's word until a person did something about the case
	People     People     `json:"people"`     // how long people were busy with a case
	Appeals    Counted    `json:"appeals"`
	Wrong      Restricted `json:"wrongly_restricted"`
	Credits    Credits    `json:"credits"`
	Cases      Cases      `json:"cases"`
	Flags      int        `json:"flags"`         // granted or revoked
	Lawful     int        `json:"lawful_orders"` // by which access to a tenant's data was withheld; nothing else is said of them
}

// Log is what the report was made of. Whoever has these leaves can count again.
type Log struct {
	Leaves  int64           `json:"leaves"`
	Root    string          `json:"root"` // of RFC 6962, in base64
	Newest  evenkeel.Moment `json:"newest"`
	Earlier int64           `json:"earlier"` // leaves of the quarter about decisions and acts that are of version 1, which says less
}

// Took counts measures that took effect in the quarter.
type Took struct {
	All       int `json:"all"`
	Machine   int `json:"machine"`    // a machine, alone
	Person    int `json:"person"`     // a person took or approved it
	TwoPeople int `json:"two_people"` // two did
}

// Not counts what came to be in the quarter and did not take effect then. What was held or
// proposed may have taken effect afterwards.
type Not struct {
	Held       int `json:"held"`       // the tenant was heard first
	Proposed   int `json:"proposed"`   // a person was asked
	Refused    int `json:"refused"`    // procedure or a person said no
	Suppressed int `json:"suppressed"` // a clearance covered it
	Shadow     int `json:"shadow"`     // leaves of decisions that were watched only
}

// Row is what took effect under one rule, of one measure.
type Row struct {
	Family     string           `json:"family"`
	Rule       string           `json:"rule"` // "" where the leaf does not say
	Measure    evenkeel.Measure `json:"measure"`
	Took       int              `json:"took_effect"`
	Machine    int              `json:"machine"`
	Overturned int              `json:"overturned"`
	Minutes    int64            `json:"wrong_minutes"` // of one asset each, of what was overturned
}

// Week is seven days of the quarter, or what is left of it.
type Week struct {
	From    evenkeel.Moment `json:"from"`
	Machine int             `json:"machine"`
	Person  int             `json:"person"` // one or two
}

// Share is a part of a number.
type Share struct {
	Part int      `json:"part"`
	Of   int      `json:"of"`
	Is   *float64 `json:"share"` // 0 to 1; nil where there is nothing to have a part of
}

func share(part, of int) Share {
	s := Share{Part: part, Of: of}
	if of > 0 {
		is := float64(part) / float64(of)
		s.Is = &is
	}
	return s
}

// Times are how long something took, in seconds, of what began in the quarter.
type Times struct {
	Ended   int    `json:"ended"`   // that came to their end
	Waiting int    `json:"waiting"` // that had not when the log ended
	Median  *int64 `json:"median_seconds"`
	P95     *int64 `json:"p95_seconds"`
	all     []int64
}

// People is how many minutes people were busy with each case that was closed in the quarter, until it
// was. A case that was closed twice counts once, as it was closed last.
type People struct {
	Cases   int    `json:"cases"`  // that somebody was busy with
	Nobody  int    `json:"nobody"` // that nobody was, or of which the leaf does not say
	Minutes int64  `json:"minutes"`
	Median  *int64 `json:"median_minutes"`
	P95     *int64 `json:"p95_minutes"`
}

// finish counts the cases of a quarter.
func (p *People) finish(folders map[tlog.Hash]*folder) {
	var all []int64
	for _, f := range folders {
		switch {
		case !f.closed:
		case f.busy == 0:
			p.Nobody++
		default:
			all = append(all, int64(f.busy))
			p.Minutes += int64(f.busy)
		}
	}
	slices.Sort(all)
	p.Cases, p.Median, p.P95 = len(all), rank(all, 50), rank(all, 95)
}

// Counted is a number that may not be known.
type Counted struct {
	Count int  `json:"count"`
	Known bool `json:"known"` // false: leaves of the quarter do not say what an act was
}

// Restricted is what overturned measures took from tenants.
type Restricted struct {
	Measures     int   `json:"measures"` // enforced, and overturned
	Minutes      int64 `json:"minutes"`
	AssetMinutes int64 `json:"asset_minutes"` // minutes times assets
}

// Credits are what was made good in the quarter.
type Credits struct {
	Count   int      `json:"count"`
	Minutes int64    `json:"asset_minutes"`
	Amounts []Amount `json:"amounts"` // by currency, sorted
}

// Amount is money.
type Amount struct {
	Currency   string `json:"currency"`
	Hundredths int64  `json:"hundredths"`
}

// Cases counts cases in the quarter.
type Cases struct {
	Opened int            `json:"opened"`
	Closed map[string]int `json:"closed"` // by the outcome's word; a case that was closed twice counts twice
}

// minutes counts one that has begun whole, as a credit does.
func minutes(d time.Duration) int64 { return int64((d + time.Minute - 1) / time.Minute) }
