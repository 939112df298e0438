package rule

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Set is rules that run together: no two have the same id.
type Set struct {
	rules  []*Rule
	digest string
}

// NewSet puts rules together. Two rules with the same id are an error that names both places.
func NewSet(rules []*Rule) (*Set, error) {
	s := &Set{rules: slices.Clone(rules)}
	slices.SortStableFunc(s.rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	var errs []error
	sum := sha256.New()
	for i, r := range s.rules {
		if i > 0 && s.rules[i-1].ID == r.ID {
			errs = append(errs, &evenkeel.Error{
				Kind: evenkeel.KindInvalid,
				Says: r.Source + ": rule " + r.ID + " is there twice; the other one is at " + s.rules[i-1].Source,
				Hint: "give one of them another id, or remove it",
			})
		}
		sum.Write([]byte(r.ID + " " + r.Digest + "\n"))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	s.digest = hex.EncodeToString(sum.Sum(nil))
	return s, nil
}

// Rules returns the rules ordered by id. The caller does not change them.
func (s *Set) Rules() []*Rule { return s.rules }

// Find returns the rule of an id, or nil.
func (s *Set) Find(id string) *Rule {
	i, ok := slices.BinarySearchFunc(s.rules, id, func(r *Rule, id string) int { return cmp.Compare(r.ID, id) })
	if !ok {
		return nil
	}
	return s.rules[i]
}

// Digest returns the SHA-256, in hex, over the ids and digests of the rules in order of their ids.
func (s *Set) Digest() string { return s.digest }
