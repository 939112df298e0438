package status

import (
	"net/http"
	"strconv"
	"strings"
)

var types = map[string]string{
	FilePage: "text/html; charset=utf-8", FileChinese: "text/html; charset=utf-8", FileJSON: "application/json", FileFeed: "application/atom+xml",
}

// Handler serves the files as they are now; it is meant to stand under a path that ends with a slash, which is taken off.
func Handler(now func() (map[string][]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = FilePage
		}
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		files, err := now()
		body, there := files[name]
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "expected GET", http.StatusMethodNotAllowed)
			return
		case err != nil:
			http.Error(w, "how it is cannot be told at the moment", http.StatusServiceUnavailable)
			return
		case !there:
			http.NotFound(w, r)
			return
		}
		h.Set("Content-Type", types[name])
		h.Set("Cache-Control", "max-age=30")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(body) // whoever is gone needs no answer
		}
	})
}
