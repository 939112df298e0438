package story

import (
	"strings"
	"testing"
)

const aMiner = `tenant t since=2024-02-12 standing=prepaid paid=25.00 currency=EUR run_rate=310.00
asset m-1 tenant=t from=2024-02-12
cpu m-1 99.9% every 15s for 40m
+30m
flow m-1 out 198.51.100.7:443/tcp name=api.nanopool.org packets=40 bytes=9000 every 60s for 5m
+20m
`

// TestMoreIsSaidInOtherWordsEachTime: each is an act of its own, and no two read alike.
func TestMoreIsSaidInOtherWordsEachTime(t *testing.T) {
	s := parsed(t, "appeal t \"No.\" family=mining\ndocket\nmore 500 every 2s\n", "")
	ids, texts := map[string]bool{}, map[string]bool{}
	last := s.deliveries[0].act.At
	for _, d := range s.deliveries {
		if d.act.look != nil {
			continue
		}
		if !strings.Contains(d.act.Says, "No.") || d.act.Family != "mining" || d.act.At < last || d.at != d.act.At {
			t.Fatalf("%+v is not the appeal in other words", d.act.Act)
		}
		last, ids[d.act.ID], texts[d.act.Says] = d.act.At, true, true
	}
	if len(ids) != 501 || len(texts) != 501 {
		t.Errorf("%d ids and %d texts; expected 501 of each", len(ids), len(texts))
	}
}

// TestManyAreToldAsOne: of two hundred appeals the transcript has one line a minute, and of their
// receipts another; each was taken in (G: whoever floods us does not drown what others say).
func TestManyAreToldAsOne(t *testing.T) {
	pl, err := play(parsed(t, aMiner+"appeal t \"No.\"\nmore 199 every 1s\n+5m\n", ""), Parts{Books: books})
	if err != nil {
		t.Fatal(err)
	}
	receipts, letters, pages := 0, 0, 0
	for _, c := range pl.desk.changes {
		pages += len(c.Pages)
		for _, e := range c.Entries {
			if e.State == "receipt" {
				receipts++
			}
		}
		for _, n := range c.Notices {
			if n.Receipt != "" {
				letters++
			}
		}
	}
	text := transcript(pl)
	if receipts != 200 || letters != 1 || pages != 1 {
		t.Errorf("%d receipts, %d letters and %d pages; expected 200, 1 and 1\n%s", receipts, letters, pages, text)
	}
	if n := strings.Count(text, "  appeal   "); n < 2 || n > 6 {
		t.Errorf("the appeals are told in %d lines; expected one a minute, and the first", n)
	}
}

// TestWhoeverLooksSeesTheOrderOfTheDocket, and what a rule has earned; looking is no act.
func TestWhoeverLooksSeesTheOrderOfTheDocket(t *testing.T) {
	s := parsed(t, aMiner+"docket\nlearned crypto-mining\nanswer t hello\ndocket\nclear t by=anna \"Fine.\" no_flag=once\nlearned crypto-mining\ndocket\n", "")
	text, err := Play(s, Parts{Books: books})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"docket   1 open case\n          1        t, mining; throttle in force\n",
		"learned  no case that rests on crypto-mining was closed\n",
		"          1        t, mining; throttle in force; waits since 08:50:00\n",
		"learned  crypto-mining v1: right 0 of 1 ",
		"docket   0 open cases\n",
		"acts 2, refused 0\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the transcript does not say %q\n%s", want, text)
		}
	}
}

// TestWhoIsCalledStandsByName (R21): by the rota of the story; a gap is said, and reaches whoever
// leads.
func TestWhoIsCalledStandsByName(t *testing.T) {
	const day = "-- rota.yaml --\nrota: desk\nversion: 1\nzone: UTC\npersons:\n  - {id: ada}\n  - {id: lin}\nlevels:\n  - person: ada\n  - person: lin\nlead: {person: lin}\n"
	away := strings.Replace(day, "{id: ada}", "{id: ada, away: [{from: 2024-03-04, until: 2024-03-05, because: ill}]}", 1)
	for name, c := range map[string]struct{ rota, want string }{
		"without a rota nobody is named":   {"", "page     Level 1 is called. The tenant waits"},
		"whoever is on call is named":      {day, "page     Level 1 is called: ada. The tenant waits"},
		"nobody on call is said, and lead": {away, "page     Nobody was on call at level 1: the lead is called, lin. The tenant waits"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := Play(parsed(t, aMiner+"answer t hello\n+20m\n", c.rota), Parts{Books: books})
			if err != nil || !strings.Contains(text, c.want) {
				t.Errorf("%v; expected %q in\n%s", err, c.want, text)
			}
		})
	}
}

// TestALotIsSaidAboutByWhoItFellOn: nobody else's, and once.
func TestALotIsSaidAboutByWhoItFellOn(t *testing.T) {
	text, err := Text("audit-by-lot")
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "lot \"A flood")
	for _, c := range []struct{ name, lines, says string }{
		{"another person", "lot \"Nothing.\" by=ada found=inconclusive", "refused  no lot that is open fell on ada\n"},
		{"what nobody finds by looking", "lot \"Nothing.\" by=ben found=covered", "refused  audit \""},
		{"one that cannot be told counts for nobody's guilt", "lot \"Packets alone do not tell.\" by=ben found=inconclusive all=yes\nlots", "watched  ben found 0 of 5 known cases guilty: 0 % to 43.5 %\n"},
		{"all were said", "lot \"Tests.\" by=ben found=false_positive all=yes\nlot \"Again.\" by=ben found=confirmed", "refused  no lot that is open fell on ben\n"},
		{"what was closed against the tenant is open again", "lot \"Tests.\" by=ben found=false_positive all=yes", "page     Level 3 is called: lin. Case "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Parse("lots.txtar", []byte(before+c.lines+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Play(s, Parts{Books: books})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got, c.says) {
				t.Errorf("the transcript ends\n%s\nexpected %q", got[max(0, len(got)-3000):], c.says)
			}
		})
	}
}
