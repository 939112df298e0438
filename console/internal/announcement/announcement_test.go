package announcement

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

var noon = evenkeel.MomentOf(time.Date(2019, 5, 30, 12, 0, 0, 0, time.UTC))

// TestWhatIsAnnouncedIsReadBack holds Of to Words, whatever is announced and said.
func TestWhatIsAnnouncedIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		second := rapid.Map(rapid.Int64Range(1, 1<<32), func(s int64) evenkeel.Moment { return evenkeel.Moment(s * 1e9) })
		a := Asked{Count: rapid.Int64Range(1, 1<<40).Draw(t, "count"), Principal: rapid.String().Draw(t, "principal"), From: second.Draw(t, "from"), Until: second.Draw(t, "until")}
		a.Principal = strings.ToValidUTF8(a.Principal, "?")
		own := rapid.String().Draw(t, "own")
		e := evenkeel.Entry{Kind: evenkeel.EntrySaid, Ref: ByLink + "x", Words: Words(a, own)}
		got, ok := Of(&e)
		if !ok || got != a {
			t.Fatalf("%q is read as %+v, %t; want %+v", e.Words, got, ok, a)
		}
		if said := Said(&e); said != strings.TrimSuffix(e.Words, "\n") {
			t.Fatalf("it is shown as %q; want %q", said, e.Words)
		}
	})
}

func TestAnAnnouncementHasItsTimesAsPeopleReadThem(t *testing.T) {
	a := Asked{Count: 3, Principal: "ci", From: noon.Add(61_124_773_106), Until: noon.Add(13 * time.Hour)}
	if got, want := Words(a, "A run."), "Announced: 3 machines, made by \"ci\", from 30 May 2019, 12:01 UTC until 31 May 2019, 01:00 UTC.\nA run."; got != want {
		t.Errorf("it says %q; want %q", got, want)
	}
	a = Asked{Count: 1, From: noon.Add(time.Second), Until: noon.Add(time.Hour)}
	if got, want := Words(a, ""), "Announced: 1 machine, all machines, from 30 May 2019, 12:00:01 UTC until 30 May 2019, 13:00 UTC.\n"; got != want {
		t.Errorf("it says %q; want %q", got, want)
	}
}

func TestWhatWasKeptBeforeIsReadAndShownInTodaysForm(t *testing.T) {
	e := evenkeel.Entry{Kind: evenkeel.EntrySaid, Ref: ByLink + "x", Words: "Announced: 3 machines, made by \"ci\", from 2019-05-30T12:01:01.124773106Z until 2019-05-31T01:00:00Z.\nSince 2019-05-30T12:01:01.5Z."}
	a, ok := Of(&e)
	if want := (Asked{3, "ci", noon.Add(61_124_773_106), noon.Add(13 * time.Hour)}); !ok || a != want {
		t.Errorf("it is read as %+v, %t; want %+v", a, ok, want)
	}
	if got, want := Said(&e), "Announced: 3 machines, made by \"ci\", from 30 May 2019, 12:01 UTC until 31 May 2019, 01:00 UTC.\nSince 2019-05-30T12:01:01.5Z."; got != want {
		t.Errorf("it is shown as %q; want %q", got, want)
	}
}

func TestWordsThatOnlyLookLikeItAreTheTenantsOwn(t *testing.T) {
	good := Words(Asked{3, "ci", noon, noon.Add(time.Hour)}, "A run.")
	for name, e := range map[string]evenkeel.Entry{
		"among telemetry":      {Kind: evenkeel.EntrySaid, Ref: "burst-0123456789abcdef", Words: good},
		"by a program":         {Kind: evenkeel.EntrySaid, Ref: "control/anna 17", Words: good},
		"by a person's act":    {Kind: evenkeel.EntryActed, Ref: ByLink + "x", Words: good},
		"further down":         {Kind: evenkeel.EntrySaid, Ref: ByLink + "x", Words: "Hello.\n" + good},
		"a time that is none":  {Kind: evenkeel.EntrySaid, Ref: ByLink + "x", Words: strings.Replace(good, "12:00 UTC", "12:60 UTC", 1)},
		"more than can be":     {Kind: evenkeel.EntrySaid, Ref: ByLink + "x", Words: strings.Replace(good, "3 machines", "99999999999999999999 machines", 1)},
		"a name that is none":  {Kind: evenkeel.EntrySaid, Ref: ByLink + "x", Words: strings.Replace(good, `"ci"`, `"c\i"`, 1)},
		"a name that is empty": {Kind: evenkeel.EntrySaid, Ref: ByLink + "x", Words: strings.Replace(good, `"ci"`, `""`, 1)},
	} {
		if a, ok := Of(&e); ok {
			t.Errorf("%s: it is read as %+v", name, a)
		}
		if Said(&e) != e.Words {
			t.Errorf("%s: it is shown as %q", name, Said(&e))
		}
	}
}

// FuzzOf reads what anybody may have said: what is read once is written and read again the same.
func FuzzOf(f *testing.F) {
	f.Add("Announced: 3 machines, made by \"ci\", from 30 May 2019, 12:01 UTC until 31 May 2019, 01:00 UTC.\nA run.")
	f.Add("Announced: 1 machines, all machines, from 2019-05-30T12:01:01.1Z until 2019-05-31T01:00:00+09:00.")
	f.Fuzz(func(t *testing.T, words string) {
		e := evenkeel.Entry{Kind: evenkeel.EntrySaid, Ref: ByLink + "x", Words: words}
		a, ok := Of(&e)
		if !ok {
			return
		}
		e.Words = Said(&e)
		b, again := Of(&e)
		if !again || a.Count != b.Count || a.Principal != b.Principal || Said(&e) != e.Words {
			t.Errorf("%q has %+v, and %+v when it is written again as %q", words, a, b, e.Words)
		}
	})
}
