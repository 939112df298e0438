package app

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Role is a part of the work that a process may do, or leave.
type Role string

// The roles. Who watches judges too, in the same process, as long as what is found goes from one
// to the other in memory.
const (
	RoleWatch   Role = "watch"   // takes telemetry in and finds
	RoleJudge   Role = "judge"   // decides, and lets clocks run out
	RoleShield  Role = "shield"  // has orders carried out
	RoleCourier Role = "courier" // tells tenants, and calls whoever is on call
	RoleConsole Role = "console" // shows pages to people and tenants
)

// Roles are all roles, in their order. A process that was given none has all.
var Roles = []Role{RoleWatch, RoleJudge, RoleShield, RoleCourier, RoleConsole}

// ParseRoles reads roles with commas between.
func ParseRoles(text string) (out []Role, err error) {
	for word := range strings.SplitSeq(text, ",") {
		r := Role(strings.TrimSpace(word))
		if !slices.Contains(Roles, r) {
			return nil, evenkeel.Invalid("role %q; expected some of %s", r, joinRoles())
		}
		out = append(out, r)
	}
	for _, core := range []Role{RoleWatch, RoleJudge} {
		if !slices.Contains(out, core) {
			return nil, &evenkeel.Error{
				Kind: evenkeel.KindInvalid, Says: "roles " + text + " without " + string(core) + "; expected watch and judge among them",
				Hint: "one process has a data directory, and what it watches it judges; leave out shield, courier or console to stop sending or showing",
			}
		}
	}
	return out, nil
}

func joinRoles() string {
	words := make([]string, len(Roles))
	for i, r := range Roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

// does says whether the process has a role.
func (p *Parts) does(r Role) bool { return len(p.Roles) == 0 || slices.Contains(p.Roles, r) }
