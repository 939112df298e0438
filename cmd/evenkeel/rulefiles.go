package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/story"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// withProgram names all rules that come with the program, beside others.
const withProgram = "builtin"

// loadRules returns the rules of files and directories, and those of the program that are named; of
// no names, all that come with the program. All mistakes come back joined.
func loadRules(paths []string) ([]*rule.Rule, error) {
	if len(paths) == 0 {
		return builtin.Rules()
	}
	var rules []*rule.Rule
	var errs []error
	for _, path := range paths {
		if shipped, ok := shippedRules(path); ok {
			rules = append(rules, shipped...)
			continue
		}
		files, err := ruleFiles(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				errs = append(errs, openError("read rules", file, err))
				continue
			}
			found, err := rule.Parse(file, data)
			rules, errs = append(rules, found...), append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	set, err := rule.NewSet(rules)
	if err != nil {
		return nil, err
	}
	return set.Rules(), nil
}

// shippedRules returns the rule of the program that a name means, or all of them; false where there
// is a file of that name, or no such rule.
func shippedRules(name string) ([]*rule.Rule, bool) {
	all, err := builtin.Rules()
	if _, here := os.Stat(name); here == nil || err != nil {
		return nil, false
	}
	if name == withProgram {
		return all, true
	}
	i := slices.IndexFunc(all, func(r *rule.Rule) bool { return r.ID == name })
	if i < 0 {
		return nil, false
	}
	return all[i : i+1], true
}

// notNamed names the rules that come with the program and are not among these.
func notNamed(in []*rule.Rule) (out []string) {
	all, _ := builtin.Rules() // what comes with the program compiles: a test says so
	for _, r := range all {
		if !slices.ContainsFunc(in, func(x *rule.Rule) bool { return x.ID == r.ID }) {
			out = append(out, r.ID)
		}
	}
	return out
}

// noRules says that a name is no file, no directory and no rule of the program.
func noRules(name string, err error) error {
	e, ok := errors.AsType[*evenkeel.Error](err)
	all, bad := builtin.Rules()
	if !ok || e.Kind != evenkeel.KindNotFound || bad != nil {
		return err
	}
	if strings.ContainsAny(name, `/\`) || filepath.Ext(name) != "" {
		e.Hint = "rules are files, directories, or names of those that come with the program; evenkeel rules list prints these"
		return err
	}
	known := []string{withProgram}
	for _, r := range all {
		known = append(known, r.ID)
	}
	e.Says = fmt.Sprintf("rules %s: no file, no directory, and none of those that come with the program: %s", name, strings.Join(known[1:], ", "))
	e.Hint = withProgram + " stands for all of these, beside rules of your own"
	if near := strict.Nearest(name, known); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return e
}

// ruleFiles returns a file, or the rule documents of a directory.
func ruleFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, noRules(path, openError("read rules", path, err))
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, openError("read rules", path, err)
	}
	var files []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "read rules " + path + ": there is no rule in this directory; expected files *.yaml",
			Hint: "evenkeel rules show crypto-mining prints a rule to begin with",
		}
	}
	slices.Sort(files)
	return files, nil
}

// openFixture returns a function that opens the stories that a rule names: beside the rule's
// file, else among those that come with the program.
func openFixture(r *rule.Rule) func(name string) ([]byte, error) {
	file, _ := splitSource(r.Source)
	return func(name string) ([]byte, error) {
		beside := filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
		data, err := os.ReadFile(beside)
		if err == nil {
			return data, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, openError("read story", beside, err)
		}
		if data, err = story.Text(name); err == nil {
			return data, nil
		}
		return nil, noFixture(name, beside)
	}
}

// noFixture says where a story was looked for, and which name is near.
func noFixture(name, beside string) error {
	e := &evenkeel.Error{
		Kind: evenkeel.KindNotFound,
		Says: "not found beside the rule's file (" + beside + "), nor among the stories that come with the program",
		Hint: "evenkeel rehearse --list names the stories that come with the program",
	}
	known, _ := filepath.Glob(filepath.Join(filepath.Dir(beside), "*.txtar"))
	for i, file := range known {
		known[i] = path.Join(path.Dir(name), filepath.Base(file))
	}
	for _, s := range story.Names() {
		known = append(known, s+".txtar")
	}
	if near := strict.Nearest(name, known); near != "" {
		e.Says += "; did you mean " + near + "?"
	}
	return e
}

// splitSource cuts "file:line".
func splitSource(source string) (file, line string) {
	i := strings.LastIndexByte(source, ':')
	if i < 0 {
		return source, ""
	}
	return source[:i], source[i+1:]
}

// openError says that a file could not be opened, of the kind that it is; nil stays nil.
func openError(doing, file string, err error) error {
	if err == nil {
		return nil
	}
	e := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing + " " + file, Err: err}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		e.Err = cause.Err
	} else if cause, ok := errors.AsType[*os.LinkError](err); ok { // of a rename
		e.Err = cause.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Says, e.Err = evenkeel.KindNotFound, e.Says+": not found", nil
	case errors.Is(err, fs.ErrPermission):
		e.Kind = evenkeel.KindDenied
	}
	return e
}
