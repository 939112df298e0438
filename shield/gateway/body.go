package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// Bodies are waited for before a request takes a place in flight and a backend's worker, so that who sends them slowly holds neither: all of
// those up to wholeBody, of longer ones and of those whose length is not told the first bytes.
const (
	wholeBody = 1 << 20
	firstBody = 64 << 10
	bodyPiece = 32 << 10
)

// whole waits for a request's body, and answers where it does not come; then it is false. What it holds is counted as the tenant's, in q.body; where
// there is no room for more the rest is sent on as it comes.
func (e *Edge) whole(w http.ResponseWriter, q *question) bool {
	r := q.Request
	if r.Body == nil || r.Body == http.NoBody || strings.HasPrefix(first(r.Header, "Content-Type"), "application/grpc") { // both sides of which talk at once
		return true
	}
	most := int64(wholeBody)
	if r.ContentLength < 0 || r.ContentLength > wholeBody {
		most = firstBody
	}
	tenant := string(q.site.Tenant)
	var held bytes.Buffer
	for int64(held.Len()) < most {
		if e.buffered.Take(tenant, bodyPiece) != admit.Granted {
			break
		}
		q.body += bodyPiece
		_, err := io.CopyN(&held, r.Body, min(bodyPiece, most-int64(held.Len())))
		if errors.Is(err, io.EOF) {
			text := held.Bytes()
			if len(r.Trailer) == 0 {
				r.ContentLength, r.TransferEncoding = int64(len(text)), nil
			}
			r.Body = io.NopCloser(bytes.NewReader(text))
			r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
			return true
		}
		if err != nil {
			e.buffered.Give(tenant, q.body)
			status := http.StatusBadRequest
			if errors.Is(err, door.ErrSlow) {
				status = http.StatusRequestTimeout
			}
			w.Header().Set("Connection", "close")
			w.WriteHeader(status)
			return false
		}
	}
	r.Body = &resumed{io.MultiReader(&held, r.Body), r.Body}
	return true
}

// resumed is a body whose first bytes were read already.
type resumed struct {
	io.Reader
	io.Closer
}
