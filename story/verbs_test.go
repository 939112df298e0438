package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// said renders what a line sends, a record a line: when it arrives, when it was, and what.
func said(t *testing.T, lines string) string {
	t.Helper()
	var b strings.Builder
	for _, d := range parsed(t, lines, "").deliveries {
		if d.act != nil {
			fmt.Fprintf(&b, "%s %s\n", d.at.Time().Format("15:04:05"), actText(t, d.act))
			continue
		}
		r := &d.from.Records[d.nth]
		fmt.Fprintf(&b, "%s %s %s: ", d.at.Time().Format("15:04:05"), r.At.Time().Format("15:04:05"), d.from.Source)
		switch r.Kind {
		case evenkeel.KindUsage:
			u := d.from.Usage(r)
			fmt.Fprintf(&b, "%s meter %d part %d form %d %.3f span %s each %t", u.Asset, u.Meter, u.Part, u.Form, u.Value, r.Span(), u.PerCPU)
		case evenkeel.KindLifecycle:
			l := d.from.Lifecycle(r)
			fmt.Fprintf(&b, "%s of %s %s %s %d %s %.8s %s %s", l.Asset, l.Tenant, l.Action, l.Flavour, l.VCPUs, l.Image, l.StartScript, l.Region, l.Principal)
		case evenkeel.KindFlow:
			f := d.from.Flow(r)
			fmt.Fprintf(&b, "%s %s %s %d %s %s %s %d %d", f.Asset, f.Direction, f.Remote, f.Port, f.Protocol, f.App, f.Name, f.Packets, f.Bytes)
		case evenkeel.KindHostEvent:
			e := d.from.HostEvent(r)
			fmt.Fprintf(&b, "%s %s %s %s", e.Asset, e.What, e.Name, e.SHA256)
		case evenkeel.KindReport:
			p := d.from.Report(r)
			fmt.Fprintf(&b, "%s %s %s %s %d", p.Asset, p.Kind, p.Class, p.Reporter, p.Count)
		case evenkeel.KindPayment:
			p := d.from.Payment(r)
			fmt.Fprintf(&b, "%s %s %s %s", p.Tenant, p.Kind, p.Amount, p.Currency)
		case evenkeel.KindProfile:
			p, err := d.from.Profile(r)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %q since %s %s paid %q %s rate %q", p.Tenant, p.Name, p.Since, p.Standing, p.PaidTotal, p.Currency, p.RunRateMonth)
		case evenkeel.KindTenancy:
			y := d.from.Tenancy(r)
			fmt.Fprintf(&b, "%s %s of %s from %s until %s", y.Kind, y.Asset, y.Tenant, y.From, y.Until)
		case evenkeel.KindBurst:
			u := d.from.Burst(r)
			fmt.Fprintf(&b, "%s %s %d from %s until %s %s %s", u.Tenant, u.Selector, u.Count, u.From, u.Until, u.What, u.Says)
		default:
			b.WriteString("alive")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// actText renders an act, as far as it is given.
func actText(t *testing.T, a *act) string {
	t.Helper()
	if a.At == 0 || a.ID == "" || a.line == 0 {
		t.Errorf("act %+v; expected its time, its id and its line", a)
	}
	one := a.Act
	one.At, one.ID = 0, ""
	text, err := json.Marshal(one)
	if err != nil {
		t.Fatal(err)
	}
	for _, empty := range []string{`,"at":""`, `"id":"",`, `,"family":""`} {
		text = bytes.ReplaceAll(text, []byte(empty), nil)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", text, strings.TrimSuffix(fmt.Sprintf("%s %v", a.measure, a.assets), "none []")))
}

func TestVerbsSayWhatTheyRead(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"a tenant with all facts", `tenant a since=2017-03-01 standing=on_credit paid=0 currency=USD run_rate=400.00 name="A B"`,
			"08:00:00 08:00:00 story: a \"A B\" since 2017-03-01T00:00:00Z on_credit paid \"0\" USD rate \"400.00\"\n"},
		{"a tenant of whom nothing is known", `tenant a`,
			"08:00:00 08:00:00 story: a \"\" since  unknown paid \"\"  rate \"\"\n"},
		{"an asset, told late", "asset a kind=address tenant=t from=2024-01-01 until=2024-05-01 arrives +20m",
			"08:20:00 08:00:00 story: address a of t from 2024-01-01T00:00:00Z until 2024-05-01T00:00:00Z\n"},
		{"assets of a tenant each", "asset a-1..a-2 tenant=t-1..t-2",
			"08:00:00 08:00:00 story: vm a-1 of t-1 from 2024-03-04T08:00:00Z until \n" +
				"08:00:00 08:00:00 story: vm a-2 of t-2 from 2024-03-04T08:00:00Z until \n"},
		{"machines one after another, and what follows is not later", "create a-1..a-2 tenant=t flavour=f vcpus=4 image=i script=go region=r principal=p every 20s\ndelete x tenant=t",
			"08:00:00 08:00:00 story: a-1 of t create f 4 i 4cd0e21a r p\n" +
				"08:00:00 08:00:00 story: x of t delete  0    \n" +
				"08:00:20 08:00:20 story: a-2 of t create f 4 i 4cd0e21a r p\n"},
		{"money back", "payment t 12.50 EUR kind=refund", "08:00:00 08:00:00 story: t refund 12.50 EUR\n"},
		{"an announcement", `announce t count=3 until=2024-03-05 selector="principal=x image=i" what=cpu says="a lot"`,
			"08:00:00 08:00:00 story: t principal=x image=i 3 from 2024-03-04T08:00:00Z until 2024-03-05T00:00:00Z cpu a lot\n"},
		{"an announcement of any machines", `announce t count=3 until=2024-03-05`,
			"08:00:00 08:00:00 story: t  3 from 2024-03-04T08:00:00Z until 2024-03-05T00:00:00Z  \n"},
		{"an announcement of some machines", `announce t count=3 until=2024-03-05 selector="assets=w-1..w-3"`,
			"08:00:00 08:00:00 story: t assets=w-1,w-2,w-3 3 from 2024-03-04T08:00:00Z until 2024-03-05T00:00:00Z  \n"},
		{"an answer, heard late", `answer t "It is ours." arrives +20m`, `08:20:00 {"kind":"answer","tenant":"t","says":"It is ours."}` + "\n"},
		{"a message about a family", `message t "Hello?" family=mining`, `08:00:00 {"kind":"message","tenant":"t","family":"mining","says":"Hello?"}` + "\n"},
		{"a case is cleared with a flag", `clear t by=anna "A batch job." flag="principal=bot image=i" count=10 vcpus=40 rate=5 for=90d`,
			`08:00:00 {"kind":"clear","tenant":"t","by":"anna","says":"A batch job.","outcome":"false_positive","grant":{"selector":{"principal":"bot","image":"i"},` +
				`"envelope":{"count":10,"vcpus":40,"rate":5},"from":"2024-03-04T08:00:00Z","until":"2024-06-02T08:00:00Z"}}` + "\n"},
		{"a case is cleared without a flag", `clear t by=anna "Once." outcome=policy_mismatch no_flag=once`,
			`08:00:00 {"kind":"clear","tenant":"t","by":"anna","says":"Once.","outcome":"policy_mismatch","no_flag":"once"}` + "\n"},
		{"a flag for all of a tenant's", `flag t by=anna "Known." selector=tenant from=2024-04-01 until=2024-05-01 family=mining`,
			`08:00:00 {"kind":"flag","tenant":"t","family":"mining","by":"anna","says":"Known.","grant":{"selector":{"tenant_wide":true},` +
				`"envelope":{},"from":"2024-04-01T00:00:00Z","until":"2024-05-01T00:00:00Z"}}` + "\n"},
		{"a flag is revoked", `revoke t by=anna "No longer." selector="assets=w-1"`,
			`08:00:00 {"kind":"revoke","tenant":"t","by":"anna","says":"No longer.","grant":{"selector":{"assets":["w-1"]},"envelope":{},"until":""}}` + "\n"},
		{"less than what is proposed is approved", `approve t by=ben "Half." to=throttle measure=isolate assets=w-1..w-2`,
			`08:00:00 {"kind":"approve","tenant":"t","by":"ben","says":"Half.","measure":"throttle"} isolate [w-1 w-2]` + "\n"},
		{"what is proposed is refused", `refuse t by=ben "No."`, `08:00:00 {"kind":"refuse","tenant":"t","by":"ben","says":"No."}` + "\n"},
		{"what is in force is lowered", `lower t to=notify by=ben "Less." measure=throttle`,
			`08:00:00 {"kind":"lower","tenant":"t","by":"ben","says":"Less.","measure":"notify"} throttle []` + "\n"},
		{"what is in force is lifted", `lift t by=ben "Over." assets=w-1`, `08:00:00 {"kind":"lift","tenant":"t","by":"ben","says":"Over."} none [w-1]` + "\n"},
		{"a case is closed", `close t by=ben "A miner." outcome=confirmed`, `08:00:00 {"kind":"close","tenant":"t","by":"ben","says":"A miner.","outcome":"confirmed"}` + "\n"},
		{"an act in other words", "message t hello\nmore 2 every 10s",
			`08:00:00 {"kind":"message","tenant":"t","says":"hello"}` + "\n" +
				`08:00:10 {"kind":"message","tenant":"t","says":"To whom it may concern: hello Kindly restore it."}` + "\n" +
				`08:00:20 {"kind":"message","tenant":"t","says":"Dear abuse team, hello Kindly restore it."}` + "\n"},
		{"an act again", "message t hello\nagain 5s",
			`08:00:00 {"kind":"message","tenant":"t","says":"hello"}` + "\n" + `08:00:05 {"kind":"message","tenant":"t","says":"hello"}` + "\n"},
		{"CPUs together, idle and iowait", "cpu a 60% iowait=10%",
			"08:00:00 08:00:00 story: a meter 1 part 1 form 1 0.300 span 0s each false\n" +
				"08:00:00 08:00:00 story: a meter 1 part 2 form 1 0.100 span 0s each false\n"},
		{"bytes come in an interval and are told at its end", "network a out 2kB/s every 30s for 1m",
			"08:00:30 08:00:30 story: a meter 4 part 5 form 3 60000.000 span 30s each false\n" +
				"08:01:00 08:01:00 story: a meter 4 part 5 form 3 60000.000 span 30s each false\n"},
		{"a disk", "disk a read 1KiB/s every 1s for 1s", "08:00:01 08:00:01 story: a meter 5 part 7 form 3 1024.000 span 1s each false\n"},
		{"a flow of another source", "source port\nflow a out [2001:db8::7]:53/udp app=dns name=n packets=1 bytes=2",
			"08:00:00 08:00:00 port: a out 2001:db8::7 53 udp dns n 1 2\n"},
		{"an interval of a site", "site shop visits=900 wanted=40 served=38 passed=60 failed=2 asked=840 solved=4 stage=proof edge=20ms backend=2s saved=30s bytes=90000 every 30s for 30s",
			"08:00:30 08:00:30 story: shop meter 9 part 38 form 3 900.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 39 form 3 60.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 40 form 3 2.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 41 form 3 40.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 42 form 3 38.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 43 form 3 840.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 44 form 3 4.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 45 form 3 0.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 46 form 3 0.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 47 form 3 20.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 48 form 3 2000.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 49 form 3 30000.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 50 form 3 90000.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 51 form 3 0.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 52 form 3 0.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 53 form 3 30.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 54 form 3 0.000 span 30s each false\n" +
				"08:00:30 08:00:30 story: shop meter 9 part 55 form 3 0.000 span 30s each false\n"},
		{"a second of a port begins at the moment and is told at its end", "port a packets=5 syns=2 to=198.51.100.9:53/udp",
			"08:00:01 08:00:01 story: a out 198.51.100.9 53 udp   5 0\n" +
				"08:00:01 08:00:01 story: a meter 6 part 9 form 3 5.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 10 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 11 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 12 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 13 form 3 2.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 14 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 15 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 21 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 22 form 3 2.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 25 form 3 5.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 26 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 27 form 3 2.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 17 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 18 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 35 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 36 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 30 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 23 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 24 form 3 0.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 28 form 3 2.000 span 1s each false\n" +
				"08:00:01 08:00:01 story: a meter 6 part 37 form 3 0.000 span 1s each false\n"},
		{"an event on a host", "hostevent a exec name=sshd sha256=ab", "08:00:00 08:00:00 story: a exec sshd ab\n"},
		{"a report", "report a attack class=connection/ddos reporter=w.example incidents=3", "08:00:00 08:00:00 story: a attack connection/ddos w.example 3\n"},
		{"again, later", "hostevent a exec\n+1m\nagain 5s",
			"08:00:00 08:00:00 story: a exec  \n08:00:05 08:00:00 story: a exec  \n"},
		{"a tick of every source that has spoken", "hostevent a exec\nsource silent\ntick 90s",
			"08:00:00 08:00:00 story: a exec  \n08:01:00 08:01:00 story: alive\n08:01:30 08:01:30 story: alive\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(t, c.lines); got != c.want {
				t.Errorf("said\n%sexpected\n%s", got, c.want)
			}
		})
	}
}

