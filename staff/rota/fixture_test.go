package rota

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine that has none

	"github.com/evenkeel/evenkeel"
)

// house is a rota of five persons in two zones, with all that a document can say.
const house = `
rota: night-and-day
version: 3
zone: Europe/Berlin
staffed:
  - {days: mon-fri, from: "08:00", until: "18:00"}
closed:
  - {from: 2026-12-25, until: 2026-12-27, because: Christmas}
persons:
  - id: ada
    away:
      - {from: 2026-12-28, until: 2027-01-02}
  - id: ben
  - id: chen
    zone: Asia/Shanghai
    hours:
      - {days: daily, from: "08:00", until: "20:00"}
  - id: dora
  - id: lin
rotations:
  - id: first
    persons: [ada, ben]
    begins: 2026-11-02
    handover: {day: mon, at: "09:00"}
  - id: second
    persons: [chen, dora]
    begins: 2026-11-01
    days: 2
levels:
  - rotation: first
  - rotation: second
  - all: [dora, lin]
lead: {person: lin}
overrides:
  - {from: 2026-11-10 12:00, until: 2026-11-10 18:00, instead_of: ben, who: dora, because: a visit to the dentist}
`

func parsed(t testing.TB, text string) *Rota {
	t.Helper()
	r, err := Parse("rota.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// when is a moment in RFC 3339.
func when(t testing.TB, s string) evenkeel.Moment {
	t.Helper()
	m, err := evenkeel.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func names(ids []evenkeel.PersonID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, " ")
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, hint := loadZone(name)
	if loc == nil {
		t.Fatalf("%s: %s", name, hint)
	}
	return loc
}
