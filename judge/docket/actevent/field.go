package actevent

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

// field is one field of a JSON object that tells an S.
type field[S any] struct {
	name     string
	expects  string // what it should hold
	required bool
	read     func(s *S, path string, v any) error // v is never nil
	write    func(s *S) any                       // nil: not told
}

const (
	maxSays  = 8 << 10 // bytes of what somebody says
	maxName  = 1024    // what the inventory keeps of a machine's image
	maxCount = 1 << 20 // machines or vCPUs
	maxRate  = 1e12    // packets a second

	maxAssets = evenkeel.MaxCaseAssets
)

var (
	earliest = evenkeel.MomentOf(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
	latest   = evenkeel.MomentOf(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
)

// sane says whether a time may be that of an act: others come from a clock that was never
// set, or from a slip of the hand.
func sane(at evenkeel.Moment) bool { return at >= earliest && at < latest }

// needs marks a field that may not be left out.
func needs[S any](f field[S]) field[S] {
	f.required = true
	return f
}

// text makes a field of a JSON string; clean returns it as it is kept, or that it is not what
// was expected.
func text[S any, T ~string](name, expects string, slot func(*S) *T, clean func(string) (string, bool)) field[S] {
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			raw, isText := v.(string)
			kept, ok := clean(raw)
			if !isText || !ok {
				return wrong(path, v, expects)
			}
			*slot(s) = T(kept)
			return nil
		},
		write: func(s *S) any {
			if *slot(s) == "" {
				return nil
			}
			return string(*slot(s))
		},
	}
}

// id is what evenkeel.CheckID lets through.
func id[S any, T ~string](name string, slot func(*S) *T) field[S] {
	return text(name, fmt.Sprintf("an id of 1 to %d bytes on one line", evenkeel.MaxID), slot, func(s string) (string, bool) {
		return s, evenkeel.CheckID(name, s) == nil
	})
}

var familyForm = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// family is the name of a family of rules.
func family[S any](name string, slot func(*S) *string) field[S] {
	return text(name, "a family of rules: 1 to 64 of a-z 0-9 -", slot, func(s string) (string, bool) {
		return s, familyForm.MatchString(s)
	})
}

// oneLine is a name of at most maxName bytes.
func oneLine[S any](name string, slot func(*S) *string) field[S] {
	return text(name, fmt.Sprintf("one line of 1 to %d bytes", maxName), slot, func(s string) (string, bool) {
		return s, isText(s, maxName, "")
	})
}

// prose is what a person says: lines and tabs, but not blanks alone.
func prose[S any](name string, slot func(*S) *string) field[S] {
	return text(name, fmt.Sprintf("a text of 1 to %d bytes", maxSays), slot, func(s string) (string, bool) {
		return s, isText(s, maxSays, "\n\r\t")
	})
}

func isText(s string, most int, controls string) bool {
	return strings.TrimSpace(s) != "" && len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(controls, r)
	})
}

// sha256 is a sum in hexadecimal digits, kept in lower case.
func sha256[S any](name string, slot func(*S) *string) field[S] {
	return text(name, "a SHA-256 sum of 64 hexadecimal digits", slot, func(s string) (string, bool) {
		sum, err := hex.DecodeString(s)
		return strings.ToLower(s), err == nil && len(sum) == 32
	})
}

// word is one of an enumeration's values.
func word[S any, E interface {
	~uint8
	String() string
}](name string, slot func(*S) *E, words ...E) field[S] {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w.String()
	}
	expects := "one of " + strings.Join(list, ", ")
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			for _, w := range words {
				if v == w.String() {
					*slot(s) = w
					return nil
				}
			}
			return wrong(path, v, expects)
		},
		write: func(s *S) any {
			if *slot(s) == 0 {
				return nil
			}
			return (*slot(s)).String()
		},
	}
}

