package roll

import "slices"

// Right is one thing that somebody may do. Whatever can be asked for declares the right that it
// takes (a page of the console, an act), and no other place says who may do it.
type Right uint8

// The rights.
const (
	SeeCases    Right = iota + 1 // the docket, cases with what tenants said, flags, findings without an owner
	SeeLedger                    // the head of the log, and how it is checked
	SeeStaff                     // who works here, with which accounts, since when, and who said so
	Decide                       // everything in a case: approve, refuse, lower, lift, clear, close, bring what a tenant said
	GrantFlags                   // and revoke them, as far as one case goes: see GrantWide
	GrantWide                    // flags for all that a tenant has, or for longer than MaxFlagDays
	Steer                        // what reaches beyond one case: closing breakers, undoing in bulk
	ManageStaff                  // invite, appoint, disable
)

var rights = []string{
	SeeCases: "see_cases", SeeLedger: "see_ledger", SeeStaff: "see_staff", Decide: "decide", GrantFlags: "grant_flags",
	GrantWide: "grant_wide", Steer: "steer", ManageStaff: "manage_staff",
}

// String returns the right's word.
func (r Right) String() string { return wordOf(rights, r) }

// ParseRight reads a right's word.
func ParseRight(s string) (Right, error) { return parseWord[Right]("right", rights, s) }

// MaxFlagDays is for how many days a flag may be granted with GrantFlags alone.
const MaxFlagDays = 90

// granted is the table: what each role may do. Who says who works here decides nothing by that, and
// who reads everything says nothing. docs/sign-in.md has it for people; a test holds both together.
var granted = map[Role][]Right{
	Viewer:   {SeeCases, SeeLedger},
	Reviewer: {SeeCases, SeeLedger, Decide, GrantFlags},
	Lead:     {SeeCases, SeeLedger, SeeStaff, Decide, GrantFlags, GrantWide, Steer},
	Admin:    {SeeLedger, SeeStaff, ManageStaff},
	Auditor:  {SeeCases, SeeLedger, SeeStaff},
}

// May says whether a role has a right.
func May(role Role, right Right) bool { return slices.Contains(granted[role], right) }

// May says whether one of the person's roles has a right.
func (p *Person) May(right Right) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return May(r, right) })
}

// With names the roles that have a right.
func With(right Right) (list []Role) {
	for _, r := range Roles() {
		if May(r, right) {
			list = append(list, r)
		}
	}
	return list
}

// Conflicting says whether somebody with these roles both decides and says who decides. One human
// being could then make themselves the second person that a grave measure takes.
func Conflicting(list []Role) bool {
	p := Person{Roles: list}
	return p.May(Decide) && p.May(ManageStaff)
}