func TestEachProcessorHasItsOwnLine(t *testing.T) {
	s := parsed(t, "cpu a 60% every 15s for 30s cpus=4", "")
	lines := map[uint64]int{}
	for _, d := range s.deliveries {
		if u := d.from.Usage(&d.from.Records[d.nth]); u.PerCPU {
			lines[u.Line]++
		}
	}
	if len(lines) != 8 {
		t.Errorf("%d lines of readings; expected idle and iowait of 4 CPUs", len(lines))
	}
	for line, n := range lines {
		if n != 2 {
			t.Errorf("line %x has %d readings; expected 2", line, n)
		}
	}
}

func TestShuffleDisordersWithinItsBoundAndAlikeEachTime(t *testing.T) {
	const lines = "shuffle 45s\ncpu a 60% every 15s for 30m\nshuffle off\nhostevent a exec"
	s, twin := parsed(t, lines, ""), parsed(t, lines, "")
	disorder := false
	last := evenkeel.Moment(0)
	for i, d := range s.deliveries {
		r := &d.from.Records[d.nth]
		if late := d.at.Sub(r.At); late < 0 || late > 45e9 || r.Kind == evenkeel.KindHostEvent && late != 0 {
			t.Fatalf("a record arrives %s after it was", late)
		}
		disorder = disorder || r.At < last
		last = r.At
		if twin.deliveries[i].at != d.at || twin.deliveries[i].nth != d.nth {
			t.Fatal("the same story has another order")
		}
	}
	if !disorder {
		t.Error("nothing is in disorder")
	}
}

