package rota

import (
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestWhatARotaRefuses(t *testing.T) {
	for _, c := range []struct {
		name, old, new, says string
	}{
		{"a zone that is not known", "zone: Europe/Berlin", "zone: Europe/Berlyn", `rota.yaml:4:7: the time zone "Europe/Berlyn" is not known; did you mean Europe/Berlin?`},
		{"the zone of this machine", "zone: Asia/Shanghai", "zone: Local", `the time zone "Local" is not known`},
		{"an unknown key", "away:", "awya:", `unknown key "awya"; did you mean "away"?`},
		{"a day that is none", "days: mon-fri", "days: mon-fry", `"fry" is no day of the week; did you mean fri?`},
		{"a time that is none", `from: "08:00", until: "18:00"`, `from: "8:00", until: "18:00"`, `"8:00" is no time of day; expected such as "09:00"`},
		{"an hour that no day has", `until: "18:00"`, `until: "24:01"`, `"24:01" is no time of day`},
		{"a date that no year has", "begins: 2026-11-02", "begins: 2026-02-30", `"2026-02-30" is no date`},
		{"a stretch that ends before it begins", "until: 2026-12-27", "until: 2026-12-25", "which is not after it begins; until is the first moment after it"},
		{"a person of a rotation who is nobody", "persons: [ada, ben]", "persons: [ada, bem]", `there is no person "bem"; did you mean ben?`},
		{"a person twice in a rotation", "persons: [ada, ben]", "persons: [ada, ada]", `"ada" stands in this list twice`},
		{"a person who is there twice", "  - id: ben\n", "  - id: ada\n", `the person "ada" stands here twice`},
		{"a first turn on another day than the handover", "begins: 2026-11-02", "begins: 2026-11-03", "the first turn begins on a tue, not on a mon"},
		{"turns of days that are handed over on one day of the week", "    days: 2\n", "    days: 2\n    handover: {day: sun}\n", "turns of 2 days change hands on no one day of the week"},
		{"a turn of days and weeks", "    days: 2\n", "    days: 2\n    weeks: 1\n", "has days and weeks"},
		{"a turn that is too long", "    days: 2\n", "    days: 367\n", "expected 1 to 366 days"},
		{"a rotation that is not there", "- rotation: second", "- rotation: third", `there is no rotation "third"`},
		{"a level that says two things", "- rotation: second", "- {rotation: second, person: ben}", "names 2 of rotation, person and all"},
		{"a lead that is nobody", "lead: {person: lin}", "lead: {}", "names 0 of rotation, person and all"},
		{"an override by the same person", "instead_of: ben, who: dora", "instead_of: ben, who: ben", `"ben" stands in for itself`},
		{"no levels", "levels:\n  - rotation: first\n  - rotation: second\n  - all: [dora, lin]\n", "levels: []\n", "levels is empty"},
		{"a stretch that begins at the end of a day", `from: "08:00", until: "20:00"`, `from: "24:00", until: "20:00"`, "a stretch that begins at 24:00"},
		{"a document that is too large", "rota: night-and-day", "# " + strings.Repeat("x", MaxDocument), "the limit is 262144"},
		{"a name that is none", "rota: night-and-day", `rota: ""`, "rota is empty"},
		{"more levels than anybody needs", "levels:\n", "levels:\n" + strings.Repeat("  - rotation: first\n", 8), "there are 11 levels, the limit is 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(house, c.old) {
				t.Fatalf("the document has no %q", c.old)
			}
			_, err := Parse("rota.yaml", []byte(strings.Replace(house, c.old, c.new, 1)))
			if err == nil || !strings.Contains(err.Error(), c.says) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("%v; expected %s", err, c.says)
			}
		})
	}
}

func TestTheSameBytesHaveTheSameDigest(t *testing.T) {
	a, b := parsed(t, house), parsed(t, strings.Replace(house, "version: 3", "version: 4", 1))
	if a.Digest() != parsed(t, house).Digest() || a.Digest() == b.Digest() || !strings.HasPrefix(a.Digest(), "sha256:") {
		t.Errorf("%s and %s", a.Digest(), b.Digest())
	}
}

// TestTheRotaInTheDocumentsIsOne, and nothing that it says is refused.
func TestTheRotaInTheDocumentsIsOne(t *testing.T) {
	page, err := os.ReadFile("../../docs/on-call.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```yaml\n")
	text, _, found := strings.Cut(text, "```")
	if !found {
		t.Fatal("docs/on-call.md shows none")
	}
	r := parsed(t, text)
	if got := names(r.OnCall(1, when(t, "2026-11-12T20:00:00Z"))); got != "ada" || r.Levels() != 3 {
		t.Errorf("%q is on call in the place of ben, of %d levels", got, r.Levels())
	}
}

// FuzzParse: bad input costs only itself, and whatever is taken has an answer.
func FuzzParse(f *testing.F) {
	f.Add([]byte(house))
	f.Add([]byte("rota: r\nversion: 1\nzone: UTC\npersons: [{id: ada}]\nlevels: [{person: ada}]\nlead: {all: [ada]}\n"))
	f.Add([]byte("rota: r\nzone: Nowhere/Land\nlevels: [{}]"))
	at := when(f, "2026-11-20T12:00:00Z")
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse("fuzz", data)
		if err != nil {
			if evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("an error of kind %v: %v", evenkeel.KindOf(err), err)
			}
			return
		}
		for level := 1; level <= r.Levels(); level++ {
			r.OnCall(level, at)
		}
		r.Staffed(at)
		if _, err := r.Check(at, at.Add(1e15)); err != nil {
			t.Error(err)
		}
	})
}
