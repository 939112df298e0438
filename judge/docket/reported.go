package docket

import (
	"net/netip"

	"github.com/evenkeel/evenkeel"
)

// Reported is what somebody outside reported of one asset, kept until they were told what came of
// it. The report itself is a record of the log; this is whom to tell, and nothing that decides.
type Reported struct {
	Receipt  string           // what the reporter was answered; one for all that one mail reports
	Asset    evenkeel.AssetID // what it is about
	At       evenkeel.Moment  // when that was so
	Came     evenkeel.Moment
	Reporter string // whom precision is counted by: see reporter keys in docs/abuse-reports.md
	// Contact is where the reporter may be written to; "" nowhere. No tenant reads it, and it is
	// forgotten with the last mail.
	Contact string
	Thread  string // Message-ID of the mail that it came by, without brackets, or ""
	Class   string
	Doubted bool            // it opens no case alone
	Case    evenkeel.CaseID // that it came to; "" none so far
}

// Precision counts the cases that reports of one reporter came to, each case once.
type Precision struct {
	Reporter  string
	Confirmed int // closed as abuse, or as a machine that was taken over
	False     int // closed as a false positive
	Other     int // closed without saying which
	Open      int // reports of which nothing has come so far
}

// Attacked is somebody who was attacked from an asset, as one of its reports says, kept until they are
// told, where the policy says so, or nothing comes of it.
type Attacked struct {
	Receipt    string // of the report
	Asset      evenkeel.AssetID
	Victim     netip.Addr
	VictimPort uint16 // 0: several, or none
	SourcePort uint16 // 0 only with icmp
	Kind       string // one of those that can be written: see instrument/xarf
	Protocol   string
	At, Until  evenkeel.Moment // when it was so; Until is At where one time is told
	Came       evenkeel.Moment
	Began      evenkeel.Moment // when a mail about it was to leave first; 0: none was
	Tries      int             // mails that nobody took
}

// Became is what became of telling somebody who was attacked.
type Became string

// What may become of it.
const (
	BecameTold      Became = "told"       // a mail left
	BecameSame      Became = "same"       // they were told of it already
	BecameNoContact Became = "no_contact" // nobody is known who could be told
	BecameRefused   Became = "refused"    // their server will not take it, or nobody took it in time
	BecameNothing   Became = "nothing"    // there is no case of which they may be told
)

// Outward is what became of telling somebody who was attacked, as it is written into the timeline.
type Outward struct {
	Case    evenkeel.CaseID
	Report  string // report_id of what they were sent
	Victim  netip.Addr
	Network string // whose contact it went to, as the settings have it; "" none
	Became  Became // told, no_contact or refused
	Says    string // what their server answered
}
