package app

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// TestWhoMayDoWhichAct tries every kind of act as every role, as two roles, as nobody, and by a
// tenant's link (R27: a link may only speak; lifting and flags take a person).
func TestWhoMayDoWhichAct(t *testing.T) {
	at := evenkeel.MomentOf(time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC))
	grant := func(wide bool, days int) *docket.Grant {
		return &docket.Grant{Selector: evenkeel.Selector{TenantWide: wide, Assets: []evenkeel.AssetID{"vm-1"}}, Until: at.Add(time.Duration(days) * 24 * time.Hour)}
	}
	const everybody = "viewer reviewer lead admin auditor, reviewer+admin, nobody, link" // the columns
	columns := [][]roll.Role{{roll.Viewer}, {roll.Reviewer}, {roll.Lead}, {roll.Admin}, {roll.Auditor}, {roll.Reviewer, roll.Admin}, nil}
	type row struct {
		name string
		act  docket.Act
		may  string
	}
	rows := []row{
		{"a flag for the machine that was found", docket.Act{Kind: docket.ActFlag, Grant: grant(false, 90)}, "-++--+--"},
		{"a flag for all that a tenant has", docket.Act{Kind: docket.ActFlag, Grant: grant(true, 1)}, "--+-----"},
		{"a flag for a year", docket.Act{Kind: docket.ActFlag, Grant: grant(false, 91)}, "--+-----"},
		{"a clearance with a flag", docket.Act{Kind: docket.ActClear, Grant: grant(false, 7)}, "-++--+--"},
		{"a clearance with a flag for all that a tenant has", docket.Act{Kind: docket.ActClear, Grant: grant(true, 7)}, "--+-----"},
		{"what a link may do, with a flag in it", docket.Act{Kind: docket.ActMessage, Grant: grant(false, 7)}, "-++--+--"},
		{"what a link may do, as a person", docket.Act{Kind: docket.ActMessage, By: "ada"}, "-++--+--"},
	}
	pull := func(lift bool, k docket.SwitchKind) docket.Act {
		return docket.Act{Kind: docket.ActPull, Lift: lift, Scope: &docket.Scope{Kind: k, Key: "x"}}
	}
	rows = append(rows,
		row{"a switch of everything", pull(false, docket.SwitchGlobal), "-++--+--"},
		row{"a switch that lets one tenant go", pull(true, docket.SwitchTenant), "-++--+--"},
		row{"a switch that lets go whoever a rule met", pull(true, docket.SwitchRule), "--+-----"},
		row{"a switch that lets go whoever a detector met", pull(true, docket.SwitchDetector), "--+-----"},
		row{"a switch that lets go what a measure is on", pull(true, docket.SwitchMeasure), "--+-----"},
		row{"a switch that lets everybody go", pull(true, docket.SwitchGlobal), "--+-----"},
		row{"a switch that lets go who knows whom", docket.Act{Kind: docket.ActPull, Lift: true}, "--+-----"})
	for k := docket.ActKind(1); k.String() != "invalid"; k++ {
		if k == docket.ActVouch { // of whom a link says whose it is
			rows = append(rows, row{"to vouch, by a name alone", docket.Act{Kind: k, Confirm: &docket.Confirming{Contact: "owner"}}, "-++--+--"})
		}
		may := "-++--+--"
		switch k {
		case docket.ActReset, docket.ActUndo, docket.ActCredit, docket.ActNoCredit, docket.ActPromote, docket.ActAccept:
			may = "--+-----"
		}
		if k.OfTenant() {
			may = "-++--+-+"
		}
		act := docket.Act{Kind: k}
		if k == docket.ActVouch {
			act.Confirm = &docket.Confirming{Contact: "owner", Speaker: "ann@raisup.example"}
		}
		rows = append(rows, row{"to " + k.String(), act, may})
		if takes[k].String() == "invalid" {
			t.Errorf("%s declares no right", k)
		}
	}
	rows = append(rows, row{"a kind that does not exist", docket.Act{Kind: 250}, "--------"})
	for _, r := range rows {
		r.act.At = at
		is := ""
		mark := func(err error) {
			switch evenkeel.KindOf(err) {
			case evenkeel.KindDenied:
				is += "-"
			default:
				if is += "+"; err != nil {
					t.Errorf("%s: %v", r.name, err)
				}
			}
			if err != nil && evenkeel.HintOf(err) == "" {
				t.Errorf("%s: %v, without a hint", r.name, err)
			}
		}
		for _, roles := range columns {
			mark(permits(&roll.Person{ID: "ada", Roles: roles}, &r.act))
		}
		mark(spoken(&r.act))
		if is != r.may {
			t.Errorf("%s: %s; expected %s (%s)", r.name, is, r.may, everybody)
		}
	}
}
