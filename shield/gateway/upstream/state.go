package upstream

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// State is how the backends of a site are, for its page and for the operator.
type State struct {
	Site     site.ID
	Backends []BackendState  // in the order of the site
	Dead     bool            // all are down
	Since    evenkeel.Moment // since when all are; 0 where they are not
}

// BackendState is how one backend is.
type BackendState struct {
	URL      string // for the operator
	Health   Health
	Since    evenkeel.Moment // 0: as long as it is known here
	Checked  evenkeel.Moment // the last check; 0: none yet
	Cause    Cause
	Status   int // that its check was answered with, with BadAnswer
	InFlight int
}

// Why says in words why it is not up, or "". It names no address: visitors read it.
func (b BackendState) Why() string {
	switch {
	case b.Health == Up:
		return ""
	case b.Cause == BadAnswer && b.Status != 0:
		return fmt.Sprintf("it answered its health check with %d", b.Status)
	}
	return b.Cause.String()
}

// State is how the backends are now.
func (p *Pool) State() State {
	s := State{Site: p.site.ID, Backends: make([]BackendState, len(p.backends)), Dead: true}
	for i, b := range p.backends {
		b.mu.Lock()
		s.Backends[i] = BackendState{b.URL(), Health(b.health.Load()), b.since, b.checked, b.cause, b.status, int(b.inFlight.Load())}
		b.mu.Unlock()
		s.Dead = s.Dead && s.Backends[i].Health == Down
		s.Since = max(s.Since, s.Backends[i].Since)
	}
	if !s.Dead {
		s.Since = 0
	}
	return s
}

// Words says in one English sentence how many backends are well and what is wrong with the rest, or "" where nothing is.
func (s State) Words() string {
	up, out := 0, ""
	for i, b := range s.Backends {
		if b.Health == Up {
			up++
			continue
		}
		out += fmt.Sprintf("; server %d is %s", i+1, b.Health)
		if b.Since != 0 {
			out += " since " + b.Since.Time().Format("2006-01-02 15:04:05 UTC")
		}
		out += ": " + b.Why()
	}
	if out == "" {
		return ""
	}
	return fmt.Sprintf("%d of %d servers answer%s.", up, len(s.Backends), out)
}
