package policy

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

var rewrite = flag.Bool("rewrite", false, "write golden files instead of comparing with them")

// golden compares text with a committed file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(mustRead(t, file)); got != want {
		t.Errorf("%s differs (read the diff, then run with -rewrite):\n%s", file, got)
	}
}

func mustRead(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustParse(t testing.TB, file string, data []byte) *Policy {
	t.Helper()
	p, err := Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// builtIn reads a policy of builtin, which this package cannot import.
func builtIn(t testing.TB, name string) *Policy {
	t.Helper()
	return mustParse(t, name, mustRead(t, "builtin/"+name+".yaml"))
}

func TestADocumentBecomesAPolicy(t *testing.T) {
	data := mustRead(t, "testdata/good.yaml")
	p := mustParse(t, "good.yaml", data)
	if p.ID() != "probe v3" || p.Mode() != evenkeel.ModeLive || p.About() != "Looks whether documents are read." {
		t.Errorf("%s, %s, %q", p.ID(), p.Mode(), p.About())
	}
	fam, ok := p.Family("mining")
	if !ok {
		t.Fatal("no family mining")
	}
	want := Family{
		Name: "mining", Harm: HarmCompute, Clause: "Do not mine.",
		Ladder: []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate},
		Terms: map[evenkeel.Measure]Terms{
			evenkeel.MeasureNotify:   {Lease: 7 * day, Keeps: []string{"everything"}},
			evenkeel.MeasureThrottle: {Lease: 4 * time.Hour, Params: map[string]string{"cpu": "20%"}, Keeps: []string{"a fifth of the CPU"}},
			evenkeel.MeasureIsolate:  {Lease: 4 * time.Hour, Hearing: 30 * time.Minute, Keeps: []string{"the data path"}},
		},
		Clocks:   Clocks{TenantAnswer: day, OurAnswer: time.Hour, Appeal: 183 * day, Latch: 30 * day}.WithDefaults(),
		Criteria: []string{"What is the strongest innocent explanation?"},
	}
	if !reflect.DeepEqual(*fam, want) {
		t.Errorf("family\n%+v\nwant\n%+v", *fam, want)
	}
	if again, _ := p.Family("mining"); again != fam {
		t.Error("each call has a family of its own")
	}
	if _, ok := p.Family("creation"); ok {
		t.Error("a family that the document does not have, and no section about others")
	}
	if other, ok := builtIn(t, "default").Family("no-such-family"); !ok || other.Name != "other" {
		t.Errorf("the section about others: %+v", other)
	}
}

func TestTheDigestIsOfTheBytes(t *testing.T) {
	data := string(mustRead(t, "testdata/good.yaml"))
	one := mustParse(t, "a", []byte(data)).Digest()
	if len(one) != len("sha256:")+64 || !strings.HasPrefix(one, "sha256:") {
		t.Errorf("digest %q", one)
	}
	if mustParse(t, "another name", []byte(data)).Digest() != one {
		t.Error("the name of the file is part of the digest")
	}
	if mustParse(t, "a", []byte(data+"# a comment\n")).Digest() == one {
		t.Error("a comment is not part of the digest")
	}
}

// TestABadDocumentSaysWhereAndWhatWasExpected changes one thing in a good document.
func TestABadDocumentSaysWhereAndWhatWasExpected(t *testing.T) {
	good := string(mustRead(t, "testdata/good.yaml"))
	family := "families:\n" + good[strings.Index(good, "  mining:\n"):]
	long := strings.Repeat("x", maxWords+1)
	cases := []struct{ name, from, to, want string }{
		{"a key that nobody knows names the nearest", "about:", "abuot:", `4:1: unknown key "abuot"; did you mean "about"?`},
		{"a key inside a family as well", "    ladder:", "    laddder:", `18:5: unknown key "laddder"; did you mean "ladder"?`},
		{"a name with capitals", "policy: probe", "policy: Probe", `1:9: policy "Probe"; expected 1 to 64 of a-z 0-9 -`},
		{"version zero", "version: 3", "version: 0", "2:10: version 0; expected 1 to 1048576; count it up with every change"},
		{"a mode that is none", "mode: live", "mode: alive", `3:7: mode "alive"; expected one of shadow, live`},
		{"nothing about it", "about: Looks whether documents are read.", "about: ' '", "`about` is empty"},
		{"a safeguard without a question", "asks: Has the tenant paid?", "asks: ''", "7:12: `asks` is empty; write the question"},
		{"a safeguard that never says why it does not apply", "      n/a: It is on trial.\n", "", "8:14: safeguard payment-history does not say why it does not apply"},
		{"a safeguard that says so and always applies", "    applies: tenant.standing != \"trial\"\n", "", "12:12: safeguard payment-history always applies, and yet it says why not"},
		{"a fact that is misspelt", "tenant.paid > 0.0", "tenant.payed > 0.0", `9:15: undeclared "tenant.payed"; did you mean tenant.paid?`},
		{"a double compared with an int", "tenant.paid > 0.0", "tenant.paid > 0", "int and double do not mix: write 0.0"},
		{"a condition that is none", "tenant.paid > 0.0", "tenant.paid", "9:15: the result is of type double, expected bool"},
		{"a condition that is always the same", "tenant.paid > 0.0", "1 > 0", "9:15: the expression is the same whatever is known"},
		{"a fact of announcements in a safeguard", "tenant.paid > 0.0", "tenant.machines > 0", `9:15: undeclared "tenant.machines"`},
		{"a hole for a fact that is misspelt", "{tenant.paid}", "{tenant.payed}", `11:29: undeclared "tenant.payed"; did you mean tenant.paid?`},
		{"a hole that does not end", "{tenant.paid}", "{tenant.paid", "11:28: a brace without its other one"},
		{"a hole that does not begin", "{tenant.paid}", "tenant.paid}", "11:39: a brace without its other one"},
		{"a sentence that is too long", "It has paid nothing.", long, "12:15: `permit` has 2001 bytes, the limit is 2000; say it shorter"},
		{"absence that lets a measure pass", "tenant.paid > 0.0", "known(tenant.paid) && tenant.paid > 0.0", "9:15: a missing fact would count against the tenant"},
		{"absence for which a safeguard is not meant", `tenant.standing != "trial"`, `known(tenant.standing) && tenant.standing != "trial"`, "8:14: a missing fact would count against the tenant"},
		{"absence that asks for a measure", "when: finding.families >= 2", "when: '!known(tenant.paid)'", "21:36: a missing fact would count against the tenant"},
		{"F2: money compared whatever the standing is", "applies: tenant.standing != \"trial\"\n    protects: tenant.paid > 0.0",
			"applies: tenant.age > days(1)\n    protects: tenant.run_rate > 3.0 * tenant.paid", "9:15: tenant.paid is compared with tenant.run_rate whatever the tenant's standing is; name tenant.standing too"},
		{"F2: the same in what is wanted", "when: finding.families >= 2", "when: tenant.run_rate > 3.0 * tenant.paid", "21:35: tenant.paid is compared"},
		{"F2: and in what is earned", "when: tenant.age >= days(365)", "when: tenant.paid > tenant.run_rate", "34:14: tenant.paid is compared"},
		{"a harm that is none", "harm: compute", "harm: computing", `16:11: harm "computing"; expected one of compute, packets`},
		{"a clause of nothing", "clause: Do not mine.", "clause: ''", "17:14: `clause` is empty"},
		{"a rung that is misspelt", "[notify, throttle, isolate]", "[notify, throtle, isolate]", `18:22: measure "throtle"; did you mean throttle?`},
		{"a rung of none", "[notify, throttle, isolate]", "[none, notify, throttle, isolate]", `18:14: measure "none"; measures of harm compute are notify, throttle, isolate`},
		{"a rung of another harm", "[notify, throttle, isolate]", "[notify, limit, throttle, isolate]", "18:22: limit is no measure against harm compute"},
		{"a rung that is there twice", "[notify, throttle, isolate]", "[notify, throttle, throttle, isolate]", "18:32: rung throttle is there twice"},
		{"rungs out of order", "[notify, throttle, isolate]", "[notify, isolate, throttle]", "18:31: rung throttle stands above isolate, which is stronger; the order is notify, throttle, isolate"},
		{"a rung that takes two persons", "[notify, throttle, isolate]", "[notify, throttle, isolate, suspend]", "18:41: suspend takes two persons, and a ladder is what a machine climbs"},
		{"a ladder without rungs", "[notify, throttle, isolate]", "[]", "16:11: the ladder of mining has no rung"},
		{"a rung without its section", "      throttle: {lease: 4h, params: {cpu: 20%}, keeps: [a fifth of the CPU]}\n", "", "18:22: rung throttle of mining has no section"},
		{"a tighter number that is none", "    clocks:", "    tighter: {pinned: {cpu: half}}\n    clocks:", `27:24: cpu: "half"; expected a whole number from 1`},
		{"a tighter number beside a param that is none", "    clocks:", "    tighter: {pinned: {cpu: 5}}\n    clocks:", "27:24: cpu: 5 is not less than 20% of throttle; write a smaller number, or remove it"},
		{"a tighter number that is not smaller", "params: {cpu: 20%}, keeps: [a fifth of the CPU]}\n      isolate: {lease: 4h, hearing: 30m, keeps: [the data path]}\n", "params: {rate: 20}, keeps: [some]}\n      isolate: {lease: 4h, hearing: 30m, keeps: [the data path]}\n    tighter: {pinned: {rate: 20}}\n", "27:24: rate: 20 is not less than 20 of throttle"},
		{"a tighter number of nothing that is limited", "    clocks:", "    tighter: {pinned: {syn_rat: 5}}\n    clocks:", "27:24: syn_rat: no measure has such a number; name one that a measure of the ladder has under `params`, or the same with _to"},
		{"a tighter row without numbers", "    clocks:", "    tighter: {pinned: {}}\n    clocks:", "27:15: `tighter` of \"pinned\"; expected the name of a term, such as sweep, and at least one number"},
		{"a section of no rung", "    ladder: [notify, throttle, isolate]", "    ladder: [notify, isolate]", `25:7: measure "throttle" is no rung of the ladder of mining`},
		{"a wanted measure below the top that is no rung", "    ladder: [notify, throttle, isolate]", "    ladder: [notify, isolate]", "21:19: throttle is not on the ladder of mining; name a rung, or a measure above all of them"},
		{"a wanted measure of another harm", "{measure: throttle, when: finding.families >= 2}", "{measure: freeze, when: finding.families >= 2}", "21:19: freeze is no measure against harm compute"},
		{"a row that is never reached", "      - {measure: isolate, when: finding.conclusive}", "      - {measure: isolate}", "21:9: this row is never reached"},
		{"nothing wanted", "    wants:\n      - {measure: isolate, when: finding.conclusive}\n      - {measure: throttle, when: finding.families >= 2}\n      - {measure: notify}\n", "    wants: []\n", "family mining wants nothing"},
		{"a lease that is missing", "isolate: {lease: 4h, ", "isolate: {", `26:16: the key "lease" is missing`},
		{"a lease of nothing", "isolate: {lease: 4h", "isolate: {lease: 0s", "26:24: `lease` of 0s; expected more than 0 and at most 1d"},
		{"a lease below nothing", "isolate: {lease: 4h", "isolate: {lease: -4h", `the duration "-4h"; expected one like 30m, 4h or 7d`},
		{"a lease that is none any more", "isolate: {lease: 4h", "isolate: {lease: 25h", "26:24: `lease` of 25h; expected more than 0 and at most 1d"},
		{"a notice that stands too long", "notify: {lease: 7d", "notify: {lease: 31d", "24:23: `lease` of 31d; expected more than 0 and at most 30d"},
		{"a hearing as long as the lease", "hearing: 30m", "hearing: 4h", "26:37: `hearing` of 4h with a lease of 4h; expected more than 0 and less than the lease"},
		{"a hearing before a notice", "notify: {lease: 7d", "notify: {lease: 7d, hearing: 1h", "24:36: a hearing before notify"},
		{"a measure that keeps nothing", "keeps: [the data path]", "keeps: []", "26:7: `keeps` is empty; write what the tenant can still do"},
		{"a measure that keeps it does not say what", "keeps: [the data path]", "keeps: ['']", "26:51: `keeps` is empty"},
		{"a param without a name", "{cpu: 20%}", "{CPU!: 20%}", `25:38: param "CPU!"; expected a name`},
		{"a clock that does not run", "our_answer: 60m", "our_answer: 0s", "27:46: `our_answer` of 0s; expected more than 0 and at most 366d"},
		// R4, R24, N: what no live document takes from tenants.
		{"the tenant has a second", "tenant_answer: 24h", "tenant_answer: 59m", "`tenant_answer` of 59m; expected at least 1h: somebody has to read it first"},
		{"the tenant has a second for one term", "our_answer: 60m", "answers: {scan: 1s}, our_answer: 60m", "`answers` of 1s; expected at least 1h"},
		{"what was cleared is found again", "latch: 30d", "latch: 29d", "`latch` of 29d; expected at least 30d: what was cleared is for a person for so long"},
		{"nobody is called for a day", "our_answer: 60m", "our_answer: 24h, page: 61m, second_level: 2h", "`page` of 61m; expected at most 1h, or leave it out"},
		{"the second level sleeps", "our_answer: 60m", "our_answer: 24h, second_level: 121m", "`second_level` of 121m; expected at most 2h, or leave it out"},
		{"cut off unheard", "isolate: {lease: 4h, hearing: 30m, ", "isolate: {lease: 4h, ", "isolate against harm compute has no `hearing`; write `hearing: 30m`"},
		{"cut off hardly heard", "isolate: {lease: 4h, hearing: 30m", "isolate: {lease: 4h, hearing: 14m", "`hearing` of 14m before isolate against harm compute; expected at least 15m"},
		{"our answer is put off for a year", "our_answer: 60m", "our_answer: 300d", "27:46: `our_answer` of 300d; expected at most 1d: somebody waits for a person"},
		{"our answer takes longer than a day", "our_answer: 60m", "our_answer: 25h", "`our_answer` of 25h; expected at most 1d"},
		{"appeals are taken for an hour", "appeal: 183d", "appeal: 1h", "27:59: `appeal` of 1h; expected at least 183d, six months: whoever is away comes back"},
		{"appeals are taken for a day less than half a year", "appeal: 183d", "appeal: 182d", "`appeal` of 182d; expected at least 183d"},
		{"appeals are answered next year", "appeal: 183d", "appeal: 183d, appeal_answer: 300d", "27:80: `appeal_answer` of 300d; expected at most 14d: the measure stands as long"},
		{"appeals are answered after two weeks", "appeal: 183d", "appeal: 183d, appeal_answer: 15d", "`appeal_answer` of 15d; expected at most 14d"},
		{"a clock of years", "latch: 30d", "latch: 400d", "`latch` of 400d"},
		{"no criteria", "criteria: [What is the strongest innocent explanation?]", "criteria: []", "16:11: `criteria` is empty"},
		{"a criterion of nothing", "criteria: [What is the strongest innocent explanation?]", "criteria: ['']", "28:17: `criteria` is empty"},
		{"a family of the name other", "  mining:\n", "  other:\n", "15:3: a family of the name other; write `other` beside `families`"},
		{"a family with a strange name", "  mining:\n", "  Mining!:\n", `15:3: family "Mining!"`},
		{"announcements about no family", "families: [mining]", "families: []", "announcements are about no family"},
		{"announcements about a family that is misspelt", "families: [mining]", "families: [minning]", `30:14: there is no family "minning"; did you mean mining?`},
		{"announcements about a family twice", "families: [mining]", "families: [mining, mining]", "30:22: family mining is there twice"},
		{"bursts without an end", "longest: 14d", "longest: 91d", "31:12: `longest` of 91d; expected more than 0 and at most 90d"},
		{"bursts far ahead", "ahead: 30d", "ahead: 91d", "32:10: `ahead` of 91d"},
		{"no machines earned", "machines: 100", "machines: 0", "0 machines; expected 1 to 100000"},
		{"earned by being unknown", "when: tenant.age >= days(365)", "when: '!known(tenant.age)'", "a tenant would earn it by what is not known of it"},
		{"a fact of findings in what is earned", "when: tenant.age >= days(365)", "when: finding.final", `34:14: undeclared "finding.final"`},
		{"no family at all", family, "families: {}\n", "1:9: the policy is about no family"},
		{"a document of two", "announcements:\n", "---\nannouncements:\n", "30:1: a second document begins here"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(good, c.from) != 1 {
				t.Fatalf("%q stands %d times in the good document", c.from, strings.Count(good, c.from))
			}
			p, err := Parse("bad.yaml", []byte(strings.Replace(good, c.from, c.to, 1)))
			switch {
			case err == nil:
				t.Fatal("it parses")
			case p != nil:
				t.Error("a policy beside an error")
			case evenkeel.KindOf(err) != evenkeel.KindInvalid:
				t.Errorf("kind %s", evenkeel.KindOf(err))
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, "bad.yaml:") {
					t.Errorf("without a place: %s", line)
				}
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("says\n%s\nwant\n%s", err, c.want)
			}
		})
	}
}

