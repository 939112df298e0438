package convert

import (
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// planetlabForm reads a day per file: each line is a machine's name and its CPU in percent
// every 5 minutes from midnight UTC.
type planetlabForm struct {
	clock clock
	day   evenkeel.Moment
	date  string
	cells []string
	row   []point
}

const (
	planetlabStep   = 5 * time.Minute
	planetlabValues = 288 // of a day
)

func (f *planetlabForm) begin(file string) error {
	name := baseName(file)
	day, err := time.Parse("20060102", name)
	if err != nil {
		return evenkeel.Invalid("convert %s: expected a file named by its day, such as 20110303.csv.gz", file)
	}
	f.date, f.day = name, evenkeel.MomentOf(day)
	return nil
}

func (f *planetlabForm) line(c *Converter, text string) (err error) {
	c.summary.Rows++
	if f.cells, err = cells(f.cells[:0], text); err != nil {
		return err
	}
	name, values := strings.TrimSpace(f.cells[0])+"@"+f.date, f.cells[1:]
	if len(values) < 1 || len(values) > planetlabValues {
		return evenkeel.Invalid("the row has %d values; expected 1 to %d", len(values), planetlabValues)
	}
	if err := checkAsset(name); err != nil {
		return err
	}
	f.row = f.row[:0]
	for i, cell := range values {
		v, known, err := share(cell, unitPercent)
		if err != nil {
			return evenkeel.Invalid("value %d: %s", i+1, err)
		}
		at, err := f.clock.move(f.day.Add(time.Duration(i) * planetlabStep))
		if err != nil {
			return err
		}
		if !known {
			c.summary.Unsaid++
			continue
		}
		f.row = append(f.row, point{at: at, target: targets["cpu.busy"], value: v})
	}
	for i := range f.row {
		c.lines.add(name, &f.row[i])
	}
	if len(f.row) > 0 {
		c.saw(name, f.row[0].at)
	}
	return nil
}
