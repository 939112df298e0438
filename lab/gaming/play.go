package gaming

import (
	"fmt"
	"time"
)

// Play is what an abuser chooses.
type Play struct {
	Flood    bool     `json:"flood"`    // sends packets at others, in the place of mining
	Accounts int      `json:"accounts"` // each with two machines of four vCPUs
	Standing Standing `json:"standing"`
	Hidden   bool     `json:"hidden"` // nothing of it shows on the wire
	Slack    bool     `json:"slack"`  // its CPU stays just below what the rule calls pinned
	Turns    bool     `json:"turns"`  // its machines take turns, an hour each
	// Registers says that it opens its accounts one after the other over the day, each with new
	// machines as it begins; else all of them are there from the start.
	Registers bool    `json:"registers"`
	Announce  bool    `json:"announce"` // a burst for all of its machines, as it begins
	Answer    bool    `json:"answer"`   // every notice is answered at once, at whatever hour
	Appeals   int     `json:"appeals"`  // a day and account, with other words each time
	Breaks    bool    `json:"breaks"`   // its own ways to its data, as soon as something stands that could cut them
	Deaf      bool    `json:"deaf"`     // its mailbox is dead: no notice reaches it
	Reported  bool    `json:"reported"` // its accounts do nothing: strangers report each of them, every hour
	Insists   Insists `json:"insists"`  // what it does as often once a person has found it out
}

// Insists is how an account goes on that was found to be abuse and closed.
type Insists uint8

// The ways.
const (
	Leaves  Insists = iota // it says nothing more
	Appeals                // it goes on appealing
	Writes                 // it writes, and does not call it an appeal
)

// String returns leaves, appeals or writes.
func (s Insists) String() string { return [...]string{"leaves", "appeals", "writes"}[s] }

// MarshalText is String, for JSON.
func (s Insists) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Standing is what is known of its accounts.
type Standing uint8

// The standings.
const (
	Fresh   Standing = iota // on trial, nothing paid, two days old: all is known
	Unknown                 // on credit, of whose payments nothing is known
	Bought                  // three years old, in good standing, with all that it has earned
)

// String returns fresh, unknown or bought.
func (s Standing) String() string { return [...]string{"fresh", "unknown", "bought"}[s] }

// MarshalText is String, for JSON.
func (s Standing) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String names what it does, such as "4 fresh accounts mine, answer at once".
func (p Play) String() string {
	does := "mine"
	switch {
	case p.Flood:
		does = "flood"
	case p.Reported:
		does = "are reported by strangers every hour"
	}
	s := fmt.Sprintf("%d %s accounts %s", p.Accounts, p.Standing, does)
	for _, x := range []struct {
		is   bool
		says string
	}{{p.Hidden, "hide it on the wire"}, {p.Slack, "stay below the rule"}, {p.Turns, "take turns"}, {p.Registers, "are opened over the day"}, {p.Announce, "announce it"}, {p.Answer, "answer at once"}, {p.Breaks, "break their ways to their data"}, {p.Deaf, "cannot be reached"}} {
		if x.is {
			s += ", " + x.says
		}
	}
	if p.Appeals > 0 {
		s += fmt.Sprintf(", appeal %d times a day", p.Appeals)
	}
	switch {
	case p.Appeals > 0 && p.Insists == Appeals:
		s += ", go on appealing when closed"
	case p.Appeals > 0 && p.Insists == Writes:
		s += ", go on writing when closed"
	}
	return s
}

// Gain is what a play brought, and what it cost the operator.
type Gain struct {
	CPUHours float64 `json:"cpu_hours"` // at full speed, of one vCPU each
	Packets  float64 `json:"packets"`   // at third parties
	Minutes  float64 `json:"minutes"`   // of people
	Found    int     `json:"found"`     // accounts that a person found to be abuse
	Cases    int     `json:"cases"`
	Said     int     `json:"said"`     // what its accounts said, and was taken in
	Refused  int     `json:"refused"`  // and what was not, as that was decided
	Measures int     `json:"measures"` // that were enforced, one that stands on each time
	Cut      int     `json:"cut"`      // probes of its ways that brought nothing
	Upheld   int     `json:"upheld"`   // appeals on which people decided
}

// Worth is the gain in CPU-hours, or in packets where it floods.
func (g Gain) Worth(p Play) float64 {
	if p.Flood {
		return g.Packets
	}
	return g.CPUHours
}

const (
	machines = 2 // of an account
	vcpus    = 4 // of a machine
	step     = 10 * time.Minute
	pps      = 100_000 // packets a second that a flooding machine sends
)