// moment is RFC 3339, or a date: its first moment in UTC.
func moment[S any](name string, slot func(*S) *evenkeel.Moment) field[S] {
	const expects = "a time in RFC 3339 such as 2026-11-22T09:30:00Z, or a date, from 2000 to 2099"
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			raw, _ := v.(string)
			at, err := evenkeel.ParseMoment(raw)
			if day, dayErr := time.Parse(time.DateOnly, raw); dayErr == nil {
				at, err = evenkeel.MomentOf(day), nil
			}
			if err != nil || !sane(at) {
				return wrong(path, v, expects)
			}
			*slot(s) = at
			return nil
		},
		write: func(s *S) any {
			if *slot(s) == 0 {
				return nil
			}
			return slot(s).String()
		},
	}
}

// count is a whole number, written in digits.
func count[S any](name string, slot func(*S) *int64) field[S] {
	return whole(name, fmt.Sprintf("a whole number from 1 to %d; leave it out for no bound", maxCount), slot)
}

// whole is a whole number from 1 to maxCount.
func whole[S any, N int | int64](name, expects string, slot func(*S) *N) field[S] {
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			number, _ := v.(json.Number)
			n, err := strconv.ParseInt(string(number), 10, 64)
			if err != nil || n < 1 || n > maxCount {
				return wrong(path, v, expects)
			}
			*slot(s) = N(n)
			return nil
		},
		write: func(s *S) any {
			if *slot(s) == 0 {
				return nil
			}
			return *slot(s)
		},
	}
}

// rate is a number of packets a second.
func rate[S any](name string, slot func(*S) *float64) field[S] {
	expects := "a number of packets a second above 0 and at most 1e12; leave it out for no bound"
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			number, _ := v.(json.Number)
			n, err := strconv.ParseFloat(string(number), 64)
			if err != nil || !(n > 0 && n <= maxRate) {
				return wrong(path, v, expects)
			}
			*slot(s) = n
			return nil
		},
		write: func(s *S) any {
			if n := *slot(s); n != 0 && !math.IsNaN(n) && !math.IsInf(n, 0) {
				return n
			}
			return nil
		},
	}
}

// yes is true, or left out.
func yes[S any](name string, slot func(*S) *bool) field[S] {
	const expects = "true, or nothing"
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			if v != true {
				return wrong(path, v, expects)
			}
			*slot(s) = true
			return nil
		},
		write: func(s *S) any {
			if !*slot(s) {
				return nil
			}
			return true
		},
	}
}

// assets is a list of ids, each once.
func assets[S any](name string, slot func(*S) *[]evenkeel.AssetID) field[S] {
	expects := fmt.Sprintf("a list of 1 to %d ids of assets", maxAssets)
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			list, _ := v.([]any)
			if len(list) == 0 || len(list) > maxAssets {
				return wrong(path, v, expects)
			}
			seen, all := map[string]bool{}, make([]evenkeel.AssetID, len(list))
			for i, v := range list {
				where := fmt.Sprintf("%s[%d]", path, i)
				a, _ := v.(string)
				switch {
				case evenkeel.CheckID(name, a) != nil:
					return wrong(where, v, fmt.Sprintf("an id of 1 to %d bytes on one line", evenkeel.MaxID))
				case seen[a]:
					return evenkeel.Invalid("%s is %.100q again; expected each asset once", where, a)
				}
				seen[a], all[i] = true, evenkeel.AssetID(a)
			}
			*slot(s) = all
			return nil
		},
		write: func(s *S) any {
			if len(*slot(s)) == 0 {
				return nil
			}
			return *slot(s)
		},
	}
}

// wrong says that a field holds something else than it should.
func wrong(path string, v any, expects string) error {
	return evenkeel.Invalid("%s is %s; expected %s", path, shown(v), expects)
}

// shown is a JSON value as an error shows it.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		if len(v) > 100 {
			return fmt.Sprintf("%.40q and so on, %d bytes", v, len(v))
		}
		return strconv.Quote(v)
	case json.Number:
		return fmt.Sprintf("%.40s", string(v))
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	default:
		return "an object"
	}
}