func TestWobbleStaysWithinItsBound(t *testing.T) {
	seen := map[float64]bool{}
	for i := range 1000 {
		v := vary(0.9, 0.05, "a", evenkeel.Moment(i))
		if v < 0.85 || v > 0.95 {
			t.Fatalf("0.9 wobbled to %g; expected at most 0.05 away", v)
		}
		seen[v] = true
	}
	if len(seen) < 900 {
		t.Errorf("%d different values in 1000", len(seen))
	}
	if v := vary(0.01, 0.5, "a", 3); v < 0 {
		t.Errorf("a share of %g", v)
	}
}

func TestListsOfNamesAreShort(t *testing.T) {
	for _, c := range []struct{ names, want string }{
		{"a", "a"},
		{"w-2 w-10 w-1 w-3 w-1", "w-1..w-3, w-10 (4)"},
		{"b-7 a-1 a-2", "a-1, a-2, b-7 (3)"},
		{"web-09 web-10 web-08", "web-08..web-10 (3)"},
	} {
		var names []evenkeel.AssetID
		for _, n := range strings.Fields(c.names) {
			names = append(names, evenkeel.AssetID(n))
		}
		given := slices.Clone(names)
		if got := list(names); got != c.want {
			t.Errorf("%s is written %q; expected %q", c.names, got, c.want)
		}
		if !slices.Equal(names, given) {
			t.Error("the list was changed")
		}
	}
}
