package story

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// wrap makes a script of lines a story; the first of them is line 4 of the file.
func wrap(lines string) []byte {
	return []byte("A story.\n-- script --\nat 2024-03-04T08:00:00Z\n" + lines + "\n")
}

func TestMistakesAreToldWithLineAndWhatWasExpected(t *testing.T) {
	for _, c := range []struct{ name, line, says string }{
		{"an unknown verb, and the nearest", "cretae w-1 tenant=a", "s.txtar:4: unknown verb cretae; expected one of at, +, tick"},
		{"the nearest verb is named", "cretae w-1 tenant=a", "did you mean create?"},
		{"an unknown argument, and the nearest", "create w-1 tenant=a flavor=c-1", "create has no argument flavor; expected: create NAMES"},
		{"the nearest argument is named", "create w-1 tenant=a flavor=c-1", "did you mean flavour?"},
		{"too few words", "cpu w-1", "1 words behind cpu; expected: cpu NAMES 99.8%"},
		{"too many words", "tenant a b", "2 words behind tenant; expected: tenant ID"},
		{"an argument twice", "create w-1 tenant=a tenant=b", "tenant is given twice"},
		{"an argument without a value", "create w-1 tenant=", "tenant has no value; leave it out where it is not known"},
		{"every at the end", "cpu w-1 5% every", "every stands at the end; expected a value behind it"},
		{"every without for", "cpu w-1 5% every 15s", "every and for belong together"},
		{"shorter than every", "cpu w-1 5% every 60s for 15s", "expected whole seconds, and for at least as long as every"},
		{"half seconds", "cpu w-1 5% every 500ms for 15s", "expected whole seconds"},
		{"a share without percent", "cpu w-1 0.5", `share "0.5"; expected 0% to 100%`},
		{"a share above all", "cpu w-1 101%", `share "101%"; expected 0% to 100%`},
		{"a share that is no number", "cpu w-1 NaN%", `share "NaN%"; expected 0% to 100%`},
		{"busy and iowait above all", "cpu w-1 90% iowait=20%", "shares that sum to at most 100%"},
		{"a rate without time", "network w-1 out 20MB every 1m for 1h", `rate "20MB"; expected bytes per second such as 20MB/s`},
		{"a meter without its rhythm", "disk w-1 read 20MB/s", "disk without its rhythm; expected: disk NAMES"},
		{"a direction", "disk w-1 out 20MB/s every 1m for 1h", `disk "out"; expected read or write`},
		{"a range backwards", "create w-10..w-1 tenant=a", `range "w-10..w-1"; expected two names that differ in their last number only`},
		{"a range of two families", "create w-1..v-2 tenant=a", "differ in their last number only"},
		{"a range too long", "create w-1..w-99999 tenant=a", "has 99999 names; expected at most 10000"},
		{"ranges of different length", "create w-1..w-3 tenant=a-1..a-2", "has 2 names for 3 machines"},
		{"no tenant", "create w-1", "create without tenant=…; expected: create NAMES"},
		{"a standing that does not exist", "tenant a standing=rich", `standing: standing "rich"; expected one of unknown, prepaid`},
		{"money", "payment a 12,50 EUR", `amount "12,50"; expected a decimal such as 120.00`},
		{"an amount of a tenant", "tenant a paid=much", `paid: amount "much"; expected a decimal`},
		{"a time", "asset w-1 tenant=a from=yesterday", `from: time "yesterday"; expected 2019-05-29T06:00:00Z or 2019-05-29`},
		{"an end before its beginning", "asset w-1 tenant=a from=2024-02-02 until=2024-01-01", "is not after from"},
		{"the clock goes back", "at 2024-03-04T07:00:00Z", "expected a time that is not before it"},
		{"a year that no clock shows", "at 1969-03-04T07:00:00Z", "expected one of the years 1971 to 2199"},
		{"a jump of nothing", "+0s", `duration "0s"; expected one above zero`},
		{"a clock past all years", "at 2199-12-31\n+2d", "the clock stands at 2200"},
		{"a duration overflowing", "+99999999d", `duration "99999999d"; expected one above zero`},
		{"a port", "flow w-1 out 198.51.100.7:99999/tcp", "expected an address, port and protocol such as 198.51.100.7:3333/tcp"},
		{"a protocol", "flow w-1 out 198.51.100.7:80", "expected an address, port and protocol"},
		{"again at the beginning", "again", "again, but no line before it sent anything"},
		{"a delay without plus", "asset w-1 tenant=a arrives 20m", `"20m"; expected how much later, such as arrives +20m`},
		{"a quotation that is not closed", `note "so`, "a quotation mark is not closed"},
		{"an announcement without its end", "announce a count=3", "announce without until=…"},
		{"an act without a person", `lift t "Over."`, "lift without by=…; expected: lift TENANT by=PERSON"},
		{"an act without a reason", "lift t by=ben", "1 words behind lift; expected: lift TENANT by=PERSON"},
		{"a flag without what it covers", `flag t by=ben "ok" for=3d`, "flag without selector=…; expected: flag TENANT"},
		{"a flag without an end", `flag t by=ben "ok" selector=tenant`, "a flag ends; expected one of until=2019-08-27 and for=90d"},
		{"a flag with two ends", `flag t by=ben "ok" selector=tenant for=3d until=2025-01-01`, "until=… and for=… are both given; expected one of them"},
		{"a flag that ends before it begins", `flag t by=ben "ok" selector=tenant until=2024-01-01`, "is not after from"},
		{"a bound without a flag", `clear t by=ben "ok" count=3 no_flag=once`, "count=… without flag=…; expected: clear TENANT"},
		{"a reason for no flag", `clear t by=ben "ok" no_flag=whim`, `no_flag: reason for no flag "whim"; expected one of none, once`},
		{"a selector's word", `flag t by=ben "ok" selector="pricnipal=x" for=3d`, `selector "pricnipal=x": pricnipal=x; expected such as`},
		{"the nearest word of a selector is named", `flag t by=ben "ok" selector="pricnipal=x" for=3d`, "did you mean principal?"},
		{"a selector of two forms", `flag t by=ben "ok" selector="principal=x assets=w-1" for=3d`, `selector "principal=x assets=w-1"; expected such as`},
		{"a selector of nothing", `flag t by=ben "ok" selector=" " for=3d`, `selector " "; expected such as`},
		{"a measure that does not exist", `lower t to=pause by=ben "ok"`, `to: measure "pause"; expected one of none, notify`},
		{"lower without to what", `lower t by=ben "ok"`, "lower without to=…; expected: lower TENANT to=throttle"},
		{"closed without an outcome", `close t by=ben "ok"`, "close without outcome=…; expected: close TENANT"},
		{"an outcome that does not exist", `close t by=ben "ok" outcome=guilty`, `outcome: outcome "guilty"; expected one of`},
		{"packets a second", `flag t by=ben "ok" selector=tenant for=3d rate=lots`, `rate: rate "lots"; expected packets a second, such as 20000`},
		{"more of nothing that was said", `more 3`, "more, but the line before it is not what one tenant said; expected one such as appeal before it"},
		{"more of what one of ours said", "close t by=ben \"ok\" outcome=victim\nmore 3", "more, but the line before it is not what one tenant said"},
		{"more than anybody writes", "message t hello\nmore 10001", "more 10001; expected at most 10000"},
		{"more records than a story has", "cpu w-1..w-10000 5% every 1s for 1h", "the story has more than 500000 records"},
		{"more processors than a story has records", "cpu w-1..w-500 5% cpus=1024", "the story has more than 500000 records"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("s.txtar", wrap(c.line))
			line := fmt.Sprintf("s.txtar:%d: ", 4+strings.Count(c.line, "\n"))
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), line) {
				t.Fatalf("the error is %v; expected %s… %s", err, line, c.says)
			}
			if evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("the error's kind is %s", evenkeel.KindOf(err))
			}
		})
	}
}

