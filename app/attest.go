package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/app/internal/cosign"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/instrument/witness"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// fileWitnesses says what became of asking witnesses, for whoever looks while it is served.
const fileWitnesses = "ledger.witnesses"

// longestPause is how long a witness that does not answer is left alone at most.
const longestPause = time.Hour

// Attested is what became of asking the witnesses that are configured.
type Attested struct {
	Size      int64        `json:"size"` // of the newest head that they were asked for
	Needed    int          `json:"needed"`
	Witnesses []Attestator `json:"witnesses"`
}

// Attestator is what one of them said.
type Attestator struct {
	Name  string          `json:"name"`
	URL   string          `json:"url"`
	Size  int64           `json:"size"`  // leaves of the newest head that it cosigned; 0 none
	At    evenkeel.Moment `json:"at"`    // when it did
	Fault string          `json:"fault"` // why it did not cosign the newest one
	Split bool            `json:"split"` // it holds another history of this ledger
}

// Cosigned is how many cosigned the newest head.
func (a *Attested) Cosigned() (n int) {
	for _, w := range a.Witnesses {
		if w.Size == a.Size && a.Size > 0 && !w.Split {
			n++
		}
	}
	return n
}

// Split says whether one of them holds another history.
func (a *Attested) Split() bool {
	for _, w := range a.Witnesses {
		if w.Split {
			return true
		}
	}
	return false
}

// Attested is what became of asking witnesses while the books were served. KindNotFound where none
// was asked yet.
func (b *Books) Attested() (a Attested, err error) {
	path := filepath.Join(b.dir, fileWitnesses)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "read what witnesses said in " + b.dir + ": none was asked yet; expected " + fileWitnesses,
			Hint: "name them as ledger.witnesses in the settings of evenkeel serve, or ask by hand: evenkeel ledger cosign",
		}
	case err != nil:
		return a, fileError("read", path, err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, evenkeel.Invalid("read %s: %v; expected what evenkeel serve wrote", path, err)
	}
	return a, nil
}

// attest asks the witnesses to cosign each new head. What they say decides nothing: a witness that
// does not answer keeps nobody from deciding.
type attest struct {
	peers  []cosign.Peer
	client *http.Client
	newest func() (size int64, signed string)
	tree   ledger.Tree
	dir    string
	every  time.Duration
	now    func() time.Time
	log    *slog.Logger

	mu    sync.Mutex // over what follows, which is read for /metrics
	said  Attested
	lines []string // of each witness, under the newest head
	tries []tries
}

// tries is how often a witness did not answer in a row, and when it is asked again.
type tries struct {
	failed int
	again  time.Time
}

// openAttest makes the loop; nil where no witness is named.
func openAttest(h *house) (*attest, error) {
	c := &h.parts.Config.Ledger
	if len(c.Witnesses) == 0 || h.judge.heads == nil {
		return nil, nil
	}
	a := &attest{
		client: &http.Client{Timeout: askTime}, newest: h.judge.heads.head, tree: treeOf{h.books}, dir: h.dir, every: c.Every,
		now: h.parts.Now, log: h.parts.Log,
	}
	return a, a.name(c, h.reg)
}

// name takes the witnesses over from the settings, and what they said from before the start.
func (a *attest) name(c *config.Ledger, reg *prometheus.Registry) error {
	before := Attested{}
	if text, err := os.ReadFile(filepath.Join(a.dir, fileWitnesses)); err == nil {
		_ = json.Unmarshal(text, &before) // else all are asked anew
	}
	a.said = Attested{Size: before.Size, Needed: c.Needed()}
	for _, w := range c.Witnesses {
		key, err := witness.NewVerifier(strings.TrimSpace(w.Key))
		if err != nil {
			return evenkeel.Invalid("ledger.witnesses: %v", err)
		}
		one := Attestator{Name: key.Name(), URL: w.URL}
		for _, old := range before.Witnesses {
			if old.Name == one.Name {
				one.Size, one.At, one.Split, one.Fault = old.Size, old.At, old.Split, old.Fault
			}
		}
		a.peers, a.said.Witnesses = append(a.peers, cosign.Peer{URL: w.URL, Key: key}), append(a.said.Witnesses, one)
	}
	a.lines, a.tries = make([]string, len(a.peers)), make([]tries, len(a.peers))
	return registerAll(reg, a)
}

// told is what they said last.
func (a *attest) told() Attested {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.said
	out.Witnesses = slices.Clone(a.said.Witnesses)
	return out
}

// Run asks until ctx ends.
func (a *attest) Run(ctx context.Context) error {
	return rounds(ctx, a.every, nil, func(ctx context.Context) error {
		a.round(ctx)
		return nil
	}, nil)
}

// round asks each witness that has not cosigned the newest head and is not left alone.
func (a *attest) round(ctx context.Context) {
	size, signed := a.newest()
	if size == 0 {
		return
	}
	a.mu.Lock()
	if size != a.said.Size {
		a.said.Size, a.lines = size, make([]string, len(a.peers))
	}
	a.mu.Unlock()
	asked := false
	for i, p := range a.peers {
		if a.lines[i] != "" || a.now().Before(a.tries[i].again) {
			continue
		}
		lines, err := cosign.Ask(ctx, a.client, p, a.tree, signed)
		if ctx.Err() != nil {
			return
		}
		a.note(i, lines, err)
		asked = true
	}
	if asked {
		a.keep(signed)
	}
}

