package cosign

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/instrument/witness"
	"golang.org/x/mod/sumdb/note"
)

// keeper keeps what was cosigned last of each log.
type keeper interface {
	Last(origin string) (witness.State, error)
	Keep(origin string, s witness.State) error
}

// Server is a witness.
type Server struct {
	Key  *witness.Cosigner
	Logs map[string]note.Verifier // by origin: those that are witnessed
	Kept keeper
	Now  func() time.Time
	Log  *slog.Logger

	turn sync.Mutex // held from reading what was cosigned last until the new is kept
}

// ServeHTTP answers POST …/add-checkpoint.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !strings.HasSuffix(r.URL.Path, "/add-checkpoint"):
		http.Error(w, "expected POST /add-checkpoint", http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "expected POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, witness.MaxRequest))
	if err != nil {
		http.Error(w, "the request cannot be read, or is too large", http.StatusBadRequest)
		return
	}
	line, no, err := s.cosign(string(body))
	switch {
	case err != nil:
		s.Log.Error("nothing can be cosigned", "err", err, "hint", "see that the witness's directory can be read and written; do not remove its files: they are what keeps a log from showing two histories")
		http.Error(w, "what was cosigned cannot be kept", http.StatusInternalServerError)
	case no != nil && no.Status == http.StatusConflict:
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(no.Status)
		fmt.Fprintf(w, "%d\n", no.Size)
	case no != nil:
		http.Error(w, no.Says, no.Status)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, line)
	}
	if no != nil && no.Split {
		s.Log.Error("a log does not go on with what was cosigned of it", "why", no.Says, "hint", "keep this line and the request: it may be the proof that the log shows two histories")
	}
}

// cosign is one request, whole.
func (s *Server) cosign(body string) (line string, no *witness.Refusal, err error) {
	req, bad := witness.ParseRequest(body)
	if bad != nil {
		return "", &witness.Refusal{Status: http.StatusBadRequest, Says: bad.Error()}, nil
	}
	c, no := witness.Open(req.Checkpoint, func(origin string) (note.Verifier, bool) {
		v, ok := s.Logs[origin]
		return v, ok
	})
	if no != nil {
		return "", no, nil
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	was, err := s.Kept.Last(c.Origin)
	if err != nil {
		return "", nil, err
	}
	if no := witness.Consider(was, req, c); no != nil {
		return "", no, nil
	}
	if err := s.Kept.Keep(c.Origin, c.State); err != nil {
		return "", nil, err
	}
	return s.Key.Cosign(c.Text, s.Now()), nil, nil
}
