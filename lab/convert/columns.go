package convert

import (
	"path"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// columnsForm is a table with a header: a row is the readings of an asset at a time.
type columnsForm struct {
	time        string // name of the time column
	asset       string // name of the asset of all rows; "" the file's name
	assetColumn string // or the column that names it
	columns     []column
	cpu         string // number of the CPU that CPU columns read
	clock       clock
	check       func(file string) error // refuses files; nil takes all

	places []int // of columns in this file; of the time and the asset
	timeAt int
	nameAt int
	header bool
	file   string
	name   string                     // of the asset, where no column says
	files  map[string]string          // of each asset that is named by its file
	last   map[string]evenkeel.Moment // of each asset with delta columns: its row before
	cells  []string
	row    []point
}

func (f *columnsForm) begin(file string) error {
	if f.check != nil {
		if err := f.check(file); err != nil {
			return err
		}
	}
	f.header, f.file = true, file
	if f.last == nil {
		f.last, f.files = map[string]evenkeel.Moment{}, map[string]string{}
	}
	if f.name = f.asset; f.name == "" && f.assetColumn == "" {
		if file == "-" {
			return evenkeel.Invalid("convert standard input: no asset is named; expected --asset or --asset-column")
		}
		f.name = baseName(file)
		if before, ok := f.files[f.name]; ok {
			return evenkeel.Invalid("convert %s: it would be asset %s, which is %s already; expected --asset where all files are one "+
				"machine's, --asset-column where a column names it, or files of different names", file, f.name, before)
		}
	}
	if f.assetColumn == "" {
		return checkAsset(f.name)
	}
	return nil
}

// baseName is a file's name without folders, packing and suffix.
func baseName(file string) string {
	name := path.Base(strings.ReplaceAll(file, `\`, "/"))
	for _, suffix := range []string{".gz", ".zst", ".csv", ".txt"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// mostAsset leaves room for the prefixes of tenants and events made from an asset's name.
const mostAsset = evenkeel.MaxID - 16

func checkAsset(name string) error {
	if len(name) > mostAsset {
		return evenkeel.Invalid("asset has %d bytes; expected at most %d", len(name), mostAsset)
	}
	return evenkeel.CheckID("asset", name)
}

// line reads the header or a row. An error about the header is a refusal of the file.
func (f *columnsForm) line(c *Converter, text string) (err error) {
	if f.cells, err = cells(f.cells[:0], text); err != nil {
		return err
	}
	if f.header {
		f.header = false
		if err := f.readHeader(); err != nil {
			return refusal{err}
		}
		if f.asset == "" && f.assetColumn == "" {
			f.files[f.name] = f.file
		}
		return nil
	}
	c.summary.Rows++
	at, name, err := f.whenAndWho()
	if err != nil {
		return err
	}
	since := f.last[name]
	if err := f.readings(c, at, since); err != nil {
		return err
	}
	if slices.ContainsFunc(f.columns, func(k column) bool { return k.unit == unitDelta }) {
		f.last[name] = at
	}
	for i := range f.row {
		c.lines.add(name, &f.row[i])
	}
	c.saw(name, at)
	return nil
}

func (f *columnsForm) readHeader() error {
	find := func(name string) (int, error) {
		for i, cell := range f.cells {
			if strings.TrimSpace(cell) == name {
				return i, nil
			}
		}
		if len(f.cells) == 1 { // no table: a file with a secret, named by mistake, is one
			return 0, evenkeel.Invalid("no column %q; the header has one column, of another name", name)
		}
		return 0, evenkeel.Invalid("no column %q; the header has %.500s", name, strings.Join(f.cells, ", "))
	}
	var err error
	if f.timeAt, err = find(f.time); err != nil {
		return err
	}
	if f.assetColumn != "" {
		if f.nameAt, err = find(f.assetColumn); err != nil {
			return err
		}
	}
	f.places = f.places[:0]
	for _, k := range f.columns {
		i, err := find(k.name)
		if err != nil {
			return err
		}
		f.places = append(f.places, i)
	}
	return nil
}

func (f *columnsForm) whenAndWho() (evenkeel.Moment, string, error) {
	most := max(f.timeAt, slices.Max(f.places))
	if f.assetColumn != "" {
		most = max(most, f.nameAt)
	}
	if most >= len(f.cells) {
		return 0, "", evenkeel.Invalid("the row has %d cells; expected at least %d", len(f.cells), most+1)
	}
	name := f.name
	if f.assetColumn != "" {
		name = strings.TrimSpace(f.cells[f.nameAt])
		if err := checkAsset(name); err != nil {
			return 0, "", err
		}
	}
	at, err := f.clock.read(f.cells[f.timeAt])
	return at, name, err
}

// readings fills row with what the cells say.
func (f *columnsForm) readings(c *Converter, at, since evenkeel.Moment) error {
	f.row = f.row[:0]
	for i, k := range f.columns {
		p := point{at: at, target: k.target, delta: k.unit == unitDelta}
		var known bool
		var err error
		if k.target.cpu {
			p.cpu = f.cpu
			p.value, known, err = share(f.cells[f.places[i]], k.unit)
		} else {
			p.value, known, err = number(f.cells[f.places[i]])
		}
		switch {
		case err != nil:
			return evenkeel.Invalid("column %s: %s", k.name, err)
		case !known, p.delta && (since == 0 || since >= at):
			c.summary.Unsaid++
			continue
		case p.delta:
			p.since = since
		}
		f.row = append(f.row, p)
	}
	if !whole(f.row) {
		c.summary.Partial++
		f.row = slices.DeleteFunc(f.row, func(p point) bool { return p.target.cpu })
	}
	return nil
}

// whole says whether a row's CPU states, where idle, user and system are told, add up to
// 90 to 110 %. They do not in the first row of a psutil series, which has nothing to
// compare with and says 0 % idle: taken at its word it would be a machine at full load.
func whole(row []point) bool {
	sum, told := 0.0, 0
	for i := range row {
		switch t := &row[i].target; {
		case !t.cpu || t.key == "":
			continue
		case t.value == "idle" || t.value == "user" || t.value == "system":
			told++
		}
		sum += row[i].value
	}
	return told < 3 || sum >= 0.9 && sum <= 1.1
}
