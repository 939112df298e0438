package preface

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

const (
	chromeAgent  = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	firefoxAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	safariAgent  = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"

	chromeText  = "h1|1.1|Host,Connection,sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,User-Agent,Accept,Sec-Fetch-Site,Sec-Fetch-Mode,Sec-Fetch-Dest,Accept-Encoding,Accept-Language"
	firefoxText = "h1|1.1|Host,User-Agent,Accept,Accept-Language,Accept-Encoding,Connection,Sec-Fetch-Dest,Sec-Fetch-Mode,Sec-Fetch-Site,Priority"
	safariText  = "h1|1.1|Host,Accept,User-Agent,Accept-Language,Accept-Encoding,Connection"
	goText      = "h1|1.1|Host,User-Agent,Accept,Accept-Language,Accept-Encoding"
	// scriptText is what a script in a Chromium asks for, with an Accept that it set.
	scriptText = "h1|1.1|Host,Connection,Accept,User-Agent,Sec-Fetch-Site,Sec-Fetch-Mode,Sec-Fetch-Dest,Accept-Encoding,Accept-Language"
)

func TestAnIntroductionContradictsTheBrowserThatIsNamed(t *testing.T) {
	for _, x := range []struct {
		name, text, agent string
		navigates         bool
		want              hello.Answer
		why               string
	}{
		{"Chromium", chromeText, chromeAgent, true, hello.No, ""},
		{"Firefox", firefoxText, firefoxAgent, true, hello.No, ""},
		{"Safari", safariText, safariAgent, true, hello.Unsure, ""},
		{"a program of Go that says it is Chromium", goText, chromeAgent, true, hello.Yes, WhyOrder},
		{"and one that has Firefox's order", goText, firefoxAgent, true, hello.No, ""},
		{"Chromium's order under Firefox's name", chromeText, firefoxAgent, true, hello.Yes, WhyOrder},
		{"a script of a browser", scriptText, chromeAgent, false, hello.Unsure, ""},
		{"curl that says it is a browser", "h1|1.1|Host,User-Agent,Accept", chromeAgent, true, hello.Yes, WhyMissing},
		{"small letters", "h1|1.1|Host,user-agent,accept,accept-encoding,accept-language", safariAgent, true, hello.Yes, WhyLetters},
		{"Host at another place", "h1|1.1|User-Agent,Host,Accept,Accept-Encoding", safariAgent, true, hello.Yes, WhyHost},
		{"HTTP/1.0", "h1|1.0|Host,User-Agent,Accept,Accept-Encoding,Accept-Language", chromeAgent, true, hello.Yes, WhyVersion},
		{"line feeds", chromeText + "|lf", chromeAgent, true, hello.Yes, WhyVersion},
		{"no fields", "h1|1.1|", chromeAgent, true, hello.Yes, WhyMissing},
		{"no language", "h1|1.1|Host,Connection,User-Agent,Accept,Accept-Encoding", chromeAgent, true, hello.Unsure, ""},
		{"a robot", goText, "Goodbot/1.0", true, hello.Unsure, ""},
		{"an app of a phone", goText, strings.Replace(chromeAgent, "X11; Linux x86_64", "iPhone", 1), true, hello.Unsure, ""},
		{"nothing is known", "", chromeAgent, true, hello.Unsure, ""},
		{"Chromium by HTTP/2", "h2|1:65536;2:0;4:6291456;6:262144|15663105|-|1:0|masp", chromeAgent, false, hello.No, ""},
		{"Firefox by HTTP/2", "h2|1:65536;4:131072;5:16384|12517377|3:0:0:200|0:7|mpas", firefoxAgent, false, hello.No, ""},
		{"Go by HTTP/2 that says it is Chromium", "h2|2:0;4:4194304;5:16384;6:10485760|1073741824|-|-|amps", chromeAgent, false, hello.Yes, WhyPseudo},
		{"Go by HTTP/2 that says it is Safari", "h2|2:0|-|-|-|amps", safariAgent, false, hello.Unsure, ""},
	} {
		if got, why := Contradicts(x.text, x.agent, x.navigates); got != x.want || why != x.why {
			t.Errorf("%s: %s (%s); expected %s (%s)", x.name, got, why, x.want, x.why)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Contradicts(chromeText, chromeAgent, true); Order(chromeText) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAClientHasOneOrderWhateverItAsksFor(t *testing.T) {
	if Order(chromeText) != Order(scriptText) || Order(chromeText) == 0 {
		t.Error("a script of a browser has another order than its pages")
	}
	seen := map[uint64]string{}
	for _, text := range []string{chromeText, firefoxText, "h1|1.1|Host,User-Agent,Accept", "h1|1.0|Host,User-Agent,Accept", "h1|1.1|Host,User-Agent,Accept|lf", "h1|1.1|host,user-agent", "h1|1.1|"} {
		key := Order(text)
		if seen[key] != "" {
			t.Errorf("%s and %s are one", text, seen[key])
		}
		seen[key] = text
	}
	if Order("h2|-|-|-|-|masp") != 0 || Order("") != 0 {
		t.Error("what is not HTTP/1 has an order of its fields")
	}
}

// FuzzContradicts reads any text and any agent.
func FuzzContradicts(f *testing.F) {
	f.Add(chromeText, chromeAgent)
	f.Add("h2||", firefoxAgent)
	f.Add("h1|1.1|Host,,|lf|lf", safariAgent)
	f.Fuzz(func(t *testing.T, text, agent string) {
		a, why := Contradicts(text, agent, true)
		if (a == hello.Yes) != (why != "") || a != hello.Unsure && hello.Claimed(agent) == hello.Unknown {
			t.Fatalf("%s (%s)", a, why)
		}
		Order(text)
	})
}
