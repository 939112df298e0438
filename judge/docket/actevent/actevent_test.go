package actevent

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// event is one structured event of a type with data.
func event(typ, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":"7","source":"console","type":%q,"time":"2026-03-02T08:00:00Z","data":%s}`, typ, data)
}

func moment0(t testing.TB, s string) evenkeel.Moment {
	t.Helper()
	at, err := evenkeel.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

var (
	at    = evenkeel.Moment(1772438400e9) // 2026-03-02T08:00:00Z
	april = evenkeel.Moment(1775001600e9) // 2026-04-01T00:00:00Z
	until = evenkeel.Moment(1775044800e9) // 2026-04-01T12:00:00Z
)

var accepted = []struct {
	name, kind, data string
	want             docket.Act
}{
	{
		"a tenant answers about its newest case of a family", "evenkeel.answer.v1", `{"tenant":"raisup","family":"mining","says":"It is our batch job."}`,
		docket.Act{Kind: docket.ActAnswer, Tenant: "raisup", Family: "mining", Says: "It is our batch job."},
	}, {
		"a tenant writes about a case, in several lines", "evenkeel.message.v1", `{"case":"c-1","says":"When?\n\n\tPlease."}`,
		docket.Act{Kind: docket.ActMessage, Case: "c-1", Says: "When?\n\n\tPlease."},
	}, {
		"null is the same as left out", "evenkeel.answer.v1", `{"case":"c-1","tenant":null,"family":null,"says":"Yes."}`,
		docket.Act{Kind: docket.ActAnswer, Case: "c-1", Says: "Yes."},
	}, {
		"a person grants a flag for named assets", "evenkeel.flag.v1",
		`{"tenant":"raisup","family":"mining","by":"p-anna","selector":{"assets":["vm-2","vm-1"]},"until":"2026-04-01","says":"Told on the phone."}`,
		docket.Act{
			Kind: docket.ActFlag, Tenant: "raisup", Family: "mining", By: "p-anna", Says: "Told on the phone.",
			Grant: &docket.Grant{Selector: evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-2", "vm-1"}}, Until: april},
		},
	}, {
		"a person grants a flag for what is made the same way, within bounds", "evenkeel.flag.v1",
		`{"case":"c-1","by":"p-anna","selector":{"principal":"deploy","image":"ubuntu 24","start_script_sha256":"` + strings.ToUpper(sum) + `"},
		"envelope":{"count":10,"vcpus":320,"rate":1500.5},"from":"2026-04-01T02:00:00+02:00","until":"2026-04-01T12:00:00Z","says":"Seen."}`,
		docket.Act{
			Kind: docket.ActFlag, Case: "c-1", By: "p-anna", Says: "Seen.",
			Grant: &docket.Grant{
				Selector: evenkeel.Selector{Principal: "deploy", Image: "ubuntu 24", StartScript: sum},
				Envelope: evenkeel.Envelope{Count: 10, VCPUs: 320, Rate: 1500.5}, From: april, Until: until,
			},
		},
	}, {
		"a person ends a flag", "evenkeel.revoke.v1", `{"case":"c-1","by":"p-anna","flag":"flag-1","says":"It was sold."}`,
		docket.Act{Kind: docket.ActRevoke, Case: "c-1", By: "p-anna", Flag: "flag-1", Says: "It was sold."},
	}, {
		"a clearance is of a false positive where it says nothing else", "evenkeel.clear.v1",
		`{"case":"c-1","by":"p-anna","flag":{"selector":{"tenant_wide":true},"until":"2026-04-01"},"says":"A batch job."}`,
		docket.Act{
			Kind: docket.ActClear, Case: "c-1", By: "p-anna", Says: "A batch job.", Outcome: evenkeel.OutcomeFalsePositive,
			Grant: &docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Until: april},
		},
	}, {
		"a clearance of what is allowed here, with a reason for no flag", "evenkeel.clear.v1",
		`{"case":"c-1","by":"p-anna","outcome":"policy_mismatch","no_flag":"rule_at_fault","says":"We let them mine."}`,
		docket.Act{
			Kind: docket.ActClear, Case: "c-1", By: "p-anna", Says: "We let them mine.", Outcome: evenkeel.OutcomePolicyMismatch,
			NoFlag: docket.NoFlagRuleAtFault,
		},
	}, {
		"a clearance without a flag or a reason is an act, which the judge refuses", "evenkeel.clear.v1", `{"case":"c-1","by":"p-anna","says":"Fine."}`,
		docket.Act{Kind: docket.ActClear, Case: "c-1", By: "p-anna", Says: "Fine.", Outcome: evenkeel.OutcomeFalsePositive},
	}, {
		"a person closes a case about a victim", "evenkeel.close.v1", `{"case":"c-1","by":"p-anna","outcome":"victim","says":"sshd was replaced."}`,
		docket.Act{Kind: docket.ActClose, Case: "c-1", By: "p-anna", Outcome: evenkeel.OutcomeVictim, Says: "sshd was replaced."},
	}, {
		"a person approves what is wanted", "evenkeel.approve.v1", `{"case":"c-1","by":"p-anna","says":"Two signs."}`,
		docket.Act{Kind: docket.ActApprove, Case: "c-1", By: "p-anna", Says: "Two signs."},
	}, {
		"a person approves less than is wanted", "evenkeel.approve.v1", `{"case":"c-1","by":"p-anna","decision":"d-1","measure":"throttle","says":"Enough."}`,
		docket.Act{Kind: docket.ActApprove, Case: "c-1", By: "p-anna", Decision: "d-1", Measure: evenkeel.MeasureThrottle, Says: "Enough."},
	}, {
		"a person refuses", "evenkeel.refuse.v1", `{"tenant":"t","family":"mining","by":"p-anna","decision":"d-1","says":"No."}`,
		docket.Act{Kind: docket.ActRefuse, Tenant: "t", Family: "mining", By: "p-anna", Decision: "d-1", Says: "No."},
	}, {
		"a person lowers", "evenkeel.lower.v1", `{"case":"c-1","by":"p-anna","measure":"drop-flow","says":"Enough."}`,
		docket.Act{Kind: docket.ActLower, Case: "c-1", By: "p-anna", Measure: evenkeel.MeasureDropFlow, Says: "Enough."},
	}, {
		"a person lifts", "evenkeel.lift.v1", `{"case":"c-1","by":"p-anna","decision":"d-1","says":"Over."}`,
		docket.Act{Kind: docket.ActLift, Case: "c-1", By: "p-anna", Decision: "d-1", Says: "Over."},
	}, {
		"a person proposes a suspension to a second one", "evenkeel.propose.v1",
		`{"case":"c-1","by":"p-anna","measure":"suspend","assets":["a"],"until":"2026-04-01","verdict":{"measure":"suspend","answers":["No.","Yes."],
		"innocent":"A benchmark.","facts":["pool","#3"],"ground":"4.2","argument":"It does not fit."},"says":"It mines."}`,
		docket.Act{
			Kind: docket.ActPropose, Case: "c-1", By: "p-anna", Measure: evenkeel.MeasureSuspend, Assets: []evenkeel.AssetID{"a"}, Until: april, Says: "It mines.",
			Verdict: &docket.Verdict{
				Measure: evenkeel.MeasureSuspend, Answers: []string{"No.", "Yes."}, Innocent: "A benchmark.", Facts: []string{"pool", "#3"}, Ground: "4.2", Argument: "It does not fit.",
			},
		},
	}, {
		"a person proposes what a court ordered", "evenkeel.propose.v1",
		`{"case":"c-1","by":"p-anna","hold":{"authority":"District court","reference":"7 Qs 12/26","until":"2026-04-01"},"verdict":{"grant":true,"ground":"4.2"},"says":"It came today."}`,
		docket.Act{
			Kind: docket.ActPropose, Case: "c-1", By: "p-anna", Hold: &docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Until: april},
			Verdict: &docket.Verdict{Grant: true, Ground: "4.2"}, Says: "It came today.",
		},
	}, {
		"a person who was drawn gives a verdict", "evenkeel.verdict.v1", `{"case":"c-1","by":"p-ben","review":"r-1","verdict":{"measure":"throttle","facts":["#1"]},"says":"Read."}`,
		docket.Act{Kind: docket.ActVerdict, Case: "c-1", By: "p-ben", Review: "r-1", Verdict: &docket.Verdict{Measure: evenkeel.MeasureThrottle, Facts: []string{"#1"}}, Says: "Read."},
	}, {
		"a person who was drawn cannot", "evenkeel.recuse.v1", `{"case":"c-1","by":"p-ben","says":"I know them."}`,
		docket.Act{Kind: docket.ActRecuse, Case: "c-1", By: "p-ben", Says: "I know them."},
	}, {
		"a person grants a credit", "evenkeel.credit-grant.v1", `{"case":"c-1","by":"p-anna","credit":"cr-1","says":"We were wrong."}`,
		docket.Act{Kind: docket.ActCredit, Case: "c-1", By: "p-anna", Credit: "cr-1", Says: "We were wrong."},
	}, {
		"a person refuses the only credit", "evenkeel.credit-refuse.v1", `{"case":"c-1","by":"p-anna","says":"It was paid already."}`,
		docket.Act{Kind: docket.ActNoCredit, Case: "c-1", By: "p-anna", Says: "It was paid already."},
	}, {
		"a person pulls the switch of everything", "evenkeel.pull.v1", `{"by":"p-anna","kind":"global","says":"Stop."}`,
		docket.Act{Kind: docket.ActPull, By: "p-anna", Scope: &docket.Scope{Kind: docket.SwitchGlobal}, Says: "Stop."},
	}, {
		"a person pulls the switch of a measure, and what stands ends", "evenkeel.pull.v1", `{"by":"p-anna","kind":"measure","key":"drop-flow","lift":true,"says":"Stop."}`,
		docket.Act{Kind: docket.ActPull, By: "p-anna", Scope: &docket.Scope{Kind: docket.SwitchMeasure, Key: "drop-flow"}, Lift: true, Says: "Stop."},
	}, {
		"a person lets a switch go", "evenkeel.release.v1", `{"by":"p-ben","kind":"detector","key":"wire","keep":true,"says":"Mended."}`,
		docket.Act{Kind: docket.ActRelease, By: "p-ben", Scope: &docket.Scope{Kind: docket.SwitchDetector, Key: "wire"}, Keep: true, Says: "Mended."},
	}, {
		"a person closes a breaker", "evenkeel.reset.v1", `{"by":"p-ben","rule":"flood-out","says":"Mended."}`,
		docket.Act{Kind: docket.ActReset, By: "p-ben", Rule: "flood-out", Says: "Mended."},
	}, {
		"a person accepts what a source sends", "evenkeel.accept.v1", `{"by":"p-ben","source":"agents","says":"They send shares now."}`,
		docket.Act{Kind: docket.ActAccept, By: "p-ben", Source: "agents", Says: "They send shares now."},
	}, {
		"a person undoes what a rule did in a window", "evenkeel.undo.v1",
		`{"by":"p-ben","rule":"flood-out","version":2,"from":"2026-04-01","until":"2026-04-01T12:00:00Z","measure":"limit","clear":true,"dry":true,"says":"Ours."}`,
		docket.Act{
			Kind: docket.ActUndo, By: "p-ben", Says: "Ours.",
			Undo: &docket.Undo{Rule: "flood-out", Version: 2, From: april, Until: until, Measure: evenkeel.MeasureLimit, Clear: true, Dry: true},
		},
	}, {
		"a person says what they found by lot", "evenkeel.audit.v1", `{"by":"p-ben","audit":"au-1","outcome":"false_positive","says":"A build farm."}`,
		docket.Act{Kind: docket.ActAudit, By: "p-ben", Audit: "au-1", Outcome: evenkeel.OutcomeFalsePositive, Says: "A build farm."},
	}, {
		"a person brings a version of a rule to a stage", "evenkeel.promote.v1", `{"by":"p-ben","rule":"crypto-mining","version":2,"stage":"canary","measure":"throttle","says":"Twenty were right."}`,
		docket.Act{Kind: docket.ActPromote, By: "p-ben", Rule: "crypto-mining", Promote: &docket.Promotion{Version: 2, Stage: learning.StageCanary, UpTo: evenkeel.MeasureThrottle}, Says: "Twenty were right."},
	}, {
		"a person says what a version found over recorded time", "evenkeel.promote.v1", `{"by":"p-ben","rule":"crypto-mining","backtest":{"from":"2026-04-01","until":"2026-04-01T12:00:00Z","hits":3,"wanted":2},"says":"March."}`,
		docket.Act{Kind: docket.ActPromote, By: "p-ben", Rule: "crypto-mining", Promote: &docket.Promotion{Test: &learning.Backtest{From: april, Until: until, Hits: 3, Wanted: 2}}, Says: "March."},
	}, {
		"a contact other than the owner answers", "evenkeel.answer.v1", `{"case":"c-1","contact":"\u8d22\u52a1","says":"Yes."}`,
		docket.Act{Kind: docket.ActAnswer, Case: "c-1", Contact: "财务", Says: "Yes."},
	}, {
		"a tenant appeals against a decision", "evenkeel.appeal.v1", `{"case":"c-1","decision":"d-1","contact":"owner","says":"It is a test."}`,
		docket.Act{Kind: docket.ActAppeal, Case: "c-1", Decision: "d-1", Contact: "owner", Says: "It is a test."},
	}, {
		"a tenant asks for more time", "evenkeel.extend.v1", `{"tenant":"t","family":"mining","says":"Whoever knows flies."}`,
		docket.Act{Kind: docket.ActExtend, Tenant: "t", Family: "mining", Says: "Whoever knows flies."},
	}, {
		"a developer says that production is down", "evenkeel.down.v1", `{"case":"c-1","contact":"developer","says":"30,000 users."}`,
		docket.Act{Kind: docket.ActDown, Case: "c-1", Contact: "developer", Says: "30,000 users."},
	}, {
		"a contact says that all is answered", "evenkeel.answered.v1", `{"case":"c-1","says":"All five points."}`,
		docket.Act{Kind: docket.ActAnswered, Case: "c-1", Says: "All five points."},
	}, {
		"a person renews what is in force until a time", "evenkeel.renew.v1", `{"case":"c-1","by":"p-anna","decision":"d-1","until":"2026-04-01","says":"I read the answer."}`,
		docket.Act{Kind: docket.ActRenew, Case: "c-1", By: "p-anna", Decision: "d-1", Until: april, Says: "I read the answer."},
	}, {
		"a person shuts a site", "evenkeel.shut.v1", `{"by":"p-anna","site":"shop.example","until":"2026-04-01","update":"We are mending the checkout.","says":"It books twice."}`,
		docket.Act{Kind: docket.ActShut, By: "p-anna", Assets: []evenkeel.AssetID{"shop.example"}, Until: april, Update: "We are mending the checkout.", Says: "It books twice."},
	}, {
		"a person upholds what was appealed", "evenkeel.uphold.v1", `{"case":"c-1","by":"p-ben","says":"The appeal names no job."}`,
		docket.Act{Kind: docket.ActUphold, Case: "c-1", By: "p-ben", Says: "The appeal names no job."},
	}, {
		"a person says that they told it by phone", "evenkeel.told.v1", `{"case":"c-1","by":"p-ben","contact":"owner","how":"phone","when":"2026-04-01","says":"I read the notice to him."}`,
		docket.Act{Kind: docket.ActTold, Case: "c-1", By: "p-ben", Contact: "owner", Telling: &docket.Telling{How: docket.ByPhone, When: april}, Says: "I read the notice to him."},
	}, {
		"a known contact confirms one who came", "evenkeel.vouch.v1", `{"case":"c-1","newcomer":"owner#new","listed":"2026-04-01","contact":"billing","says":"She leads the company since May."}`,
		docket.Act{Kind: docket.ActVouch, Case: "c-1", Contact: "billing", Confirm: &docket.Confirming{Contact: "owner#new", Listed: april}, Says: "She leads the company since May."},
	}, {
		"a person confirms a contact who came", "evenkeel.confirm.v1", `{"case":"c-1","by":"p-ben","contact":"owner","says":"I called the number of the contract."}`,
		docket.Act{Kind: docket.ActConfirm, Case: "c-1", By: "p-ben", Confirm: &docket.Confirming{Contact: "owner"}, Says: "I called the number of the contract."},
	},
}

