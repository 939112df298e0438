package door

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"sync"

	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// maxSeen is how many receipts are remembered in each of two halves. What is older is taken
// again and known by its record's id further on.
const maxSeen = 50_000

// seen remembers receipts.
type seen struct {
	mu       sync.Mutex
	new, old map[string]bool
}

func newSeen() *seen { return &seen{new: map[string]bool{}} }

func (s *seen) has(receipt string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.new[receipt] || s.old[receipt]
}

func (s *seen) add(receipt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.new) >= maxSeen {
		s.new, s.old = map[string]bool{}, s.new
	}
	s.new[receipt] = true
}

// Receipt names what was sent: by whom, and each report's id. A stranger cannot use up an id of
// a reporter who has a name.
func Receipt(from string, all []*report.Report) string {
	h := sha256.New()
	for _, part := range append([]string{"evenkeel report receipt 1", from}, ids(all)...) {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return "r-" + strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil))[:26])
}

func ids(all []*report.Report) (ids []string) {
	for _, r := range all {
		ids = append(ids, r.Reporter.Domain+" "+r.ID)
	}
	return ids
}
