package hostlink

import (
	"sync"

	"github.com/evenkeel/evenkeel"
)

// Link is how an agent's connection to control is.
type Link struct {
	Up      bool            `json:"up"`
	Since   evenkeel.Moment `json:"since"`             // by the host's clock
	Address string          `json:"address,omitempty"` // of control, where it is up
}

type linkState struct {
	mu  sync.Mutex
	now Link
}

func (s *linkState) is(l Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = l
}

// Link says whether the connection to control is up, and since when that is so.
func (a *Agent) Link() Link {
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	return a.state.now
}

// Addresses returns where control is, as the token said.
func (a *Agent) Addresses() []string { return a.enrolment.Addresses }
