package visit

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"sync"

	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

//go:embed visit.css
var own []byte

// styleSheet is all of the page's style in one file, so that a bad network has to bring one: the
// sheet's, with that of plots, and the page's own. It is served beside the page, because tenants may
// reach nothing else.
var styleSheet = sync.OnceValue(func() []byte {
	var out paper
	sheet.Style(&out, nil)
	return append(out.text, own...)
})

// stylePath changes with the style, so that it can be kept for a year.
func stylePath(style []byte) string {
	sum := sha256.Sum256(style)
	return "/t/sheet-" + hex.EncodeToString(sum[:6]) + ".css"
}

func (s *server) serveStyle(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(s.style)
}

// paper takes what a handler writes.
type paper struct {
	head http.Header
	text []byte
}

func (p *paper) Header() http.Header {
	if p.head == nil {
		p.head = http.Header{}
	}
	return p.head
}

func (p *paper) WriteHeader(int) {}

func (p *paper) Write(b []byte) (int, error) {
	p.text = append(p.text, b...)
	return len(b), nil
}
