package rota

import (
	_ "embed" // the names of zones
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/instrument/strict"
)

// zoneNames has the names of zone.tab of the time zone database (2025b, public domain), one a
// line. The program knows more than these: it is only what a mistyped name is compared with.
//
//go:embed zones.txt
var zoneNames string

// loadZone returns a time zone, or what to write instead. "Local" is refused: it would be another
// zone on another machine.
func loadZone(name string) (loc *time.Location, hint string) {
	if name != "" && name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, ""
		}
	}
	known := strings.Split(strings.TrimSpace(zoneNames), "\n")[1:]
	if near := strict.Nearest(name, known); near != "" {
		return nil, "did you mean " + near + "?"
	}
	for _, k := range known { // a city is what people remember of it
		if _, city, ok := strings.Cut(k, "/"); ok && name != "" && strings.EqualFold(strings.ReplaceAll(name, " ", "_"), city) {
			return nil, "did you mean " + k + "?"
		}
	}
	return nil, "expected the name of a time zone, such as Europe/Berlin or UTC"
}
