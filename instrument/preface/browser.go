package preface

import (
	"strings"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

// Why an introduction contradicts a user agent.
const (
	WhyVersion = "no browser speaks HTTP/1.0, or ends lines with a line feed alone"
	WhyHost    = "browsers send Host first"
	WhyLetters = "browsers write the names of HTTP/1 with capitals"
	WhyMissing = "browsers that open a page say what they accept, and how it may be packed"
	WhyOrder   = "the fields come in another order than from the browser that the user agent names"
	WhyPseudo  = "the pseudo-headers come in another order than from the browser that the user agent names"
)

// Contradicts says whether an introduction, by its text, cannot come from the browser that a User-Agent header names. navigates says whether the
// request opens a page, by what else it says: what scripts ask for has the fields that they set, in places of their own, and of those nothing is said.
// As with hello.Contradicts, whatever reads along between a browser and us may contradict too: it is a sign to weigh, and turns nobody away.
//
// The orders are those of Chromium 98 to 156 and Firefox 91 to 98, as they were recorded; Safari's differ from release to release.
func Contradicts(text, userAgent string, navigates bool) (hello.Answer, string) {
	named := hello.Claimed(userAgent)
	if named == hello.Unknown {
		return hello.Unsure, ""
	}
	kind, rest, _ := strings.Cut(text, "|")
	switch kind {
	case "h2":
		return pseudo(rest[strings.LastIndexByte(rest, '|')+1:], named)
	case "h1":
		if navigates {
			return fields(rest, named)
		}
	}
	return hello.Unsure, ""
}

// pseudo compares the order of pseudo-headers.
func pseudo(order string, named hello.Family) (hello.Answer, string) {
	want := ""
	switch named {
	case hello.Chromium:
		want = "masp"
	case hello.Firefox:
		want = "mpas"
	}
	switch {
	case want == "" || len(order) != len(want):
		return hello.Unsure, ""
	case order == want:
		return hello.No, ""
	}
	return hello.Yes, WhyPseudo
}

// The fields that every client has an order for, whatever it asks for; first is Host. Where a script asks for something Accept has another place.
const (
	fieldAgent = iota
	fieldAccept
	fieldEncoding
	fieldLanguage
	fieldConnection
	knownFields
)

var fieldNames = [knownFields]string{"User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Connection"}

// fields compares the order of HTTP/1's fields.
func fields(text string, named hello.Family) (hello.Answer, string) {
	version, names, _ := strings.Cut(text, "|")
	names, feeds := strings.CutSuffix(names, "|lf")
	if version != "1.1" || feeds {
		return hello.Yes, WhyVersion
	}
	var at [knownFields]int // place of each, from 1
	for place := 0; names != ""; place++ {
		name, rest, _ := strings.Cut(names, ",")
		names = rest
		if place == 0 && name != "Host" {
			return hello.Yes, WhyHost
		}
		for i, known := range fieldNames {
			if name == known {
				at[i] = place
			} else if strings.EqualFold(name, known) {
				return hello.Yes, WhyLetters
			}
		}
	}
	if at[fieldAccept] == 0 || at[fieldEncoding] == 0 {
		return hello.Yes, WhyMissing
	}
	agent, accept, encoding, language := at[fieldAgent], at[fieldAccept], at[fieldEncoding], at[fieldLanguage]
	if agent == 0 || language == 0 {
		return hello.Unsure, ""
	}
	order := false
	switch named {
	case hello.Chromium:
		order = agent < accept && accept < encoding && encoding < language
	case hello.Firefox:
		order = agent < accept && accept < language && language < encoding
	default:
		return hello.Unsure, ""
	}
	if !order {
		return hello.Yes, WhyOrder
	}
	return hello.No, ""
}

// Order is a key for what of an HTTP/1 introduction is the same whatever a client asks for: the version, how lines end, and in which order
// and letters it has Host, User-Agent, Accept-Encoding, Accept-Language and Connection. It is 0 for texts of other protocols.
func Order(text string) uint64 {
	kind, rest, _ := strings.Cut(text, "|")
	if kind != "h1" {
		return 0
	}
	version, names, _ := strings.Cut(rest, "|")
	names, feeds := strings.CutSuffix(names, "|lf")
	var b [128]byte
	out := append(append(b[:0], version...), '|')
	for names != "" {
		name, more, _ := strings.Cut(names, ",")
		names = more
		if len(out)+len(name) < len(b) && stays(name) {
			out = append(append(out, name...), ',')
		}
	}
	if feeds {
		out = append(out, "lf"...)
	}
	return keyOf(out)
}

func stays(name string) bool {
	for i, known := range fieldNames {
		if i != fieldAccept && strings.EqualFold(name, known) {
			return true
		}
	}
	return strings.EqualFold(name, "Host")
}
