package whence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// The shortest prefixes that a list may have: what is shorter is a slip that would mean half of the Internet.
const (
	leastBits4 = 8
	leastBits6 = 16
	mostDepth  = 16 // of a JSON document
)

// Ranges reads a list of prefixes: text, with one at the beginning of each line and, behind a comma or a blank, whatever else its publisher says; or
// JSON as search engines and clouds publish it: each string that stands under ipv4Prefix, ipv6Prefix, ip_prefix or ipv6_prefix, and those in lists.
// Errors say file and line.
func Ranges(name string, data []byte) ([]netip.Prefix, error) {
	if begin := bytes.TrimLeft(data, " \t\r\n\ufeff"); len(begin) > 0 && (begin[0] == '{' || begin[0] == '[') {
		return listed(name, data)
	}
	var out []netip.Prefix
	var faults []error
	told := 0
	for number := 1; len(data) > 0; number++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		text := strings.TrimSpace(string(line[:min(len(line), MaxLine)]))
		if i := strings.IndexAny(text, ",# \t;"); i >= 0 {
			text = text[:i]
		}
		if text == "" {
			continue
		}
		p, err := ranged(unquoted(text))
		if err != nil {
			if told++; told <= mostFaults {
				faults = append(faults, fmt.Errorf("%s:%d: %w", name, number, err))
			}
			continue
		}
		if out = append(out, p); len(out) > MaxEntries {
			return nil, fmt.Errorf("%s:%d: there are more than %d prefixes", name, number, MaxEntries)
		}
	}
	if told > mostFaults {
		faults = append(faults, fmt.Errorf("%s: %d more lines have faults", name, told-mostFaults))
	}
	if told > 0 {
		return nil, errors.Join(faults...)
	}
	return out, nil
}

// ranged reads one prefix of a list.
func ranged(s string) (netip.Prefix, error) {
	p, err := prefix(s)
	if err != nil {
		return p, err
	}
	least := leastBits6
	if p.Addr().Is4() {
		least = leastBits4
	}
	if p.Bits() < least {
		return p, fmt.Errorf("%s is too much for one range; expected a length of %d or more", p, least)
	}
	return p, nil
}

// listed reads JSON.
func listed(name string, data []byte) (out []netip.Prefix, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	line := func() int { return 1 + bytes.Count(data[:min(d.InputOffset(), int64(len(data)))], []byte("\n")) }
	var within []bool // for each level, whether it is an object
	var keys []string // of each level: under which it stands
	name1, wantKey := "", false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(within) == 0 {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: it is no JSON: %w", name, line(), err)
		}
		object := len(within) > 0 && within[len(within)-1]
		if text, ok := token.(string); ok && object && wantKey {
			name1, wantKey = text, false
			continue
		}
		switch x := token.(type) {
		case json.Delim:
			switch x {
			case '{', '[':
				if len(within) == mostDepth {
					return nil, fmt.Errorf("%s:%d: it is nested deeper than %d", name, line(), mostDepth)
				}
				within, keys = append(within, x == '{'), append(keys, name1)
			default:
				within, keys = within[:len(within)-1], keys[:len(keys)-1]
			}
		case string:
			key := name1
			if !object && len(keys) > 0 {
				key = keys[len(keys)-1]
			}
			if !prefixes(key, object) {
				break
			}
			p, err := ranged(x)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %s: %w", name, line(), key, err)
			}
			if out = append(out, p); len(out) > MaxEntries {
				return nil, fmt.Errorf("%s:%d: there are more than %d prefixes", name, line(), MaxEntries)
			}
		}
		wantKey = len(within) > 0 && within[len(within)-1]
	}
}

// prefixes says whether the string under a key is a prefix: as a member of an object, or in a list of that name.
func prefixes(key string, member bool) bool {
	if member {
		switch key {
		case "ipv4Prefix", "ipv6Prefix", "ip_prefix", "ipv6_prefix", "prefix":
			return true
		}
		return false
	}
	switch key {
	case "", "prefixes", "ipv6_prefixes", "ipv4_prefixes", "addresses", "ipv6_addresses", "addressPrefixes", "ipv4_cidrs", "ipv6_cidrs", "ranges":
		return true
	}
	return false
}
