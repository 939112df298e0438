package app

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/rota"
	"github.com/evenkeel/evenkeel/store/memory"
)

// R21: whoever opens the page reads whose turn it is at that moment.
func TestWhoseTurnItIsBeginsNow(t *testing.T) {
	r, err := rota.Parse("team.yaml", []byte(teamRota))
	if err != nil {
		t.Fatal(err)
	}
	at := evenkeel.MomentOf(newFilm().now())
	now, err := onCall(r, memory.New(nil))(t.Context(), at)
	if err != nil || now.Rota != "team" || !now.Staffed {
		t.Fatalf("%+v, %v", now, err)
	}
	turns := map[int]evenkeel.PersonID{}
	for _, s := range now.Shifts {
		if s.From <= at && at < s.Until {
			turns[s.Level] = s.Persons[0]
		}
	}
	if turns[1] != "ada" || turns[2] != "cid" || turns[0] != "lin" {
		t.Errorf("it is the turn of %v; expected ada, cid, and lin who leads", turns)
	}
}
