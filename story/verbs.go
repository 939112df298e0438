package story

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// verb is one word that a line may begin with.
type verb struct {
	name, form, about string
	least, most       int // words behind it that are not arguments
	args              []string
	play              func(s *stage, l *line) error
}

// Verb documents a verb of scripts.
type Verb struct{ Name, Form, About string }

// Verbs returns the verbs in the order in which they are best read.
func Verbs() []Verb {
	out := make([]Verb, len(verbs))
	for i, v := range verbs {
		out[i] = Verb{v.name, v.form, v.about}
	}
	return out
}

var verbs []verb

func init() { // the verbs' functions reach the table through findVerb
	verbs = []verb{
		{name: "at", form: "at 2019-05-29T06:00:00Z", about: "sets the clock; the first line of a script. It never goes back",
			least: 1, most: 1, play: (*stage).setClock},
		{name: "+", form: "+30m", about: "the clock goes on; long-running lines play what falls due",
			least: 1, most: 1, play: (*stage).jump},
		{name: "tick", form: "tick 5m", about: "the clock goes on, and every minute each source that has spoken says that it is alive, so that windows close",
			least: 1, most: 1, play: (*stage).tick},
		{name: "source", form: "source NAME", about: "who tells the lines that follow; each source has its own clock. At first: story",
			least: 1, most: 1, play: (*stage).setSource},
		{name: "note", form: "note \"what a reader should know\"", about: "stands in the transcript",
			least: 1, most: 1, play: (*stage).note},
		{name: "then", form: "then \"what happened\"", about: "what happened in truth, where the story is of an incident: it stands in the transcript beside what happens here",
			least: 1, most: 1, play: (*stage).then},

		{name: "tenant", form: "tenant ID [since=DATE] [standing=on_credit] [paid=0] [currency=USD] [run_rate=400.00] [reseller=yes|no|unknown] [name=\"Raisup SAS\"] [contacts=owner:a@x.example,…] [arrives +20m]",
			about: "the operator's books tell facts about a tenant; what is left out is unknown",
			least: 1, most: 1, args: []string{"since", "standing", "paid", "currency", "run_rate", "reseller", "name", "contacts", "arrives"}, play: (*stage).tenant},
		{name: "asset", form: "asset NAMES tenant=ID [kind=vm] [from=DATE] [until=DATE] [arrives +20m]",
			about: "the tenant holds the assets, from now on where from is not given",
			least: 1, most: 1, args: []string{"tenant", "kind", "from", "until", "arrives"}, play: (*stage).asset},
		{name: "payment", form: "payment TENANT 120.00 USD [kind=payment|refund|chargeback|credit] [arrives +20m]", about: "money came or went",
			least: 3, most: 3, args: []string{"kind", "arrives"}, play: (*stage).payment},

		{name: "create", form: "create NAMES tenant=ID [flavour=c-16] [vcpus=16] [image=…] [script=…] [region=fra1] [principal=…] [every 20s] [arrives +20m]",
			about: "machines are made, all at once or one every so often; script is a SHA-256 in hex, or any word, which is hashed",
			least: 1, most: 1, args: machineArgs, play: machine(evenkeel.ActionCreate)},
		{name: "delete", form: "delete NAMES tenant=ID [principal=…] [every 20s] [arrives +20m]", about: "machines are deleted",
			least: 1, most: 1, args: machineArgs, play: machine(evenkeel.ActionDelete)},
		{name: "resize", form: "resize NAMES tenant=ID [flavour=…] [vcpus=…] [principal=…] [every 20s] [arrives +20m]", about: "machines become others",
			least: 1, most: 1, args: machineArgs, play: machine(evenkeel.ActionResize)},
		{name: "start", form: "start NAMES tenant=ID [principal=…] [every 20s] [arrives +20m]", about: "machines are started",
			least: 1, most: 1, args: machineArgs, play: machine(evenkeel.ActionStart)},
		{name: "stop", form: "stop NAMES tenant=ID [principal=…] [every 20s] [arrives +20m]", about: "machines are stopped",
			least: 1, most: 1, args: machineArgs, play: machine(evenkeel.ActionStop)},

		{name: "cpu", form: "cpu NAMES 99.8% [every 15s for 40m] [wobble 0.1%] [iowait=2%] [cpus=4]",
			about: "the CPU is so busy: readings of the idle and the iowait state, of all CPUs together or of each",
			least: 2, most: 2, args: []string{"every", "for", "wobble", "iowait", "cpus", "arrives"}, play: (*stage).cpu},
		{name: "network", form: "network NAMES out|in 20MB/s every 60s for 1h [wobble 10%]", about: "bytes go over the wire",
			least: 3, most: 3, args: []string{"every", "for", "wobble", "arrives"}, play: (*stage).network},
		{name: "disk", form: "disk NAMES read|write 5MB/s every 60s for 1h [wobble 10%]", about: "bytes go to or from disks",
			least: 3, most: 3, args: []string{"every", "for", "wobble", "arrives"}, play: (*stage).disk},
		{name: "flow", form: "flow NAMES out|in 198.51.100.7:3333/tcp [app=stratum] [name=pool.example] [packets=40] [bytes=9000] [every 60s for 20m]",
			about: "a sensor saw traffic with another end",
			least: 3, most: 3, args: []string{"app", "name", "packets", "bytes", "every", "for", "arrives"}, play: (*stage).flow},
		{name: "port", form: "port NAMES [packets=900] [bytes=90000] [in=800] [bytes_in=…] [syns=40] [synacks=38] [resets=1] [hosts=3] [services=3] [to=203.0.113.7:80/tcp] " +
			"[top=500] [service=30] [spoofed=…] [mail=…] [logins=…] [limited=…] [udp=… udp_in=… icmp=… echoes=… probed=…] [reflected=… asked=… victims=…] [every 1s for 10s]",
			about: "the sensor at the port counts what passes in a second: hosts and services that were not met before, and by UDP or ping (probed); answers to pings (echoes); packets to the address that got most (top), SYNs to the port that got most, bytes out of and in to port 123",
			least: 1, most: 1, args: portWords(), play: (*stage).port},
		{name: "hostevent", form: "hostevent NAMES known-miner [name=xmrig] [sha256=…] [every 60s for 20m]", about: "a sensor on the host saw a program or a file",
			least: 2, most: 2, args: []string{"name", "sha256", "every", "for", "arrives"}, play: (*stage).hostEvent},
		{name: "site", form: "site NAMES [visits=900] [wanted=40] [served=38] [passed=60] [failed=2] [asked=840] [solved=4] [refused=0] [turned=0] [stage=proof] [edge=20ms] [backend=2s] [saved=30s] [bytes=90000] [every 1s for 30s] [arrives +20m]",
			about: "an edge counts what comes to a site, in a second, or in each interval of every",
			least: 1, most: 1, args: siteWords(), play: (*stage).site},
		{name: "report", form: "report NAMES attack [class=connection/ddos] [reporter=watchers.example] [incidents=3] [every 1h for 3h] [arrives +20m]",
			about: "somebody else reports an address or domain; reports arrive long after what they are about",
			least: 2, most: 2, args: []string{"class", "reporter", "incidents", "every", "for", "arrives"}, play: (*stage).report},

		{name: "announce", form: "announce TENANT count=10 until=DATE [from=DATE] [selector=\"principal=…\"] [what=cpu] [says=\"…\"] [arrives +20m]",
			about: "a tenant announces a burst; without a selector, of any machines",
			least: 1, most: 1, args: []string{"count", "from", "until", "selector", "what", "says", "arrives"}, play: (*stage).announce},
		{name: "answer", form: "answer TENANT \"words\" [family=mining] [contact=owner] [arrives +20m]",
			about: "the tenant answers our question; from then on a person of ours has so long to look",
			least: 2, most: 2, args: []string{"family", "contact", "arrives"}, play: theirs(docket.ActAnswer)},
		{name: "message", form: "message TENANT \"words\" [family=mining] [contact=owner] [arrives +20m]", about: "the tenant says anything else",
			least: 2, most: 2, args: []string{"family", "contact", "arrives"}, play: theirs(docket.ActMessage)},

		{name: "appeal", form: "appeal TENANT \"words\" [family=mining] [contact=owner] [arrives +20m]",
			about: "the tenant appeals against the highest measure in force, or else what was in force last",
			least: 2, most: 2, args: []string{"family", "contact", "arrives"}, play: theirs(docket.ActAppeal)},
		{name: "extend", form: "extend TENANT \"words\" [family=mining] [contact=owner] [arrives +20m]", about: "the tenant asks for more time to answer",
			least: 2, most: 2, args: []string{"family", "contact", "arrives"}, play: theirs(docket.ActExtend)},
		{name: "down", form: "down TENANT \"words\" [family=mining] [contact=developer] [arrives +20m]",
			about: "somebody of the tenant says that production is down: people are called at once",
			least: 2, most: 2, args: []string{"family", "contact", "arrives"}, play: theirs(docket.ActDown)},
		{name: "answered", form: "answered TENANT \"words\" [family=mining] [contact=developer] [arrives +20m]",
			about: "somebody of the tenant says that all questions are answered: people are called at once",
			least: 2, most: 2, args: []string{"family", "contact", "arrives"}, play: theirs(docket.ActAnswered)},

		{name: "bounce", form: "bounce TENANT \"why\"", about: "the last notice to the tenant reached nobody",
			least: 2, most: 2, args: []string{"arrives"}, play: (*stage).bouncing},
		{name: "told", form: "told TENANT by=PERSON \"reason\" contact=owner how=phone|post|in_person|messages [family=mining] [arrives +20m]",
			about: "a person says that they told a contact what stands, where its notice reached nobody",
			least: 2, most: 2, args: []string{"family", "by", "contact", "how", "arrives"}, play: ours(docket.ActTold, (*stage).telling)},
		{name: "vouch", form: "vouch TENANT \"words\" newcomer=owner contact=billing [mailbox=a@x.example] [family=mining] [arrives +20m]",
			about: "a contact who is known confirms one who came while the case is open; mailbox is whose link it is, where a role was that of several",
			least: 2, most: 2, args: []string{"family", "newcomer", "contact", "mailbox", "arrives"}, play: (*stage).vouching},
		{name: "confirm", form: "confirm TENANT by=PERSON \"reason\" newcomer=owner [family=mining] [arrives +20m]",
			about: "a person does, who checked it by a second way",
			least: 2, most: 2, args: []string{"family", "by", "newcomer", "arrives"}, play: ours(docket.ActConfirm, (*stage).confirming)},
		{name: "posted", form: "posted TENANT \"what it answered\"", about: "a machine of the tenant's took the last notice: nobody is told by that",
			least: 2, most: 2, args: []string{"arrives"}, play: (*stage).posting},

		{name: "clear", form: "clear TENANT by=PERSON \"reason\" [family=mining] [outcome=false_positive|policy_mismatch] [flag=\"principal=…\" count=10 vcpus=… rate=… from=DATE until=DATE|for=90d] [no_flag=once|gone|rule_at_fault|tenant_wishes]",
			about: "a person closes the case: what was found is not what it looked like. It takes a flag, or a reason for none",
			least: 2, most: 2, args: append([]string{"family", "by", "outcome", "flag", "no_flag", "arrives"}, grantArgs...), play: ours(docket.ActClear, (*stage).clearance)},
		{name: "flag", form: "flag TENANT by=PERSON \"reason\" selector=\"principal=…\" until=DATE|for=90d [family=mining] [count=10] [vcpus=…] [rate=…] [from=DATE]",
			about: "a person lets the tenant do so: what the flag covers leads to no measure",
			least: 2, most: 2, args: append([]string{"family", "by", "selector", "arrives"}, grantArgs...), play: ours(docket.ActFlag, (*stage).flag)},
		{name: "revoke", form: "revoke TENANT by=PERSON \"reason\" [family=mining] [selector=\"principal=…\"]",
			about: "a person ends a flag: the newest, or the one with that selector",
			least: 2, most: 2, args: []string{"family", "by", "selector", "arrives"}, play: ours(docket.ActRevoke, (*stage).revoking)},
		{name: "approve", form: "approve TENANT by=PERSON \"reason\" [to=throttle] [family=mining] [measure=isolate] [assets=NAMES]",
			about: "a person lets what is proposed or held take effect, or what `to` names",
			least: 2, most: 2, args: append([]string{"to"}, chosenArgs...), play: ours(docket.ActApprove, (*stage).approving)},
		{name: "refuse", form: "refuse TENANT by=PERSON \"reason\" [family=mining] [measure=isolate] [assets=NAMES]",
			about: "a person says no to what is proposed or held",
			least: 2, most: 2, args: chosenArgs, play: ours(docket.ActRefuse, (*stage).chosen)},
		{name: "lower", form: "lower TENANT to=throttle by=PERSON \"reason\" [family=mining] [measure=isolate] [assets=NAMES]",
			about: "a person puts a lower measure in the place of what is in force",
			least: 2, most: 2, args: append([]string{"to"}, chosenArgs...), play: ours(docket.ActLower, (*stage).lowering)},
		{name: "lift", form: "lift TENANT by=PERSON \"reason\" [family=mining] [measure=throttle] [assets=NAMES]",
			about: "a person ends what is in force",
			least: 2, most: 2, args: chosenArgs, play: ours(docket.ActLift, (*stage).chosen)},
		{name: "renew", form: "renew TENANT by=PERSON \"reason\" [until=DATE|for=2h] [family=mining] [measure=throttle] [assets=NAMES]",
			about: "a person lets what is in force stand longer, at most its lease, while a decision is due",
			least: 2, most: 2, args: append([]string{"until", "for"}, chosenArgs...), play: ours(docket.ActRenew, (*stage).renewing)},
		{name: "shut", form: "shut TENANT by=PERSON \"reason\" site=shop.example [until=DATE|for=30m] [update=\"what the page says\"]",
			about: "a person has a site of the tenant show its own page at once, whatever was found",
			least: 2, most: 2, args: []string{"by", "site", "until", "for", "update", "arrives"}, play: ours(docket.ActShut, (*stage).shutting)},
		{name: "uphold", form: "uphold TENANT by=PERSON \"reason\" [family=mining]",
			about: "a person who did not take the decision finds that what was appealed stays. Written as in life: a template is refused",
			least: 2, most: 2, args: []string{"family", "by", "arrives"}, play: ours(docket.ActUphold, (*stage).upholding)},
		{name: "reviewers", form: "reviewers NAME,NAME [since=DATE]",
			about: "who works for the operator and may decide, from now on where since is not given; a second person is drawn among them",
			least: 1, most: 1, args: []string{"since"}, play: (*stage).reviewers},
		{name: "propose", form: "propose TENANT by=PERSON \"reason\" measure=suspend answers=\"… | …\" innocent=\"…\" facts=\"#1, #2\" ground=\"…\" [argument=\"…\"] [family=mining] [authority=… reference=… until=DATE [secret=yes] [withdrawn=yes]]",
			about: "a person asks a second one, with a verdict; authority stands for a lawful order in the place of a measure",
			least: 2, most: 2, args: append([]string{"measure", "authority", "reference", "until", "secret", "withdrawn"}, verdictArgs...), play: ours(docket.ActPropose, (*stage).proposing)},
		{name: "verdict", form: "verdict TENANT by=drawn \"reason\" found=suspend|grant=yes answers=\"… | …\" innocent=\"…\" facts=\"#1, #2\" ground=\"…\" [argument=\"…\"] [family=mining]",
			about: "a person says what they found; drawn is whoever the lot fell on",
			least: 2, most: 2, args: verdictArgs, play: ours(docket.ActVerdict, (*stage).finding)},
		{name: "credit", form: "credit TENANT by=PERSON \"reason\" [family=mining]",
			about: "a person grants the credit that was proposed when the case was closed as a false positive",
			least: 2, most: 2, args: []string{"family", "by", "arrives"}, play: ours(docket.ActCredit, (*stage).recusing)},
		{name: "no-credit", form: "no-credit TENANT by=PERSON \"reason\" [family=mining]",
			about: "a person refuses it",
			least: 2, most: 2, args: []string{"family", "by", "arrives"}, play: ours(docket.ActNoCredit, (*stage).recusing)},
		{name: "recuse", form: "recuse TENANT by=drawn \"reason\" [family=mining]",
			about: "a person who was drawn cannot decide, and another is drawn",
			least: 2, most: 2, args: []string{"family", "by"}, play: ours(docket.ActRecuse, (*stage).recusing)},
		{name: "close", form: "close TENANT by=PERSON \"reason\" outcome=confirmed|victim|inconclusive [family=mining]",
			about: "a person closes the case with another outcome",
			least: 2, most: 2, args: []string{"family", "by", "outcome", "arrives"}, play: ours(docket.ActClose, (*stage).closing)},

		{name: "again", form: "again [30s]", about: "what the line before said is said once more, each record so long after the first time (1s)",
			most: 1, play: (*stage).again},
		{name: "shuffle", form: "shuffle 45s|off", about: "the records that follow arrive in disorder, each up to so much later",
			least: 1, most: 1, play: (*stage).shuffle},
	}
	verbs = slices.Insert(verbs, len(verbs)-2, slices.Concat(houseVerbs, stageVerbs, lotVerbs, lookVerbs, []verb{publicVerb, moreVerb, leapVerb})...)
}

var chosenArgs = []string{"family", "by", "measure", "assets", "arrives"}

var machineArgs = []string{"tenant", "flavour", "vcpus", "image", "script", "region", "principal", "every", "arrives"}

func findVerb(name string) (*verb, error) {
	known := make([]string, len(verbs))
	for i := range verbs {
		if verbs[i].name == name {
			return &verbs[i], nil
		}
		known[i] = verbs[i].name
	}
	e := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "unknown verb " + name + "; expected one of " + strings.Join(known, ", ")}
	if near := strict.Nearest(name, known); near != "" && !slices.Contains([]string{"+"}, near) {
		e.Says += "; did you mean " + near + "?"
	}
	return nil, e
}
