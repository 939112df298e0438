package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const doneText = `clear by anna, 2026-03-02T12:00:00Z
  2026-03-02T12:00:00Z  said     The tenant: answer.
    | It is ours.\u001b[2J
    | \u202eevil
  2026-03-02T12:00:00Z  acted    lift. (anna)
  2026-03-02T12:00:00Z  decided  It was seen.
  2026-03-02T12:01:00Z  decided  It was right. (carl)
  2026-03-02T12:00:00Z  decided  A flag covers it. (ben)
case      c-1 of raisup, mining: reopened
decision  d-1: notify in_force, until 2026-03-02T13:00:00Z
flag      flag-1  raisup, mining: those of principal deploy, image ubuntu, at most 12 at a time, at most 1500.5 packets a second; from 2026-03-02T12:00:00Z until 2026-03-03T12:00:00Z, revoked 2026-03-02T13:00:00Z, by anna: Their batch job.
notice    to raisup: notify lifted
order     enforce limit on vm-1
order     lift limit on vm-1
`

func TestWhatFollowedIsToldInWords(t *testing.T) {
	f := folder()
	order := evenkeel.Order{Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"vm-1"}}
	lift := order
	lift.Lift = true
	done := app.Done{
		Act: "control/anna 7", Kind: docket.ActClear, At: noon, Person: "anna",
		Cases: []evenkeel.Case{f.Case}, Decisions: f.Decisions[:1], Flags: f.Flags, Entries: f.Entries,
		Notices: []evenkeel.Notice{{Tenant: "raisup", Measure: evenkeel.MeasureNotify, State: evenkeel.Lifted}}, Orders: []evenkeel.Order{order, lift},
	}
	var out bytes.Buffer
	(&view{w: &out}).done(&done)
	if out.String() != doneText {
		t.Errorf("printed\n%s\nwant\n%s", &out, doneText)
	}
	for _, c := range []struct {
		done app.Done
		want string
	}{
		{app.Done{Kind: docket.ActAnswer, At: noon, Person: "an\x1bna"}, `answer passed on by an\u001bna, 2026-03-02T12:00:00Z` + "\n"},
		{app.Done{Act: "control/anna 7", Repeated: true}, "control/anna 7 was done before; nothing changed\n"},
	} {
		out.Reset()
		(&view{w: &out}).done(&c.done)
		if out.String() != c.want {
			t.Errorf("printed %q; want %q", &out, c.want)
		}
	}
}

