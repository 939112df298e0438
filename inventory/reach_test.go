package inventory

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestWhatWasToldLastOfANameAndContactsIsKept(t *testing.T) {
	ann, bob := evenkeel.Contact{Role: "owner", Email: "ann@example.net", Lang: "zh-Hans"}, evenkeel.Contact{Role: "abuse", Email: "bob@example.net"}
	told := []evenkeel.Profile{
		{At: day(1), Name: "Raisup", Contacts: []evenkeel.Contact{ann}},
		{At: day(2), Contacts: []evenkeel.Contact{ann, bob}},
		{At: day(2), Contacts: []evenkeel.Contact{ann}},
		{At: day(3), Standing: evenkeel.StandingTrial},
		{At: day(2), Name: "Raisup Ltd"},
	}
	for first := range told { // in whatever order they come
		book := newBook()
		for i := range told {
			book.profile(told[(first+i)%len(told)])
		}
		s := snapshotOf(t, book)
		name, contacts := s.Reach("t")
		if want := []evenkeel.Contact{ann, bob}; name != "Raisup Ltd" || !reflect.DeepEqual(contacts, want) {
			t.Errorf("%q, %v; expected Raisup Ltd, %v", name, contacts, want)
		}
		var file bytes.Buffer
		if _, err := s.WriteTo(&file); err != nil {
			t.Fatal(err)
		}
		again, err := Restore(&file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n, c := again.Snapshot().Reach("t"); n != name || !reflect.DeepEqual(c, contacts) {
			t.Errorf("after a restart %q, %v", n, c)
		}
	}
	if name, contacts := snapshotOf(t, newBook()).Reach("t"); name != "" || contacts != nil {
		t.Errorf("%q, %v of a tenant of whom nothing was said", name, contacts)
	}
}

func TestContactsBeyondReasonAreRefused(t *testing.T) {
	for says, p := range map[string]evenkeel.Profile{
		"33 contacts; expected at most 32":                                {At: day(1), Contacts: make([]evenkeel.Contact, 33)},
		"a name or a contact of 1025 bytes; expected at most 1024":        {At: day(1), Name: strings.Repeat("n", 1025)},
		"a name or a contact of 2000 bytes; expected at most 1024 in all": {At: day(1), Contacts: []evenkeel.Contact{{Email: strings.Repeat("e", 2000)}}},
	} {
		r := New(Options{})
		_, err := r.Apply(newBook().profile(p).Batch)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(says, " in all")) {
			t.Errorf("%v; expected %q", err, says)
		}
		if name, contacts := r.Snapshot().Reach("t"); name != "" || contacts != nil {
			t.Errorf("%q, %v is kept of what was refused", name, contacts)
		}
	}
}
