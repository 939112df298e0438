package main

import (
	"errors"
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

// loadRules returns the rules of files and directories; of none, those that come with the
// program. All mistakes come back joined.
func loadRules(paths []string) ([]*rule.Rule, error) {
	if len(paths) == 0 {
		return builtin.Rules()
	}
	var rules []*rule.Rule
	var errs []error
	for _, path := range paths {
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

// ruleFiles returns a file, or the rule documents of a directory.
func ruleFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, openError("read rules", path, err)
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
