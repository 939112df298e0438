package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// problem is an RFC 9457 problem, with what our errors know beside.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Kind   string `json:"kind"`
	Hint   string `json:"hint,omitempty"`
}

// fail answers with an error and the status of its kind.
func (s *Server) fail(v *visit, err error) {
	s.trouble(v.w, v.r, v.who, evenkeel.KindOf(err).HTTPStatus(), err)
}

// trouble answers with an error: a page in the frame that says what to do next, or a problem
// where JSON was asked for. What is a fault of ours is logged and not told.
func (s *Server) trouble(w http.ResponseWriter, r *http.Request, who *Session, status int, err error) {
	kind := evenkeel.KindOf(err)
	p := problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: told(err), Kind: kind.String(), Hint: evenkeel.HintOf(err)}
	if kind == evenkeel.KindInternal {
		s.parts.Log.LogAttrs(r.Context(), slog.LevelError, "a page could not be shown", slog.String("path", shownPath(r)), slog.Any("error", err),
			slog.String("hint", "the error says what was asked for; the page can be asked for again"))
		p.Detail, p.Hint = "something went wrong here, and it is not your doing", "try again; if it comes again, the log says why"
	}
	if wantsJSON(r) {
		body, _ := json.Marshal(p) // of texts and numbers only
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = w.Write(append(body, '\n'))
		return
	}
	body, failed := sheet.Fill(pages, "trouble", p)
	if failed != nil {
		body = template.HTML(`<p>` + template.HTMLEscapeString(p.Detail) + `</p>`)
	}
	if failed := s.frame(w, r, who, status, sheet.Page{Title: titleOf(status), Narrow: true}, body); failed != nil {
		http.Error(w, p.Detail, status)
	}
}

// shownPath is what the log may have of a path: a link's token is a secret.
func shownPath(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/enter/") {
		return "/enter/…"
	}
	return r.URL.Path[:min(len(r.URL.Path), 200)]
}

func titleOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Not found"
	case http.StatusForbidden, http.StatusUnauthorized:
		return "Not allowed"
	case http.StatusConflict:
		return "It does not go with how things stand"
	case http.StatusServiceUnavailable:
		return "Not now"
	case http.StatusInternalServerError:
		return "Something went wrong"
	default:
		return "That cannot be taken"
	}
}

// told is an error as a person may read it: what was wrong, as the innermost of our errors says it,
// without what was being done meanwhile and without a cause of others.
func told(err error) string {
	says := ""
	for e, ok := errors.AsType[*evenkeel.Error](err); ok; e, ok = errors.AsType[*evenkeel.Error](e.Err) {
		if e.Says != "" {
			says = e.Says
		}
	}
	return cmp.Or(says, err.Error())
}

// wantsJSON says whether a program asks.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return !strings.Contains(accept, "text/html") && (strings.Contains(accept, "application/json") || strings.Contains(accept, "application/problem+json"))
}