// TestWhatIsMissingIsSaidBeforeAnythingIsSent runs commands in a directory where nobody
// listens: what is whole ends there.
func TestWhatIsMissingIsSaidBeforeAnythingIsSent(t *testing.T) {
	dir := t.TempDir()
	const late = " --flag-until 2099-01-01"
	for _, c := range []struct{ name, args, says string }{
		{"an answer for nobody", "case approve c-1 Why. --point maybe:so", `approve: --point "maybe:so", the answer to criterion 1; expected for:, against: or open:, and words`},
		{"an answer without words' sign", "case close c-1 Why. --outcome victim --point open:x --point against", `the answer to criterion 2; expected for:, against: or open:, and words`},
		{"a clearance of nothing", "case clear c-1 Why.", "clear case c-1: neither a flag nor a reason for none; expected --flag-… (what it covers, and until when) or --no-flag"},
		{"a clearance with both", "case clear c-1 Why. --no-flag gone --flag-count 3", "a flag and --no-flag are both given; expected one of them"},
		{"an unknown reason for no flag", "case clear c-1 Why. --no-flag none-such", `reason for no flag "none-such"; expected one of none, once, gone, rule_at_fault, tenant_wishes`},
		{"a flag for nothing", "case clear c-1 Why. --flag-count 3" + late, "what the flag covers is missing; expected --flag-assets, or some of --flag-principal, --flag-image and --flag-start-script-sha256, or --flag-tenant-wide"},
		{"a flag without an end", "case clear c-1 Why. --flag-tenant-wide", "--flag-until is missing; expected when the flag ends, at most 366 days from its beginning"},
		{"a flag that is over", "case clear c-1 Why. --flag-tenant-wide --flag-until 2020-01-01", "--flag-until is 2020-01-01T00:00:00Z; expected a time after the flag begins, which is 2023-11-14T22:13:20Z"},
		{"a flag that lasts too long", "case clear c-1 Why. --flag-tenant-wide" + late, "clear: --flag-until is 2099-01-01T00:00:00Z; expected at most 366 days"},
		{"a flag that lasts too many days", "case clear c-1 Why. --flag-tenant-wide --flag-until 400d", "clear: --flag-until is 2024-12-18T22:13:20Z; expected at most 366 days"},
		{"an end that is no time", "case clear c-1 Why. --flag-tenant-wide --flag-until tomorrow", `--flag-until: "tomorrow"; expected such as 2026-12-31, 2026-12-31T12:00:00Z or 30d`},
		{"a flag in two ways", "case clear c-1 Why. --flag-tenant-wide --flag-assets vm-1 --flag-until 2024-01-01", "clear: what the flag covers says in 2 ways which assets are meant"},
		{"a grant about nothing", "flag grant Why. --tenant-wide --until 2024-01-01", "missing flags: --case=ID or --tenant=ID"},
		{"a grant without its family", "flag grant Why. --tenant t-1 --tenant-wide --until 2024-01-01", "grant a flag for t-1: --family is missing"},
		{"a grant with a family too many", "flag grant Why. --case c-1 --family mining --tenant-wide --until 2024-01-01", "--family is given with --case"},
		{"a grant of nothing", "flag grant Why. --case c-1 --until 2024-01-01", "what the flag covers is missing; expected --assets, or"},
		{"a flag for no machine", "flag grant Why. --case c-1 --tenant-wide --count 0 --until 30d", `--count: "0"; expected a whole number from 1, or leave it out`},
		{"a flag for fewer", "flag grant Why. --case c-1 --tenant-wide --count=-3 --until 30d", `--count: "-3"; expected a whole number from 1`},
		{"a flag for half a vCPU", "flag grant Why. --case c-1 --tenant-wide --vcpus 0.5 --until 30d", `--vcpus: "0.5"; expected a whole number from 1`},
		{"a flag for no packet", "flag grant Why. --case c-1 --tenant-wide --rate 0 --until 30d", `--rate: "0"; expected a number above 0, or leave it out`},
		{"a flag for no number of packets", "flag grant Why. --case c-1 --tenant-wide --rate NaN --until 30d", `--rate: "NaN"; expected a number above 0`},
		{"a clearance for no machine", "case clear c-1 Why. --flag-tenant-wide --flag-count 0" + late, `--flag-count: "0"; expected a whole number from 1, or leave it out`},
		{"a measure that is none", "case lower c-1 Why. --measure slap", `measure "slap"; expected one of`},
		{"no measure", "case lower c-1 Why.", "missing flags: --measure=MEASURE"},
		{"no outcome", "case close c-1 Why.", "missing flags: --outcome=OUTCOME"},
		{"no reason", "case lift c-1", `expected "<reason>"`},
		{"an empty reason", "case lift c-1 EMPTY", "lift: <reason> is missing; expected a text of 1 to"},
		{"an empty reason to end a flag", "flag grant EMPTY --case c-1 --tenant-wide --until 30d", "flag: <reason> is missing; expected a text"},
		{"an answer of nothing", "case answer c-1 BLANK", `answer: <words> is " "; expected a text`},
		{"an appeal of nothing", "case appeal c-1 BLANK", `appeal: <words> is " "; expected a text`},
		{"a contact that is an address", "case down c-1 Why. --contact ann@raisup.example", "down: --contact is "},
		{"a renewal that is over", "case renew c-1 Why. --until 2020-01-01", "renew in case c-1: --until is 2020-01-01T00:00:00Z; expected a time after now"},
		{"a case that is no id", "case lift \x00 Why.", "lift: <case> is "},
		{"a family that is none", "flag grant Why. --tenant t-1 --family Mining! --tenant-wide --until 30d", `flag: --family is "Mining!"; expected a family of rules`},
		{"a start script that is no sum", "flag grant Why. --case c-1 --start-script-sha256 abc --until 30d", `flag: --start-script-sha256 is "abc"; expected`},
		{"a decision twice", "case lift c-1 Why. --decision d-1 --decision d-2", "--decision is given more than once; expected it once"},
		{"a flag to end that nobody knows of", "flag revoke flag-1 Why.", "revoke: open books in " + dir + ": there are none"},

		{"an answer that is whole", "case answer c-1 Why.", "nobody listens"},
		{"an appeal that is whole", "case appeal c-1 Why. --decision d-1 --contact owner", "nobody listens"},
		{"more time", "case extend c-1 Why.", "nobody listens"},
		{"a call", "case down c-1 Why. --contact developer", "nobody listens"},
		{"a call that all is answered", "case answered c-1 Why.", "nobody listens"},
		{"a renewal that is whole", "case renew c-1 Why. --until 2h --decision d-1", "nobody listens"},
		{"a renewal for as long as may be", "case renew c-1 Why.", "nobody listens"},
		{"an uphold that is whole", "case uphold c-1 Why. --decision d-1", "nobody listens"},
		{"an approval that is whole", "case approve c-1 Why. --decision d-1 --measure throttle", "nobody listens"},
		{"a refusal that is whole", "case refuse c-1 Why.", "nobody listens"},
		{"a lowering that is whole", "case lower c-1 Why. --measure limit", "nobody listens"},
		{"a lifting that is whole", "case lift c-1 Why.", "nobody listens"},
		{"a closing that is whole", "case close c-1 Why. --outcome victim", "nobody listens"},
		{"a clearance that is whole", "case clear c-1 Why. --no-flag gone", "nobody listens"},
		{"a clearance with a flag that is whole", "case clear c-1 Why. --outcome policy_mismatch --flag-assets vm-1,vm-2 --flag-vcpus 8 --flag-until 2024-01-01", "nobody listens"},
		{"a grant for so many days", "flag grant Why. --case c-1 --tenant-wide --until 30d", "nobody listens"},
		{"a grant that is whole", "flag grant Why. --tenant t-1 --family mining --principal deploy --image u --rate 7.5 --from 2024-01-01 --until 2024-02-01T00:00:00Z", "nobody listens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _, stderr := inMemory(nil)
			args := append(strings.Fields(c.args), "--data", dir, "--by", "anna")
			for i, a := range args {
				args[i] = strings.NewReplacer("EMPTY", "", "BLANK", " ").Replace(a)
			}
			code := run(context.Background(), p, args)
			want := 2
			if strings.Contains(c.says, "nobody") || strings.Contains(c.says, "there are none") {
				want = 1
			}
			if code != want || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("exit code %d, %s; expected %d with %q", code, stderr, want, c.says)
			}
		})
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestWhoeverActsIsNamed(t *testing.T) {
	args := []string{"case", "lift", "--data", t.TempDir(), "c-1", "Over."}
	for person, says := range map[string]string{"": "--by is empty", "an\nna": "has a control character", "anna": "nobody listens"} {
		t.Setenv("EVENKEEL_PERSON", person)
		p, _, stderr := inMemory(nil)
		if code := run(context.Background(), p, args); code == 0 || !strings.Contains(stderr.String(), says) {
			t.Errorf("as %q: exit code %d, %s; expected %q", person, code, stderr, says)
		}
	}
}

// TestWhatIsOverHasNoEndToCome: until when a decision would have stood says nothing any more.
func TestWhatIsOverHasNoEndToCome(t *testing.T) {
	v := view{now: evenkeel.MomentOf(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))}
	for s := evenkeel.Proposed; s <= evenkeel.Refused; s++ {
		got := v.ends(&evenkeel.Decision{State: s, Until: v.now.Add(time.Hour)})
		if want := ", until 2026-03-02T13:00:00Z (in 1 h)"; s.Over() != (got == "") || got != "" && got != want {
			t.Errorf("%v: %q", s, got)
		}
	}
}
