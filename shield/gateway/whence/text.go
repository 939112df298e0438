package whence

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Bounds of what is read.
const (
	MaxLine    = 4 << 10 // bytes
	MaxEntries = 4 << 20 // of a file: the whole table of the Internet has 1.2 million
	mostFaults = 3       // of a file, that are told
)

// entry is a prefix and what is said of it.
type entry[V any] struct {
	prefix netip.Prefix
	value  V
}

// networks are what a table says of prefixes.
type networks[V any] []entry[V]

// rows reads a table as text: of each line that is neither empty nor begins with # or ; comes a prefix, or a first and a last address, and then a value. They stand
//
//	1.0.0.0 24 13335          prefix, length, AS, between blanks (pfx2as)
//	1.0.0.0/24,13335          prefix and value, and more, between commas
//	1.0.0.0,1.0.0.255,13335   first and last address, and a value
//
// A first line of words alone is a heading. value reads the value; known is false for one that says that nothing is known.
func rows[V any](name string, data []byte, value func(string) (v V, known bool, err error)) (out networks[V], err error) {
	var faults []error
	told := 0
	first := true
	for number := 1; len(data) > 0; number++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		text := strings.TrimSpace(string(line[:min(len(line), MaxLine+1)]))
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		heading := first && words(text)
		first = false
		if heading {
			continue
		}
		at := len(out)
		err := func() error {
			if len(line) > MaxLine {
				return fmt.Errorf("the line has %d bytes; expected at most %d", len(line), MaxLine)
			}
			var said string
			if out, said, err = place(out, text); err != nil {
				return err
			}
			v, known, err := value(said)
			if err != nil || !known {
				out = out[:at]
				return err
			}
			for i := at; i < len(out); i++ {
				out[i].value = v
			}
			return nil
		}()
		if err == nil && len(out) > MaxEntries {
			return nil, fmt.Errorf("%s:%d: there are more than %d prefixes", name, number, MaxEntries)
		}
		if err != nil {
			if told++; told <= mostFaults {
				faults = append(faults, fmt.Errorf("%s:%d: %w", name, number, err))
			}
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

// words says whether a line is a heading: there is no digit and no colon in its first field.
func words(line string) bool {
	field, _, _ := strings.Cut(line, ",")
	return !strings.ContainsAny(field, "0123456789:")
}

// place reads where a line is about, appends its prefixes, and returns what it says of them.
func place[V any](out networks[V], line string) (networks[V], string, error) {
	a, rest, commas := strings.Cut(line, ",")
	if !commas || strings.ContainsAny(strings.TrimSpace(a), " \t") { // AS sets have commas too
		fields := strings.Fields(line)
		if len(fields) < 3 {
			return out, "", fmt.Errorf("%.60q; expected a prefix, its length and a value, such as \"192.0.2.0 24 64496\", or \"192.0.2.0/24,64496\"", line)
		}
		p, err := prefix(fields[0] + "/" + fields[1])
		return append(out, entry[V]{prefix: p}), fields[2], err
	}
	a = unquoted(a)
	if strings.IndexByte(a, '/') >= 0 {
		said, _, _ := strings.Cut(rest, ",")
		p, err := prefix(a)
		return append(out, entry[V]{prefix: p}), unquoted(said), err
	}
	b, rest, third := strings.Cut(rest, ",")
	said, _, _ := strings.Cut(rest, ",")
	from, err := netip.ParseAddr(a)
	to, err2 := netip.ParseAddr(unquoted(b))
	if err != nil || err2 != nil || !third || from.Zone() != "" || to.Zone() != "" {
		return out, "", fmt.Errorf("%.60q; expected a prefix and a value, such as \"192.0.2.0/24,64496\", or a first and a last address and a value", line)
	}
	from, to = from.Unmap(), to.Unmap()
	if from.BitLen() != to.BitLen() || to.Less(from) {
		return out, "", fmt.Errorf("%s to %s is no range; expected the first address and the last one", from, to)
	}
	return between(out, from, to), unquoted(said), nil
}

// between appends the prefixes from an address to another: the largest that begins where the last one ended, until it is done.
func between[V any](out networks[V], from, to netip.Addr) networks[V] {
	for {
		n := from.BitLen()
		for n > 0 {
			p, _ := from.Prefix(n - 1)
			if p.Addr() != from || to.Less(last(p)) {
				break
			}
			n--
		}
		p := netip.PrefixFrom(from, n)
		out = append(out, entry[V]{prefix: p})
		end := last(p)
		if end == to {
			return out
		}
		from = end.Next()
	}
}

// last is the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	if p.Addr().Is4() {
		b := p.Addr().As4()
		for i := p.Bits(); i < 32; i++ {
			b[i/8] |= 0x80 >> (i % 8)
		}
		return netip.AddrFrom4(b)
	}
	b := p.Addr().As16()
	for i := p.Bits(); i < 128; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom16(b)
}

func unquoted(s string) string { return strings.Trim(strings.TrimSpace(s), `"`) }

// prefix reads a prefix, or one address. Bits beyond its length are a fault: whoever wrote it meant another prefix or another length.
func prefix(s string) (netip.Prefix, error) {
	if strings.IndexByte(s, '/') < 0 {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("%.60q; expected a prefix, such as 192.0.2.0/24 or 2001:db8::/32, or an address", s)
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || p.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("%.60q; expected a prefix, such as 192.0.2.0/24 or 2001:db8::/32", s)
	case p != p.Masked():
		return netip.Prefix{}, fmt.Errorf("%s has bits beyond its length; expected %s, or a longer one", p, p.Masked())
	}
	return p, nil
}

// asOf reads an AS: of several (a_b from several, a,b a set) the first. 0 is that nobody announces it (RFC 7607).
func asOf(s string) (as uint32, known bool, err error) {
	n := s
	if len(n) > 2 && strings.EqualFold(n[:2], "AS") {
		n = n[2:]
	}
	n = strings.TrimLeft(n, "{")
	if i := strings.IndexAny(n, "_,}"); i >= 0 {
		n = n[:i]
	}
	x, err := strconv.ParseUint(n, 10, 32)
	if err != nil {
		return 0, false, fmt.Errorf("%.60q; expected an AS, such as 64496", s)
	}
	return uint32(x), x != 0, nil
}

// countryOf reads a country. ZZ and ?? and nothing at all are that it is not known.
func countryOf(s string) (c [2]byte, known bool, err error) {
	switch s {
	case "", "-", "??", "ZZ":
		return c, false, nil
	}
	if len(s) != 2 {
		return c, false, fmt.Errorf("%.60q; expected a country of two letters, such as DE", s)
	}
	for i := range c {
		if c[i] = s[i] &^ 0x20; c[i] < 'A' || c[i] > 'Z' {
			return c, false, fmt.Errorf("%.60q; expected a country of two letters, such as DE", s)
		}
	}
	return c, true, nil
}
