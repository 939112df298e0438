package edge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

const (
	costPath  = "/cost"
	fileCosts = "costs" // attacks, over a restart

	keepCostsEach = 10 // saveEvery, while an attack runs
)

// Took is what requests took: processor time of the edge, bytes to and from visitors, time in which they were in the backends.
type Took struct {
	CPU     int64  `json:"cpu_ms"`
	Bytes   uint64 `json:"bytes"`
	Backend int64  `json:"backend_ms"`
}

func tookOf(c stage.Cost) Took {
	return Took{c.CPU.Milliseconds(), c.Bytes, c.Backend.Milliseconds()}
}

// Attack is what one attack took, and what each stage saved. Fields may be added; none is renamed.
type Attack struct {
	Site    site.ID           `json:"site"`
	Tenant  evenkeel.TenantID `json:"tenant"`
	From    evenkeel.Moment   `json:"from"`
	Until   evenkeel.Moment   `json:"until"` // the last second that was pressed or above observe
	Running bool              `json:"running"`
	Highest string            `json:"highest"`
	Visits  uint64            `json:"visits"` // all that came meanwhile, the site's own users included
	Passed  uint64            `json:"passed"`
	Failed  uint64            `json:"failed"`
	Wanted  uint64            `json:"wanted"`
	Served  uint64            `json:"served"`
	Asked   uint64            `json:"asked"`
	Solved  uint64            `json:"solved"`
	Refused uint64            `json:"refused"`
	Turned  uint64            `json:"turned"`
	Took
	Saved  int64     `json:"saved_ms"` // of the backends, as estimated
	Beyond int64     `json:"beyond_budget_s"`
	Stages []AtStage `json:"stages"` // those at which it was
}

// AtStage is what one stage did in an attack.
type AtStage struct {
	Stage   string `json:"stage"`
	Seconds int64  `json:"seconds"`
	Held    uint64 `json:"held"` // requests that were asked, refused or turned away
	Saved   int64  `json:"saved_ms"`
}

func attackOf(a *gateway.Attack) Attack {
	x := Attack{
		Site: a.Site, Tenant: a.Tenant, From: a.From, Until: a.Until, Running: a.Running, Highest: a.Highest.String(), Visits: a.Visits, Passed: a.Passed, Failed: a.Failed,
		Wanted: a.Wanted, Served: a.Served, Asked: a.Asked, Solved: a.Solved, Refused: a.Refused, Turned: a.Turned,
		Took: Took{a.Edge.Milliseconds(), a.Bytes, a.Backend.Milliseconds()}, Saved: a.Saved.Milliseconds(), Beyond: int64(a.Beyond / time.Second), Stages: []AtStage{},
	}
	for s := stage.Observe; s <= stage.Page; s++ {
		if at := a.Stages[s]; a.At[s] > 0 {
			x.Stages = append(x.Stages, AtStage{s.String(), int64(a.At[s] / time.Second), at.Held, at.Saved.Milliseconds()})
		}
	}
	return x
}

// Costs are the attacks that are remembered, the newest first; of one site where one is named.
func (p *Process) Costs(of site.ID) ([]Attack, error) {
	all := p.edge.Attacks(of)
	out := make([]Attack, 0, len(all))
	for i := range all {
		out = append(out, attackOf(&all[i]))
	}
	if len(out) == 0 && of != "" {
		if _, ok := p.edge.Directory().Site(of); !ok {
			return nil, noSite(of)
		}
	}
	return out, nil
}

func noSite(of site.ID) error {
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no site %.100q", of), Hint: "the sites' documents name them; evenkeel gateway status --all lists them"}
}

// StatusOf is how one site stands, with the attack that runs there.
func (p *Process) StatusOf(of site.ID) (Status, error) {
	if _, ok := p.edge.Directory().Site(of); !ok {
		return Status{}, noSite(of)
	}
	s := p.Status(true)
	for _, x := range s.Standing {
		if x.Site != of {
			continue
		}
		if all := p.edge.Attacks(of); len(all) > 0 && all[0].Running {
			a := attackOf(&all[0])
			x.Attack = &a
		}
		s.Standing = []Standing{x}
		return s, nil
	}
	return Status{}, noSite(of) // it went a moment ago
}

// Costs asks the gateway of a data directory what attacks took.
func Costs(ctx context.Context, dir string, of site.ID) (all []Attack, err error) {
	err = ask(ctx, dir, costPath, Wish{Site: of}, &all)
	return all, err
}

// AskStatusOf asks how one site stands.
func AskStatusOf(ctx context.Context, dir string, of site.ID) (s Status, err error) {
	err = ask(ctx, dir, statusPath, Wish{Site: of}, &s)
	return s, err
}

// loadCosts takes up the attacks that were kept.
func (k *kept) loadCosts(e *gateway.Edge) error {
	path := filepath.Join(k.dir, fileCosts)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return kernel.FileError("read", path, err)
	}
	if err := e.LoadAttacks(bytes.NewReader(text)); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// saveCosts keeps them, where anything changed.
func (k *kept) saveCosts(e *gateway.Edge) error {
	version := e.AttacksVersion()
	if version == k.costs {
		return nil
	}
	var b bytes.Buffer
	if err := e.SaveAttacks(&b); err != nil {
		return err
	}
	path := filepath.Join(k.dir, fileCosts)
	if err := whole.Write(path, b.Bytes(), 0o600); err != nil {
		return kernel.FileError("write", path, err)
	}
	k.costs = version
	return nil
}

// statusOf is how the gateway stands, or one site.
func (p *Process) statusOf(w *Wish) (Status, error) {
	if w.Site != "" {
		return p.StatusOf(w.Site)
	}
	return p.Status(w.All), nil
}
