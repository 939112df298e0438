package convert

import (
	"math"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// cells splits a line of CSV (RFC 4180; a quoted cell may not go over lines) into dst.
func cells(dst []string, line string) ([]string, error) {
	for {
		if !strings.HasPrefix(line, `"`) {
			cell, rest, more := strings.Cut(line, ",")
			dst = append(dst, cell)
			if !more {
				return dst, nil
			}
			line = rest
			continue
		}
		cell, rest, err := quoted(line[1:])
		if err != nil {
			return nil, err
		}
		dst = append(dst, cell)
		switch {
		case rest == "":
			return dst, nil
		case rest[0] != ',':
			return nil, evenkeel.Invalid("a quoted cell goes on after its closing quote; expected a comma")
		}
		line = rest[1:]
	}
}

// quoted reads a cell up to its closing quote; two quotes are one.
func quoted(s string) (cell, rest string, err error) {
	for {
		i := strings.IndexByte(s, '"')
		switch {
		case i < 0:
			return "", "", evenkeel.Invalid("a quoted cell has no closing quote on its line")
		case i+1 < len(s) && s[i+1] == '"':
			cell, s = cell+s[:i+1], s[i+2:]
		default:
			return cell + s[:i], s[i+1:], nil
		}
	}
}

// number reads a cell. known is false for a cell that says that there is no value.
func number(s string) (v float64, known bool, err error) {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "nan", "null", "none", "na", "n/a", "-":
		return 0, false, nil
	}
	v, err = strconv.ParseFloat(s, 64)
	switch {
	case err != nil || math.IsInf(v, 0) || math.IsNaN(v):
		return 0, false, evenkeel.Invalid("%.40q: expected a number", s)
	case v < 0:
		return 0, false, evenkeel.Invalid("%.40q: expected a number that is not below zero", s)
	}
	return v + 0, true, nil
}

// share reads a cell of CPU in a unit as a fraction. Above 1.05 it would be refused anyway:
// a counter, or percent taken for a fraction.
func share(s string, u unit) (v float64, known bool, err error) {
	v, known, err = number(s)
	if u == unitPercent {
		v /= 100
	}
	if err == nil && v > 1.05 {
		return 0, false, evenkeel.Invalid("%.40q: expected a share of CPU as %s", strings.TrimSpace(s), u)
	}
	return v, known, err
}
