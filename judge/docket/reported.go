package docket

import "github.com/evenkeel/evenkeel"

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
