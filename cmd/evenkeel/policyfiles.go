package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
)

// loadPolicies reads policies, each a file or the name of one that comes with the program.
// All mistakes come back joined.
func loadPolicies(names []string) ([]*policy.Policy, error) {
	var all []*policy.Policy
	var errs []error
	for _, name := range names {
		file, text, err := readPolicy(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p, err := policy.Parse(file, text)
		all, errs = append(all, p), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return all, nil
}

// readPolicy reads a file, or a policy that comes with the program. What has a slash or ends
// as YAML does is a file.
func readPolicy(name string) (file string, text []byte, err error) {
	text, err = os.ReadFile(name)
	switch {
	case err == nil:
		return name, text, nil
	case strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"):
		err = openError("read policy", name, err)
		if e, ok := errors.AsType[*evenkeel.Error](err); ok && e.Kind == evenkeel.KindNotFound {
			e.Hint = "a policy is a file, or the name of one that comes with the program: " + strings.Join(builtin.Names(), ", ")
		}
		return name, nil, err
	}
	if text, err := builtin.Text(name); err == nil {
		return name + ".yaml", text, nil
	}
	known := builtin.Names()
	e := &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("policy %s: no file, and none of those that come with the program: %s", name, strings.Join(known, ", ")),
	}
	if near := strict.Nearest(name, known); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return name, nil, e
}
