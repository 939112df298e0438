package score

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/lab/convert"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// The demands on crypto-mining, by recorded set.
const (
	mostDelay     = 30 * time.Minute // from the first minute of mining to a finding
	mostPlanetLab = 2                // findings, of all machine-days
)

// The recorded sessions of one machine: it mines from the first row of two, and only lies
// idle, or is loaded for seconds, in the others (a miner's process that was up without
// hashing is labelled there too).
var (
	miningSessions = []string{"session2", "session6"}
	idleSessions   = []string{"session1", "session4"}
)

// MiningFigures is what crypto-mining made of the recorded machines.
type MiningFigures struct {
	Delays      map[string]time.Duration // by session that mines and was found: first mining to finding
	Missed      []string                 // sessions that mine and were not found
	Wrong       []string                 // sessions and series that do not mine and were found
	PlanetLab   int                      // findings on machine-days
	MachineDays int
	Series      int // of CPU, in NAB
	Regulars    int // findings with the same telemetry and paying customers
	BeyondUsage int // findings with evidence of another family than usage
	Decided     int // live decisions about all of them
	AboveNotify int // of these, with a measure above notify in force or held
	Records     int64

	began map[string]evenkeel.Moment // first row that mines, by session
}

// Violations names the demands that the figures do not meet.
func (f MiningFigures) Violations() (out []string) {
	for _, s := range f.Missed {
		out = append(out, s+" mines and was not found")
	}
	for s, d := range f.Delays {
		if d > mostDelay {
			out = append(out, fmt.Sprintf("%s was found after %v; expected within %v", s, d, mostDelay))
		}
	}
	for _, s := range f.Wrong {
		out = append(out, s+" does not mine and was found")
	}
	if f.PlanetLab > mostPlanetLab {
		out = append(out, fmt.Sprintf("%d findings on %d machine-days of PlanetLab; expected at most %d", f.PlanetLab, f.MachineDays, mostPlanetLab))
	}
	if f.Regulars > 0 {
		out = append(out, fmt.Sprintf("%d findings about paying customers; expected none", f.Regulars))
	}
	if f.BeyondUsage > 0 {
		out = append(out, fmt.Sprintf("%d findings claim more than usage, of which there was nothing to see", f.BeyondUsage))
	}
	if f.AboveNotify > 0 {
		out = append(out, fmt.Sprintf("%d of %d decisions go above notify, on usage alone", f.AboveNotify, f.Decided))
	}
	if f.Decided == 0 && len(f.Delays) > 0 {
		out = append(out, "something was found and nothing was decided")
	}
	slices.Sort(out)
	return out
}

// decided counts a decision.
func (f *MiningFigures) decided(d evenkeel.Decision) error {
	if d.Mode == evenkeel.ModeLive {
		f.Decided++
		if d.Measure.Enforced() {
			f.AboveNotify++
		}
	}
	return nil
}

// Mining replays the recorded machines twice, for a newcomer and for a regular, and counts
// the live findings of a rule, and what is decided about them by the judge that newJudge
// makes for each. dir is an empty folder for the converted lines.
func Mining(ctx context.Context, c Corpus, dir string, rules []*rule.Rule, name string, newJudge func() (*judge.Docket, error)) (f MiningFigures, err error) {
	f.Delays, f.began = map[string]time.Duration{}, map[string]evenkeel.Moment{}
	for _, who := range []Customer{Newcomer, Regular} {
		b := &bench{dir: dir}
		if err := f.load(ctx, c, b, who); err != nil {
			return f, err
		}
		docket, err := newJudge()
		if err != nil {
			return f, err
		}
		found, sum, err := b.replay(ctx, rules, docket, f.decided)
		if err != nil {
			return f, err
		}
		f.Records = sum.Read.Records
		f.count(live(found, name), who)
	}
	for _, s := range miningSessions {
		if _, ok := f.Delays[s]; !ok {
			f.Missed = append(f.Missed, s)
		}
	}
	return f, nil
}

func (f *MiningFigures) load(ctx context.Context, c Corpus, b *bench, who Customer) error {
	sessions, err := c.Files("host-metrics/mining-vm-1cpu", "session*.csv")
	if err != nil {
		return err
	}
	for _, s := range sessions { // each is an asset of its own
		if f.began[base(s)], err = firstMining(s); err != nil {
			return err
		}
		opts := convert.Options{Preset: "mining-vm-1cpu", Asset: base(s)}
		if _, err := b.add(ctx, opts, who, s); err != nil {
			return err
		}
	}
	series, err := c.Files("host-metrics/nab-cloudwatch", "real*/*cpu_utilization*.csv", "real*/grok_asg*.csv")
	if err != nil {
		return err
	}
	f.Series = len(series)
	for _, s := range series {
		if _, err := b.add(ctx, convert.Options{Preset: "nab", Asset: "nab-" + base(s)}, who, s); err != nil {
			return err
		}
	}
	days, err := c.Files("host-metrics/planetlab-cpu", "*.csv.gz")
	if err != nil {
		return err
	}
	f.MachineDays, err = b.add(ctx, convert.Options{Preset: "planetlab"}, who, days...)
	return err
}

// count sorts findings by the set that their asset is from. A miner counts as found by the
// final revision; where nobody mines, every revision is a false alarm, once per episode.
func (f *MiningFigures) count(found []evenkeel.Finding, who Customer) {
	seen := map[evenkeel.FindingID]bool{}
	for _, n := range found {
		asset := string(n.Subject.Asset)
		mines := slices.Contains(miningSessions, asset)
		if n.Again || seen[n.ID] || mines && who == Newcomer && n.Revision != evenkeel.Final {
			continue
		}
		seen[n.ID] = true
		if !slices.Equal(n.Families(), []evenkeel.Evidence{evenkeel.EvidenceUsage}) {
			f.BeyondUsage++
		}
		switch {
		case who == Regular:
			f.Regulars++
		case mines:
			if _, ok := f.Delays[asset]; !ok {
				f.Delays[asset] = n.At.Sub(f.began[asset])
			}
		case slices.Contains(idleSessions, asset), strings.HasPrefix(asset, "nab-"):
			f.Wrong = append(f.Wrong, asset)
		default:
			f.PlanetLab++
		}
	}
}

// firstMining returns the time of the first row that is labelled as mining; 0 where none is.
func firstMining(path string) (evenkeel.Moment, error) {
	in, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	at, label := slices.Index(rows[0], "timestamp"), slices.Index(rows[0], "crypto_running")
	if at < 0 || label < 0 {
		return 0, fmt.Errorf("read %s: no column timestamp or crypto_running", path)
	}
	for _, r := range rows[1:] {
		if r[label] == "1" {
			s, err := strconv.ParseInt(r[at], 10, 64)
			return evenkeel.Moment(s) * evenkeel.Moment(time.Second), err
		}
	}
	return 0, nil
}

// live returns the findings of a live rule.
func live(found []evenkeel.Finding, name string) (out []evenkeel.Finding) {
	for _, n := range found {
		if n.Rule == name && n.Mode == evenkeel.ModeLive {
			out = append(out, n)
		}
	}
	return out
}

func base(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	return name
}