// TestInShadowAbsenceMayCount is for comparison with rules that did so.
func TestInShadowAbsenceMayCount(t *testing.T) {
	good := strings.Replace(string(mustRead(t, "testdata/good.yaml")), "mode: live", "mode: shadow", 1)
	for _, change := range [][2]string{
		{"tenant.paid > 0.0", "known(tenant.paid) && tenant.paid > 0.0"},
		{"when: finding.families >= 2", "when: '!known(tenant.paid) || tenant.run_rate > 3.0 * tenant.paid'"},
	} {
		if _, err := Parse("shadow.yaml", []byte(strings.Replace(good, change[0], change[1], 1))); err != nil {
			t.Error(err)
		}
	}
	// What a tenant would earn by it would be a real flag elsewhere: it is refused here too.
	if _, err := Parse("shadow.yaml", []byte(strings.Replace(good, "when: tenant.age >= days(365)", "when: '!known(tenant.age)'", 1))); err == nil {
		t.Error("something is earned by being unknown")
	}
}

// TestAbsenceThatProtectsIsAllowed: known() is refused only where it would count against the tenant.
func TestAbsenceThatProtectsIsAllowed(t *testing.T) {
	good := string(mustRead(t, "testdata/good.yaml"))
	if _, err := Parse("live.yaml", []byte(strings.Replace(good, "tenant.paid > 0.0", "'!known(tenant.paid) || tenant.paid > 0.0'", 1))); err != nil {
		t.Error(err)
	}
	if _, err := Parse("live.yaml", []byte(strings.Replace(good, "when: finding.families >= 2", "when: known(tenant.paid) && tenant.paid <= 0.0", 1))); err != nil {
		t.Error(err)
	}
}

