package inventory

import (
	"bytes"
	"reflect"
	"slices"
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
		"5 endpoints among the contacts; expected at most 4":              {At: day(1), Contacts: slices.Repeat([]evenkeel.Contact{{Endpoint: "https://x.example"}}, 5)},
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

func TestOtherContactsAreTold(t *testing.T) {
	a, b := evenkeel.Contact{Role: "owner", Email: "a@x.example"}, evenkeel.Contact{Role: "owner", Email: "b@x.example"}
	r := New(Options{})
	for _, c := range []struct {
		says string
		at   int
		now  []evenkeel.Contact
		want []evenkeel.Relisted
	}{
		{"the first ones", 1, []evenkeel.Contact{a}, nil},
		{"the same again", 1, []evenkeel.Contact{a}, nil},
		{"others", 3, []evenkeel.Contact{b}, []evenkeel.Relisted{{Tenant: "t", Listed: day(3), Before: []evenkeel.Contact{a}, After: []evenkeel.Contact{b}}}},
		{"what was told before that, and comes late", 2, []evenkeel.Contact{a}, nil},
		{"nothing of contacts", 4, nil, nil},
	} {
		before := r.Snapshot()
		batch := newBook().profile(evenkeel.Profile{At: day(c.at), Contacts: c.now})
		if _, err := r.Apply(batch.Batch); err != nil {
			t.Fatal(err)
		}
		if got := r.Snapshot().Relisted(batch.Batch, before); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v; expected %+v", c.says, got, c.want)
		}
	}
}

// TestAnEndpointIsKeptAsAContact, by checkpoints too; one that an earlier version wrote is read as it was.
func TestAnEndpointIsKeptAsAContact(t *testing.T) {
	all := []evenkeel.Contact{{Role: "owner", Email: "a@x.example"}, {Role: "hook", Endpoint: "https://x.example/Hook"}}
	r := New(Options{})
	if _, err := r.Apply(newBook().profile(evenkeel.Profile{At: day(1), Contacts: all}).Batch); err != nil {
		t.Fatal(err)
	}
	before := []evenkeel.Contact{all[0], {Role: "hook"}} // an earlier program knew of no endpoint
	for version, want := range map[uint32][]evenkeel.Contact{checkpointVersion: all, oldestVersion: before} {
		var out bytes.Buffer
		if _, err := r.Snapshot().writeAs(version, &out); err != nil {
			t.Fatal(err)
		}
		again, err := Restore(&out, Options{})
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if _, got := again.Snapshot().Reach("t"); !reflect.DeepEqual(got, want) {
			t.Errorf("of version %d %+v is read; expected %+v", version, got, want)
		}
	}
	if at := all[1].Address(); at != "https://x.example/Hook" {
		t.Errorf("its address is %q; the case of a path says something", at)
	}
}
