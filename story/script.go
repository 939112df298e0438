package story

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/staff/rota"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// Script is a story, read and checked: what arrives when, and what is wanted of it.
type Script struct {
	Name  string
	About string       // the text before the first section
	Rules []*rule.Rule // of the story itself: they join the others, or take the place of the one with the same id
	// Policies are the story's own: the one that is live is in force, the others are watched
	// beside it.
	Policies []*policy.Policy
	Want     string // the transcript; "" where the story has none

	deliveries []delivery // by arrival
	notes      []note
	begin, end evenkeel.Moment      // of the story's clock
	reviewers  []docket.Reviewer    // who may decide
	ran        []docket.RuleVersion // before it began
	rota       judge.Rota           // who is called; nil: nobody by name
}

// Title is the first line of About.
func (s *Script) Title() string {
	title, _, _ := strings.Cut(s.About, "\n")
	return title
}

// TellsThen says whether it says what happened in truth, beside what happens in it.
func (s *Script) TellsThen() bool {
	return slices.ContainsFunc(s.notes, func(n note) bool { return n.kind == eventThen })
}

const (
	scriptSection    = "script"
	inventorySection = "inventory.jsonl"
	telemetrySection = "telemetry.jsonl"
	wantSection      = "want"
	policySection    = "policy.yaml"
	rotaSection      = "rota.yaml"
	rulesFolder      = "rules"
	policyFolder     = "policy"

	sections = "script, rules/NAME.yaml, policy.yaml, policy/NAME.yaml, rota.yaml, inventory.jsonl, telemetry.jsonl, want"
)

// Parse reads a story. All its mistakes come back joined, each with file:line and what was
// expected.
func Parse(name string, data []byte) (*Script, error) {
	if err := checkMarkers(name, data); err != nil {
		return nil, err
	}
	archive := txtar.Parse(data)
	s := &Script{Name: strings.TrimSuffix(path.Base(name), ".txtar"), About: strings.TrimSpace(string(archive.Comment))}
	st := newStage(s)
	var errs []error
	first := 1 + strings.Count(string(archive.Comment), "\n")
	seen := map[string]bool{}
	for _, f := range archive.Files {
		first++ // the line after the section's name
		if seen[f.Name] {
			errs = append(errs, evenkeel.Invalid("%s:%d: section %s is there twice", name, first-1, f.Name))
		}
		seen[f.Name] = true
		errs = append(errs, s.section(st, name, f, first))
		first += strings.Count(string(f.Data), "\n")
	}
	if !seen[scriptSection] && !seen[inventorySection] && !seen[telemetrySection] {
		errs = append(errs, evenkeel.Invalid("%s:1: nothing happens in the story; expected a section -- script -- or lines in -- telemetry.jsonl --", name))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	st.end()
	return s, nil
}

// checkMarkers refuses "-- --", on which the archive's reader would end the process.
func checkMarkers(name string, data []byte) error {
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if string(bytes.TrimRight(text, "\r\n")) == "-- --" {
			return evenkeel.Invalid("%s:%d: a section without a name; expected one of %s", name, line, sections)
		}
	}
	return nil
}

// section reads a section whose first line has the given number in the file.
func (s *Script) section(st *stage, name string, f txtar.File, first int) error {
	dir, file := path.Split(f.Name)
	switch {
	case f.Name == scriptSection:
		return st.script(name, string(f.Data), first)
	case f.Name == inventorySection || f.Name == telemetrySection:
		return st.recorded(name, string(f.Data), first)
	case f.Name == wantSection:
		s.Want = string(f.Data)
		return nil
	case f.Name == rotaSection:
		r, err := rota.Parse(name, inPlace(f, first))
		if err == nil { // a nil of another type is not nil
			s.rota = r
		}
		return err
	case dir == rulesFolder+"/" && path.Ext(file) == ".yaml":
		rules, err := rule.Parse(name, inPlace(f, first))
		s.Rules = append(s.Rules, rules...)
		return err
	case f.Name == policySection || dir == policyFolder+"/" && path.Ext(file) == ".yaml":
		p, err := policy.Parse(name, inPlace(f, first))
		if err != nil {
			return err
		}
		return s.adopt(p, name, first)
	}
	return evenkeel.Invalid("%s:%d: unknown section %q; expected one of %s", name, first-1, f.Name, sections)
}

// inPlace is a section with blank lines before it: they make its own lines those of the
// story.
func inPlace(f txtar.File, first int) []byte {
	return []byte(strings.Repeat("\n", first-1) + string(f.Data))
}

// adopt takes a policy of the story's own. Only one can be in force.
func (s *Script) adopt(p *policy.Policy, name string, first int) error {
	for _, other := range s.Policies {
		if p.Mode() == evenkeel.ModeLive && other.Mode() == evenkeel.ModeLive {
			return evenkeel.Invalid("%s:%d: policies %s and %s are both live; expected one that is, and others with mode: shadow", name, first, other.ID(), p.ID())
		}
	}
	s.Policies = append(s.Policies, p)
	return nil
}

// rules returns the rules of the story: its own, and those of the others that it does not
// replace.
func (s *Script) rules(others []*rule.Rule) ([]*rule.Rule, error) {
	if others == nil {
		var err error
		if others, err = builtin.Rules(); err != nil {
			return nil, err
		}
	}
	own := map[string]bool{}
	for _, r := range s.Rules {
		own[r.ID] = true
	}
	rules := append([]*rule.Rule(nil), s.Rules...)
	for _, r := range others {
		if !own[r.ID] {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// script reads the lines of a script.
func (st *stage) script(name, text string, first int) error {
	var errs []error
	for i, words := range strings.Split(text, "\n") {
		l, err := readLine(words, first+i)
		if err == nil && l != nil {
			err = st.say(l)
		}
		if err != nil {
			errs = append(errs, at(name, first+i, err))
		}
		if len(errs) >= 10 {
			break
		}
	}
	return errors.Join(errs...)
}

// at puts the place before an error.
func at(name string, line int, err error) error {
	return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s:%d", name, line), Err: err}
}

// Rewrite returns the story with the transcript that it gave as the wanted one.
func Rewrite(data []byte, transcript string) []byte {
	archive := txtar.Parse(data)
	want := txtar.File{Name: wantSection, Data: []byte(transcript)}
	for i := range archive.Files {
		if archive.Files[i].Name == wantSection {
			archive.Files[i] = want
			return txtar.Format(archive)
		}
	}
	archive.Files = append(archive.Files, want)
	return txtar.Format(archive)
}