func TestAnEventIsTheActThatItTells(t *testing.T) {
	if at != moment0(t, "2026-03-02T08:00:00Z") || april != moment0(t, "2026-04-01T00:00:00Z") {
		t.Fatal("the times of the table are not those of its events")
	}
	kinds := map[string]bool{}
	for _, c := range accepted {
		t.Run(c.name, func(t *testing.T) {
			kinds[c.kind] = true
			c.want.ID, c.want.At = "console 7", at
			got, err := Decode([]byte(event(c.kind, strings.ReplaceAll(c.data, "\n\t\t", ""))))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Fatalf("read\n%+v\nwant\n%+v", got, c.want)
			}
			line, err := Encode(got)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := Decode(line); err != nil || !reflect.DeepEqual(back, got) {
				t.Errorf("%s is read as\n%+v (%v)\nwant\n%+v", line, back, err, got)
			}
		})
	}
	for _, name := range Types() {
		if !kinds[name] {
			t.Errorf("no example of %s", name)
		}
	}
}

func TestWhatIsWrittenIsFixed(t *testing.T) {
	line, err := Encode(docket.Act{
		ID: "console 7 b", Kind: docket.ActClear, At: at + 5, Case: "c-1", By: "p-anna", Says: "A <batch> job.", Outcome: evenkeel.OutcomeFalsePositive,
		Grant: &docket.Grant{Selector: evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-1"}}, Envelope: evenkeel.Envelope{Count: 3}, Until: april},
	})
	const want = `{"specversion":"1.0","id":"7 b","source":"console","type":"evenkeel.clear.v1","time":"2026-03-02T08:00:00.000000005Z",` +
		`"data":{"case":"c-1","by":"p-anna","outcome":"false_positive","flag":{"selector":{"assets":["vm-1"]},"envelope":{"count":3},` +
		`"until":"2026-04-01T00:00:00Z"},"says":"A \u003cbatch\u003e job."}}`
	if err != nil || string(line) != want {
		t.Errorf("written\n%s (%v)\nwant\n%s", line, err, want)
	}
}

func TestWhatIsNoActSaysWhatWasExpected(t *testing.T) {
	flag := func(fields string) string {
		return event("evenkeel.flag.v1", `{"case":"c","by":"p","says":"x",`+fields+`}`)
	}
	envelope := func(from, to string) string {
		return strings.Replace(event("evenkeel.lift.v1", `{"case":"c","by":"p","says":"x"}`), from, to, 1)
	}
	for _, c := range []struct{ name, line, says string }{
		{"no JSON", `{"specversion"`, "it is not JSON: unexpected end of JSON input; expected a CloudEvent, an object on one line"},
		{"a list", `[]`, "it is a list of 0; expected a CloudEvent, an object with specversion"},
		{"more than one object", `{} {}`, "it is not JSON"},
		{"text that is not UTF-8", "{\"id\":\"\xff\"}", "it is not valid UTF-8"},
		{"half of a surrogate pair, which could make two ids one", `{"id":"\ud800"}`, "it has half of a surrogate pair"},
		{"too long", `{"id":"` + strings.Repeat("a", MaxBytes) + `"}`, "bytes; expected at most 65536"},
		{"too deep", event("evenkeel.lift.v1", strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40)), "levels deep; expected at most 32"},
		{"another version", envelope(`"specversion":"1.0"`, `"specversion":"0.3"`), `specversion is "0.3"; expected "1.0"`},
		{"no id", envelope(`"id":"7",`, ""), "read act: id is missing; expected a CloudEvent 1.0 with specversion, id, source, type, time and data"},
		{"an id that is a number", envelope(`"id":"7"`, `"id":7`), "id is 7; expected a text"},
		{"a source with a space, which could make two identities one", envelope(`"source":"console"`, `"source":"a b"`), `source is "a b"; expected a URI reference`},
		{"ids that are too long together", envelope(`"source":"console"`, `"source":"`+strings.Repeat("s", 255)+`"`), "source and id have 256 bytes together; expected at most 255"},
		{"no time", envelope(`"time":"2026-03-02T08:00:00Z"`, `"time":""`), "time is missing"},
		{"a clock that was never set", envelope("2026-03-02", "1970-01-01"), "expected a time in RFC 3339 such as 2026-11-22T09:30:00Z, from 2000 to 2099"},
		{"another kind of data", envelope(`"data":`, `"datacontenttype":"text/xml","data":`), "expected application/json or none"},
		{"data in base 64", envelope(`"data":{`, `"data_base64":"","data":{`), "data is given as data_base64; expected data, an object"},
		{"data that is a text", event("evenkeel.lift.v1", `"lift"`), `data is "lift"; expected an object`},
		{"no data", event("evenkeel.lift.v1", `null`), "data is missing; expected an object"},
		{"a type that is misspelt", envelope("evenkeel.lift.v1", "evenkeel.lfit.v1"), `read act "7": type "evenkeel.lfit.v1" is no act; did you mean evenkeel.lift.v1?`},
		{"an announcement, which is telemetry", envelope("evenkeel.lift.v1", "evenkeel.burst.v1"), "type evenkeel.burst.v1 is no act; expected it among the telemetry"},
		{"something else", envelope("evenkeel.lift.v1", "com.example.thing"), "is no act; expected one of evenkeel.answer.v1, evenkeel.message.v1,"},

		{"a field that is misspelt", event("evenkeel.lift.v1", `{"case":"c","by":"p","sais":"x"}`), `read act "7" (evenkeel.lift.v1): data.sais is no field of evenkeel.lift.v1; did you mean says?`},
		{"a field of another type", event("evenkeel.lift.v1", `{"case":"c","by":"p","says":"x","measure":"limit"}`), "data.measure is no field of evenkeel.lift.v1; expected only case, tenant, family, by, decision, says"},
		{"a field that is there twice", event("evenkeel.lift.v1", `{"case":"c","case":"d","by":"p","says":"x"}`), "data.case is given twice; expected it once"},
		{"a person who speaks for a tenant", event("evenkeel.answer.v1", `{"case":"c","by":"p","says":"x"}`), "data.by is no field of evenkeel.answer.v1: here the tenant speaks"},
		{"nobody who acts", event("evenkeel.lift.v1", `{"case":"c","says":"x"}`), "data.by is missing; expected an id of 1 to 256 bytes on one line"},
		{"no reason", event("evenkeel.lift.v1", `{"case":"c","by":"p"}`), "data.says is missing; expected a text of 1 to 8192 bytes"},
		{"blanks for a reason", event("evenkeel.lift.v1", `{"case":"c","by":"p","says":" \n"}`), `data.says is " \n"; expected a text of 1 to 8192 bytes`},
		{"a case and a tenant", event("evenkeel.lift.v1", `{"case":"c","tenant":"t","by":"p","says":"x"}`), "data.case is given together with data.tenant or data.family; expected data.case alone, or data.tenant with data.family"},
		{"a tenant without a family", event("evenkeel.answer.v1", `{"tenant":"t","says":"x"}`), "data.family is missing; expected data.case alone"},
		{"a family without a tenant", event("evenkeel.answer.v1", `{"family":"f","says":"x"}`), "data.tenant is missing"},
		{"nothing that it is about", event("evenkeel.answer.v1", `{"says":"x"}`), "it does not say what it is about"},
		{"a measure that is none", event("evenkeel.lower.v1", `{"case":"c","by":"p","measure":"none","says":"x"}`), `data.measure is "none"; expected one of notify, challenge,`},
		{"an outcome that closes nothing", event("evenkeel.close.v1", `{"case":"c","by":"p","outcome":"false_positive","says":"x"}`), "expected one of confirmed, victim, inconclusive"},
		{"a flag and a reason for none", event("evenkeel.clear.v1", `{"case":"c","by":"p","no_flag":"once","flag":{"selector":{"tenant_wide":true},"until":"2026-04-01"},"says":"x"}`), "data.flag and data.no_flag are both given; expected one of them"},

		{"a switch of nothing", event("evenkeel.pull.v1", `{"by":"p","kind":"rule","says":"x"}`), "key of switch rule is empty"},
		{"a switch of everything and a rule", event("evenkeel.pull.v1", `{"by":"p","kind":"global","key":"flood","says":"x"}`), "expected nothing behind global"},
		{"a switch of a measure that nobody enforces", event("evenkeel.release.v1", `{"by":"p","kind":"measure","key":"notify","says":"x"}`), "expected a measure that is enforced"},
		{"a switch about a case", event("evenkeel.pull.v1", `{"case":"c","by":"p","kind":"global","says":"x"}`), "data.case is no field of evenkeel.pull.v1"},
		{"an undo of no version", event("evenkeel.undo.v1", `{"by":"p","rule":"r","says":"x"}`), "data.version is missing; expected the version of a rule"},
		{"an undo of version nought", event("evenkeel.undo.v1", `{"by":"p","rule":"r","version":0,"says":"x"}`), "data.version is 0; expected the version of a rule"},
		{"an undo that ends before it begins", event("evenkeel.undo.v1", `{"by":"p","rule":"r","version":1,"from":"2026-04-02","until":"2026-04-01","says":"x"}`), "expected a time after data.from"},

		{"a flag for nothing", flag(`"until":"2026-04-01"`), "data.selector is missing; expected an object with assets, principal, image, start_script_sha256, tenant_wide"},
		{"a selector of two forms", flag(`"selector":{"assets":["a"],"tenant_wide":true},"until":"2026-04-01"`), "data.selector says in 2 ways which assets are meant; expected one"},
		{"an empty selector", flag(`"selector":{},"until":"2026-04-01"`), "data.selector says in 0 ways"},
		{"an asset twice", flag(`"selector":{"assets":["a","a"]},"until":"2026-04-01"`), `data.selector.assets[1] is "a" again; expected each asset once`},
		{"an asset that is a number", flag(`"selector":{"assets":["a",7]},"until":"2026-04-01"`), "data.selector.assets[1] is 7; expected an id"},
		{"tenant-wide or not", flag(`"selector":{"tenant_wide":false},"until":"2026-04-01"`), "data.selector.tenant_wide is false; expected true, or nothing"},
		{"no sum", flag(`"selector":{"start_script_sha256":"abc"},"until":"2026-04-01"`), "expected a SHA-256 sum of 64 hexadecimal digits"},
		{"a bound of zero", flag(`"selector":{"tenant_wide":true},"envelope":{"count":0},"until":"2026-04-01"`), "data.envelope.count is 0; expected a whole number from 1 to 1048576; leave it out for no bound"},
		{"half a machine", flag(`"selector":{"tenant_wide":true},"envelope":{"count":1.5},"until":"2026-04-01"`), "data.envelope.count is 1.5"},
		{"a rate of nothing", flag(`"selector":{"tenant_wide":true},"envelope":{"rate":-1},"until":"2026-04-01"`), "data.envelope.rate is -1; expected a number of packets a second above 0"},
		{"an unknown bound", flag(`"selector":{"tenant_wide":true},"envelope":{"cuont":1},"until":"2026-04-01"`), "data.envelope.cuont is no field of data.envelope; did you mean count?"},
		{"a flag without an end", flag(`"selector":{"tenant_wide":true}`), "data.until is missing"},
		{"a flag that ends before it begins", flag(`"selector":{"tenant_wide":true},"until":"2026-03-02T08:00:00Z"`), "data.until is 2026-03-02T08:00:00Z; expected a time after time, which is 2026-03-02T08:00:00Z"},
		{"a flag for ever", flag(`"selector":{"tenant_wide":true},"from":"2026-04-01","until":"2027-04-03"`), "expected at most 366 days after data.from, which is 2026-04-01T00:00:00Z"},
		{"a clearance whose flag ends before it begins", event("evenkeel.clear.v1", `{"case":"c","by":"p","flag":{"selector":{"tenant_wide":true},"until":"2025-04-01"},"says":"x"}`), "data.flag.until is 2025-04-01T00:00:00Z; expected a time after time"},
		{"a day that is none", flag(`"selector":{"tenant_wide":true},"until":"2026-02-30"`), `data.until is "2026-02-30"; expected a time in RFC 3339`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Decode([]byte(c.line))
			if err == nil {
				t.Fatalf("read as %+v", got)
			}
			if !strings.Contains(err.Error(), c.says) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("error %q of kind %s; want one that says %q", err, evenkeel.KindOf(err), c.says)
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 800 {
				t.Errorf("an error of %d bytes that does not fit a line: %q", len(err.Error()), err)
			}
			if !reflect.DeepEqual(got, docket.Act{}) {
				t.Errorf("beside the error there is an act: %+v", got)
			}
		})
	}
}

