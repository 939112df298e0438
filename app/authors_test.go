package app

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// R5: who wrote a rule or the policy is never drawn where it led to a case, also once the document
// names them no more.
func TestAProcessKnowsWhoWroteItsRules(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	text, err := builtin.Text("default")
	if err != nil {
		t.Fatal(err)
	}
	force, err := policy.Parse("policy.yaml", append([]byte("authors: [pat]\n"), text...))
	if err != nil {
		t.Fatal(err)
	}
	var wrote string
	one := serve(t, dir, func(p *Parts) {
		p.Policies.Force = force
		r := *p.Rules[0]
		r.Authors, wrote = []evenkeel.PersonID{"eve", "bea"}, r.ID
		p.Rules = slices.Concat([]*rule.Rule{&r}, p.Rules[1:])
	})
	if err := one.stop(); err != nil {
		t.Fatal(err)
	}
	if err := serve(t, dir).stop(); err != nil { // nobody is named any more
		t.Fatal(err)
	}
	db, err := sqlite.Open(filepath.Join(dir, fileBooks), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for what, want := range map[string][]evenkeel.PersonID{wrote: {"bea", "eve"}, force.Digest(): {"pat"}, "another rule": nil} {
		err := db.Transact(t.Context(), func(tx docket.Tx) error {
			got, err := tx.Interested("a tenant", "a case", []string{what})
			if !slices.Equal(got, want) {
				t.Errorf("%v wrote %s; expected %v", got, what, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