// note takes in what a witness said. It is told once for each thing that it says.
func (a *attest) note(i int, lines string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w, t, was := &a.said.Witnesses[i], &a.tries[i], a.said.Witnesses[i].Fault
	if err == nil {
		if was != "" {
			a.log.Info("a witness cosigns the ledger again", "witness", w.Name)
		}
		w.Size, w.At, w.Fault, w.Split = a.said.Size, evenkeel.MomentOf(a.now()), "", false
		a.lines[i], *t = lines, tries{}
		return
	}
	t.failed++
	t.again = a.now().Add(backoff.Pause(a.every, max(longestPause, a.every), 0, w.Name, t.failed))
	w.Fault = err.Error()
	_, split := errors.AsType[*cosign.Split](err)
	w.Split = w.Split || split // until it cosigns again: to be away takes nothing back
	switch {
	case w.Fault == was:
	case split:
		a.log.Error("a witness holds another history of the ledger", "witness", w.Name, "err", err,
			"hint", cmp.Or(evenkeel.HintOf(err), "evenkeel ledger verify --checkpoint")+"; deciding goes on: keep a copy of the data directory and of what the witness holds before anything else is changed")
	default:
		a.log.Warn("a witness does not cosign the ledger; it is asked again", "witness", w.Name, "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether its address can be reached from here"))
	}
}

// keep writes the head with its cosignatures, and what all of them said.
func (a *attest) keep(signed string) {
	text, err := json.MarshalIndent(&a.said, "", "  ")
	if err == nil {
		err = writeFile(filepath.Join(a.dir, fileWitnesses), string(text)+"\n", 0o644)
	}
	if err == nil {
		n := 0
		for _, l := range a.lines {
			if l != "" {
				n++
			}
		}
		err = keepCosigned(a.dir, signed+strings.Join(a.lines, ""), n, a.said.Needed)
	}
	if err != nil {
		a.log.Warn("what witnesses said cannot be written; it is tried again with the next head", "err", err, "hint", "see whether the disk is full")
	}
}

// keepCosigned keeps a head with the lines of as many witnesses as the newest, and, where that is as
// many as are needed, as the one to show: a newer head takes the place of such a one only when it is
// one itself.
func keepCosigned(dir, text string, by, needed int) error {
	if by == 0 {
		return nil
	}
	err := writeFile(filepath.Join(dir, fileCosignedSome), text, 0o644)
	if err == nil && by >= needed {
		err = writeFile(filepath.Join(dir, fileCosigned), text, 0o644)
		if err == nil {
			err = keepLast(dir, text)
		}
	}
	return err
}

// lastCosigned is how many heads are kept with the lines of as many witnesses as are needed.
const lastCosigned = 8

// keepLast adds such a head to the last ones, in the place of the same with fewer lines.
func keepLast(dir, text string) error {
	all, err := lastHeads(dir)
	if err != nil {
		return err
	}
	signed, _, _ := strings.Cut(text, "\n\n")
	all = slices.DeleteFunc(all, func(old string) bool {
		was, _, _ := strings.Cut(old, "\n\n")
		return strings.TrimSpace(was) == strings.TrimSpace(signed)
	})
	all = append(all, strings.TrimRight(text, "\n")+"\n")
	return writeFile(filepath.Join(dir, fileCosignedLast), strings.Join(all[max(0, len(all)-lastCosigned):], "\n"), 0o644)
}

// lastHeads are the last heads that as many cosigned as are needed, the newest last.
func lastHeads(dir string) ([]string, error) {
	path := filepath.Join(dir, fileCosignedLast)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fileError("read", path, err)
	}
	return heads(string(text)), nil
}

var descWitnesses = describe("ledger_witnesses", "Witnesses of the ledger: those that cosigned its newest head (cosigned), that did not (behind), that hold another history (split).", "state")

// Describe names what Collect tells.
func (a *attest) Describe(out chan<- *prometheus.Desc) { out <- descWitnesses }

// Collect tells how it is now.
func (a *attest) Collect(out chan<- prometheus.Metric) {
	a.mu.Lock()
	defer a.mu.Unlock()
	split := 0
	for _, w := range a.said.Witnesses {
		if w.Split {
			split++
		}
	}
	cosigned := a.said.Cosigned()
	for state, n := range map[string]int{"cosigned": cosigned, "split": split, "behind": len(a.said.Witnesses) - cosigned - split} {
		out <- prometheus.MustNewConstMetric(descWitnesses, prometheus.GaugeValue, float64(n), state)
	}
}

// treeOf is the ledger of books, each reading of which is a transaction: while a witness is asked
// none is open.
type treeOf struct{ books docket.Books }

// Size is how many leaves there are.
func (t treeOf) Size() (n int64, err error) {
	err = t.books.Transact(context.Background(), func(tx docket.Tx) (err error) {
		n, err = tx.Ledger().Size()
		return err
	})
	return n, err
}

// ReadHashes reads stored hashes.
func (t treeOf) ReadHashes(indexes []int64) (all []tlog.Hash, err error) {
	err = t.books.Transact(context.Background(), func(tx docket.Tx) (err error) {
		all, err = tx.Ledger().ReadHashes(indexes)
		return err
	})
	return all, err
}
