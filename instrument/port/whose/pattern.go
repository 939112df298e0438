package whose

import (
	"fmt"
	"path"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// The placeholder of a pattern: the part of an interface's name that names the guest.
const placeholder = "{guest}"

// Pattern finds guests by the names of their interfaces.
type Pattern struct {
	before, after string // of the placeholder; before may have wildcards of path.Match
	kind          string // of the link, such as tun or veth; "": any
	asset         string // what the guest is called, with the placeholder
}

// NewPattern makes a pattern. name is that of interfaces, such as "tap-{guest}" or "fwln{guest}i?",
// where the placeholder stands once, and * and ? in the parts beside it for any text and any letter;
// kind is the kind of the link, "" for any; asset is what the guest is called, such as "vm-{guest}",
// "" for the placeholder alone.
func NewPattern(name, kind, asset string) (Pattern, error) {
	before, after, once := strings.Cut(name, placeholder)
	if !once || strings.Contains(after, placeholder) {
		return Pattern{}, fmt.Errorf("interfaces %q: expected %s once in the name, such as tap-%s", name, placeholder, placeholder)
	}
	if before == "" && after == "" && kind == "" {
		return Pattern{}, fmt.Errorf("interfaces %q: that is every interface of the host; expected a part of the name beside %s, or the kind of link", name, placeholder)
	}
	for _, part := range []string{before, after} {
		if _, err := path.Match(part, ""); err != nil || strings.Contains(part, "/") {
			return Pattern{}, fmt.Errorf("interfaces %q: %q is no pattern; expected letters, * and ?", name, part)
		}
	}
	if asset == "" {
		asset = placeholder
	}
	if strings.Count(asset, placeholder) != 1 {
		return Pattern{}, fmt.Errorf("guests %q: expected %s once in what they are called, such as vm-%s", asset, placeholder, placeholder)
	}
	return Pattern{before, after, kind, asset}, nil
}

// Guest returns what the guest at an interface is called; false where the pattern does not fit, or
// fits in more than one way.
func (p Pattern) Guest(at port.Place) (asset string, fits bool) {
	if p.kind != "" && p.kind != at.Kind {
		return "", false
	}
	found := ""
	for i := range len(at.Name) + 1 {
		if ok, _ := path.Match(p.before, at.Name[:i]); !ok {
			continue
		}
		for j := i + 1; j <= len(at.Name); j++ {
			if ok, _ := path.Match(p.after, at.Name[j:]); !ok {
				continue
			}
			if found != "" {
				return "", false
			}
			found = at.Name[i:j]
		}
	}
	return strings.Replace(p.asset, placeholder, found, 1), found != ""
}

// match says whether a name fits a pattern of path.Match.
func match(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}