func TestWhatAnEventCannotTellIsNotWritten(t *testing.T) {
	good := docket.Act{ID: "console 7", Kind: docket.ActLift, At: at, Case: "c", By: "p", Says: "x"}
	for _, c := range []struct {
		name   string
		change func(*docket.Act)
		says   string
	}{
		{"an announcement", func(a *docket.Act) { *a = FromBurst(evenkeel.Burst{At: at, ID: 1, Tenant: "t"}) }, "it announces a burst; expected evenkeel.burst.v1, which is telemetry"},
		{"no kind", func(a *docket.Act) { a.Kind = 0 }, "its kind is invalid"},
		{"an id of something else", func(a *docket.Act) { a.ID = "7" }, "its id names no source; expected a source, a space and an id"},
		{"no time", func(a *docket.Act) { a.At = 0 }, "time is missing"},
		{"a field that its kind does not have", func(a *docket.Act) { a.Measure = evenkeel.MeasureLimit }, "evenkeel.lift.v1 cannot tell its measure"},
		{"a person who speaks for a tenant", func(a *docket.Act) { a.Kind = docket.ActAnswer }, "evenkeel.answer.v1 cannot tell its by"},
		{"a clearance of no outcome", func(a *docket.Act) { a.Kind = docket.ActClear }, "evenkeel.clear.v1 cannot tell its outcome"},
		{"text that is not UTF-8", func(a *docket.Act) { a.Says = "\xff" }, "cannot tell its says"},
		{"a rate that is no number", func(a *docket.Act) {
			a.Kind, a.Grant = docket.ActFlag, &docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Until: april}
			a.Grant.Envelope.Rate = -1
		}, "data.envelope.rate is -1"},
		{"an empty flag", func(a *docket.Act) {
			a.Kind, a.Outcome, a.Grant = docket.ActClear, evenkeel.OutcomeFalsePositive, &docket.Grant{}
		}, "cannot tell its grant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := good
			c.change(&a)
			line, err := Encode(a)
			if err == nil || !strings.Contains(err.Error(), c.says) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("%s, error %v; want one that says %q", line, err, c.says)
			}
		})
	}
	if _, err := Encode(good); err != nil {
		t.Errorf("without a change: %v", err)
	}
}

func TestAnAnnouncedBurstIsAnActOfItsTenant(t *testing.T) {
	u := evenkeel.Burst{At: at, ID: 0xabc, Tenant: "raisup", Count: 10, From: april, Until: until, What: "batch", Says: "Our quarter."}
	want := docket.Act{ID: "burst-0000000000000abc", Kind: docket.ActAnnounce, At: at, Tenant: "raisup", Says: "Our quarter.", Burst: &u}
	if got := FromBurst(u); !reflect.DeepEqual(got, want) || !got.Kind.OfTenant() {
		t.Errorf("%+v; want %+v", got, want)
	}
}
