package builtin

import (
	"embed"
	"io/fs"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
)

//go:embed *.yaml
var files embed.FS

const suffix = ".yaml"

// Names returns the names of the policies, in order.
func Names() []string {
	var out []string
	list, _ := fs.Glob(files, "*"+suffix) // only a malformed pattern is an error
	for _, file := range list {
		out = append(out, strings.TrimSuffix(file, suffix))
	}
	slices.Sort(out)
	return out
}

// Text returns the document of a name. KindNotFound where there is none.
func Text(name string) ([]byte, error) {
	text, err := files.ReadFile(name + suffix)
	if err != nil || !slices.Contains(Names(), name) {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "built-in policy " + name + ": not found", Hint: "there are " + strings.Join(Names(), ", "),
		}
	}
	return text, nil
}

// Policy returns the compiled policy of a name. KindNotFound where there is none.
func Policy(name string) (*policy.Policy, error) {
	text, err := Text(name)
	if err != nil {
		return nil, err
	}
	return policy.Parse(name+suffix, text)
}

// Default returns the policy that is in force where an operator writes none.
func Default() (*policy.Policy, error) { return Policy("default") }
