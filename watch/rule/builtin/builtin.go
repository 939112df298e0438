package builtin

import (
	"embed"
	"io/fs"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
)

//go:embed *.yaml
var files embed.FS

// FS returns the documents, one file for each rule, named after it.
func FS() fs.FS { return files }

// Rules returns the compiled rules, ordered by id.
func Rules() ([]*rule.Rule, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "list built-in rules", Err: err}
	}
	var all []*rule.Rule
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "read built-in rule", Err: err}
		}
		rules, err := rule.Parse(name, data)
		if err != nil {
			return nil, err
		}
		all = append(all, rules...)
	}
	set, err := rule.NewSet(all)
	if err != nil {
		return nil, err
	}
	return set.Rules(), nil
}