func TestMistakesInSectionsAreToldByTheLineOfTheStory(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"a verb before the clock is set", "T\n-- script --\ncpu a 5%\n", "s.txtar:3: cpu before the clock is set; expected first: at"},
		{"an unknown section", "T\n-- scirpt --\n", `s.txtar:2: unknown section "scirpt"; expected one of script,`},
		{"a section twice", "T\n-- want --\n-- want --\n", "s.txtar:3: section want is there twice"},
		{"a section without a name", "T\n-- --\n", "s.txtar:2: a section without a name; expected one of script,"},
		{"a policy's key", "T\n-- policy.yaml --\npolicy: x\nversoin: 1\n-- script --\n", "s.txtar:4:1: "},
		{"a policy in its folder", "T\n-- policy/next.yaml --\n\nlader: x\n-- script --\n", "s.txtar:4:1: "},
		{"a rota's key", "T\n-- rota.yaml --\nrota: x\nversoin: 1\n-- script --\n", "s.txtar:4:1: "},
		{"nothing happens", "T\n", "s.txtar:1: nothing happens in the story"},
		{"a rule's key", "T\n-- rules/x.yaml --\nrule: x\nversoin: 1\n-- script --\n", "s.txtar:4:1: "},
		{"a line of telemetry", "T\n-- telemetry.jsonl --\n\n{\"resourceMetrics\": 7}\n", "s.txtar:4: "},
		{"a line of inventory", "T\n-- inventory.jsonl --\n{\"specversion\":\"1.0\"}\n", "s.txtar:3: "},
		{"two mistakes, both are told", "T\n-- script --\nat 2024-01-01\nfoo\nbar\n", "s.txtar:5: unknown verb bar"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("s.txtar", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("the error is %v; expected %s", err, c.says)
			}
		})
	}
}

