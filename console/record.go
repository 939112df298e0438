package console

import (
	"cmp"
	"context"
	"html/template"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// Record is the public record, which is counted from the ledger and from nothing else.
type Record interface {
	// Quarters are those of which the ledger tells something, the newest first.
	Quarters(context.Context) ([]string, error)
	// Page is a quarter's record in a language, en or zh, without the frame of a page. KindInvalid where
	// it is no quarter.
	Page(ctx context.Context, quarter, lang string) (template.HTML, error)
	// File is a file of a quarter's record, and of which media type it is. KindNotFound where there is none
	// of that name.
	File(ctx context.Context, name string) (body []byte, media string, err error)
}

// recordView is the page of the public record.
type recordView struct {
	Quarters []quarterView
	Quarter  string
	Body     template.HTML
}

type quarterView struct {
	Name string
	Is   bool
}

// record shows the public record of the quarter that is asked for, or of the newest one.
func (s *Server) record(v *visit) error {
	all, err := s.parts.Record.Quarters(v.ctx())
	if err != nil {
		return err
	}
	asked := strings.ToUpper(strings.TrimSpace(v.r.URL.Query().Get("quarter")))
	if len(all) > 0 {
		asked = cmp.Or(asked, all[0])
	}
	d := recordView{Quarter: asked}
	if asked != "" {
		if d.Body, err = s.parts.Record.Page(v.ctx(), asked, s.tongue(v.r)); err != nil {
			return err
		}
		if !slices.Contains(all, asked) {
			all = append([]string{asked}, all...)
		}
	}
	for _, q := range all {
		d.Quarters = append(d.Quarters, quarterView{q, q == asked})
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: strings.TrimSpace("Public record " + asked)}, "record", &d)
}

// recordFile hands a file of the public record out, to be kept.
func (s *Server) recordFile(v *visit) error {
	name := v.r.PathValue("file")
	body, media, err := s.parts.Record.File(v.ctx(), name)
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = v.w.Write(body) // whoever is gone needs no answer
	return nil
}
