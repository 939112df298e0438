package site

import "strings"

// Purpose is what a path is for, where no person opens it.
type Purpose uint8

// The purposes.
const (
	ForPeople  Purpose = iota // any other path
	ForMonitor                // a health check
	ForReader                 // a feed
	ForProgram                // an interface for programs
)

// Of says what an escaped path (url.URL.EscapedPath) is for. A path that a backend may read as another
// one, with dot segments, empty segments, backslashes, or these in escapes, is for people, so that
// /api/../login is no way around. It allocates nothing.
func (p *Paths) Of(path string) Purpose {
	for _, kind := range [...]struct {
		list    []string
		purpose Purpose
	}{{p.Health, ForMonitor}, {p.Feeds, ForReader}, {p.API, ForProgram}} {
		for _, pattern := range kind.list {
			if covers(pattern, path) {
				if devious(path) {
					return ForPeople
				}
				return kind.purpose
			}
		}
	}
	return ForPeople
}

// covers says whether a pattern means the path: /x, or /x/* for all that begins with /x/.
func covers(pattern, path string) bool {
	if below, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, below)
	}
	return path == pattern
}

// devious says whether a path could be read as another one.
func devious(path string) bool {
	for i := range len(path) {
		rest := path[i+1:]
		switch path[i] {
		case '\\', ';': // some servers cut parameters off (/api/..;/login)
			return true
		case '/':
			if strings.HasPrefix(rest, "/") || rest == "." || rest == ".." || strings.HasPrefix(rest, "./") || strings.HasPrefix(rest, "../") {
				return true
			}
		case '%':
			if len(rest) < 2 || escapes(rest[0], rest[1]) {
				return true
			}
		}
	}
	return false
}

// escapes says whether %ab is a dot, a slash, a backslash, a semicolon, a per cent sign, a control
// character, or nothing.
func escapes(a, b byte) bool {
	hi, lo := digit(a), digit(b)
	if hi < 0 || lo < 0 {
		return true
	}
	c := byte(hi<<4 | lo)
	return c < ' ' || c == 0x7f || strings.IndexByte("./\\;%", c) >= 0
}

func digit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