func TestADocumentIsBounded(t *testing.T) {
	good := string(mustRead(t, "testdata/good.yaml"))
	safeguard := good[strings.Index(good, "  - name: payment"):strings.Index(good, "families:\n  mining")]
	family := good[strings.Index(good, "  mining:\n"):strings.Index(good, "announcements:")]
	row := "      - {measure: isolate, when: finding.conclusive}\n"
	many := func(n int, one string, number string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Replace(one, number, fmt.Sprintf("%s-%d", number, i), 1))
		}
		return b.String()
	}
	for _, c := range []struct{ name, doc, want string }{
		{"bytes", good + "#" + strings.Repeat("x", MaxDocument), "the limit is 65536"},
		{"safeguards", strings.Replace(good, safeguard, many(mostSafeguards+1, safeguard, "payment-history"), 1), "33 safeguards, the limit is 32"},
		{"a safeguard twice", strings.Replace(good, safeguard, safeguard+safeguard, 1), "safeguard payment-history is there twice"},
		{"families", strings.Replace(good, family, family+many(mostFamilies, family, "mining"), 1), "65 families, the limit is 64"},
		{"rows of wants", strings.Replace(good, row, strings.Repeat(row, mostWants), 1), "18 rows of wants, the limit is 16"},
		{"criteria", strings.Replace(good, "criteria: [What", "criteria: ["+strings.Repeat("Why?, ", mostPhrases)+"What", 1), "33 criteria, the limit is 32"},
		{"an expression", strings.Replace(good, "tenant.paid > 0.0", "tenant.paid > 0.0"+strings.Repeat(" || tenant.paid > 0.0", 100), 1), "the limit is 2000"},
	} {
		if _, err := Parse("large.yaml", []byte(c.doc)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestTheReferenceNamesEveryKey holds keys.go to what the decoder takes.
func TestTheReferenceNamesEveryKey(t *testing.T) {
	for _, c := range []struct {
		of   any
		rows []keyRow
	}{{document{}, documentKeys}, {safeguardDoc{}, safeguardKeys}, {familyDoc{}, familyKeys}, {measureDoc{}, measureKeys}, {announcementsDoc{}, announcementKeys},
		{governorDoc{}, governorKeys}, {rateDoc{}, rateKeys}, {breakerDoc{}, breakerKeys}, {dampingDoc{}, dampingKeys},
		{promotionDoc{}, promotionKeys}, {creditsDoc{}, creditKeys}, {auditDoc{}, auditKeys}} {
		typ := reflect.TypeOf(c.of)
		if typ.NumField() != len(c.rows) {
			t.Fatalf("%s has %d keys, the reference %d", typ.Name(), typ.NumField(), len(c.rows))
		}
		for i, r := range c.rows {
			key, option, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
			if key != r.name || (option == "required") != strings.HasSuffix(r.form, ", required") {
				t.Errorf("%s: key %q (%s) is %q (%s) in the reference", typ.Name(), key, option, r.name, r.form)
			}
		}
	}
	golden(t, "testdata/reference.golden", Reference())
}

// FuzzParse: whatever the bytes are, there is a policy that can be asked or an error with places.
func FuzzParse(f *testing.F) {
	f.Add(mustRead(f, "testdata/good.yaml"))
	f.Add(mustRead(f, "builtin/default.yaml"))
	f.Add(mustRead(f, "builtin/raisup-2019.yaml"))
	f.Add([]byte("policy: x\nfamilies: {a: {harm: edge}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("fuzz.yaml", data)
		if (p == nil) == (err == nil) {
			t.Fatalf("policy %v and error %v", p, err)
		}
		if err != nil {
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.HasPrefix(err.Error(), "fuzz.yaml:") {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, v := range []View{{}, trialMiner(), paidMiner()} {
			if out := p.Weigh(v); len(out.Safeguards) != len(p.safeguards) {
				t.Fatalf("%d of %d safeguards answered", len(out.Safeguards), len(p.safeguards))
			}
			p.Earned(v, evenkeel.Burst{Count: 1})
		}
		p.SafeguardTable()
	})
}
