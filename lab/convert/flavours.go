package convert

import (
	"io"
	"math"
	"regexp"
	"strconv"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/feed"
)

var (
	flavourLetter = regexp.MustCompile(`(?:^|[^A-Za-z0-9])([A-Za-z])(?:[^A-Za-z0-9]|$)`)
	flavourNumber = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)?`)
)

// ParseFlavours reads what the letters of azure-v1-arrivals mean: a line with a letter that
// stands alone and numbers, of which the first is the vCPUs (a part of one counts as one),
// in any punctuation: "g: <2, 3.5>", "g 2 3.5". Other lines are left out; none at all, or a
// letter told twice and differently, is an error.
func ParseFlavours(r io.Reader, name string) (map[byte]int64, error) {
	flavours := map[byte]int64{}
	lines := feed.NewLines(r, 4<<10)
	for {
		line, err := lines.Next()
		switch {
		case err == io.EOF && len(flavours) == 0:
			return nil, evenkeel.Invalid("read flavours from %s: no line has a letter and its vCPUs, such as g 2 3.5", name)
		case err == io.EOF:
			return flavours, nil
		case err == feed.ErrLineTooLong:
			continue
		case err != nil:
			return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "read flavours from " + name, Err: err}
		}
		letter, number := flavourLetter.FindSubmatch(line), flavourNumber.Find(line)
		if letter == nil || number == nil {
			continue
		}
		v, err := strconv.ParseFloat(string(number), 64)
		if err != nil || v <= 0 || v > 4096 {
			return nil, evenkeel.Invalid("%s:%d: %s vCPUs; expected 1 to 4096", name, lines.Number(), number)
		}
		l, vcpus := letter[1][0], int64(math.Ceil(v))
		if had, ok := flavours[l]; ok && had != vcpus {
			return nil, evenkeel.Invalid("%s:%d: flavour %c has %d vCPUs; an earlier line says %d", name, lines.Number(), l, vcpus, had)
		}
		flavours[l] = vcpus
	}
}