func TestLinesAreReadAsTheyAreSpoken(t *testing.T) {
	for _, c := range []struct{ line, words, args string }{
		{`cpu w-1 5% every 15s for 1m # busy`, "w-1 5%", "every=15s for=1m"},
		{`cpu w-1 5% every=15s for=1m`, "w-1 5%", "every=15s for=1m"},
		{"tenant a\tname=\"Raisup SAS\"", "a", "name=Raisup SAS"},
		{`note "for every = there is"`, "for every = there is", ""},
		{`note "every"`, "every", ""},
		{`+1h30m`, "1h30m", ""},
	} {
		l, err := readLine(c.line, 1)
		if err != nil {
			t.Fatal(err)
		}
		var args []string
		for _, key := range []string{"every", "for", "name"} {
			if v, ok := l.args[key]; ok {
				args = append(args, key+"="+v)
			}
		}
		if got := strings.Join(l.words, " "); got != c.words || strings.Join(args, " ") != c.args {
			t.Errorf("%s: words %q, arguments %q; expected %q, %q", c.line, got, args, c.words, c.args)
		}
	}
}

func TestNamesOfARangeKeepTheirWidth(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"w-1", "w-1"},
		{"w-8..w-11", "w-8 w-9 w-10 w-11"},
		{"web-08..web-11", "web-08 web-09 web-10 web-11"},
		{"203.0.113.9", "203.0.113.9"},
	} {
		names, err := expandNames(c.text)
		if err != nil || strings.Join(names, " ") != c.want {
			t.Errorf("%s is %v, %v; expected %s", c.text, names, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		data, err := Text(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(wrap("network a-1..a-3 in 1GiB/s every 1s for 3s wobble 100%\nagain 3s\nshuffle 10s\ntick 1m"))
	f.Add(wrap("answer t \"It is ours.\"\nclear t by=anna ok flag=\"principal=p script=s\" count=1 for=3d\nlower t to=notify by=b ok assets=a-1..a-3\nagain"))
	f.Add(wrap("flow a out [2001:db8::7]:53/udp\nhostevent a exec\nannounce t count=1 until=2025-01-01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("fuzz.txtar", data)
		if err != nil {
			if evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("%v is of kind %s", err, evenkeel.KindOf(err))
			}
			return
		}
		for i := 1; i < len(s.deliveries); i++ {
			if s.deliveries[i].at < s.deliveries[i-1].at {
				t.Fatal("the deliveries are not in the order of arrival")
			}
		}
	})
}
