package browser

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// h1 is the client's side of HTTP/1.1, one request after the other.
type h1 struct {
	mu    sync.Mutex
	conn  net.Conn
	in    *bufio.Reader
	ended error
}

func newH1(conn net.Conn) *h1 { return &h1{conn: conn, in: bufio.NewReader(conn)} }

func (h *h1) over() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended != nil
}

func (h *h1) do(ctx context.Context, host string, r Request, fields []Field) (*Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended != nil {
		return nil, h.ended
	}
	defer context.AfterFunc(ctx, func() { h.conn.Close() })() // what is given up leaves nothing that a next one could read
	answer, err := h.exchange(host, r, fields)
	if err != nil {
		h.ended = err
		h.conn.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}
	return answer, err
}

func (h *h1) exchange(host string, r Request, fields []Field) (*Response, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: keep-alive\r\n", r.method(), r.Path, host)
	for _, f := range fields {
		if f.Name != "te" && f.Name != "priority" {
			fmt.Fprintf(&b, "%s: %s\r\n", http.CanonicalHeaderKey(f.Name), f.Value)
		}
	}
	if _, err := io.WriteString(h.conn, b.String()+"\r\n"+r.Form); err != nil {
		return nil, err
	}
	got, err := http.ReadResponse(h.in, nil)
	if err != nil {
		return nil, err
	}
	answer := &Response{Status: got.StatusCode}
	for name, values := range got.Header {
		for _, v := range values {
			answer.Fields = append(answer.Fields, Field{strings.ToLower(name), v})
		}
	}
	if answer.Body, err = bounded(got.Body); err != nil {
		return nil, err // and the connection is closed: what is left of the body is not waited for
	}
	got.Body.Close()
	if got.Close {
		h.ended = ErrGoAway
		h.conn.Close()
	}
	return answer, nil
}

func bounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MostBody+1))
	if err == nil && len(b) > MostBody {
		err = ErrBody
	}
	return b, err
}

// unpack undoes the compression of the body.
func (r *Response) unpack() error {
	switch e := r.Field("content-encoding"); e {
	case "", "identity":
		return nil
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(r.Body))
		if err != nil {
			return fmt.Errorf("unpack the answer: %w", err)
		}
		r.Body, err = bounded(z)
		return err
	default:
		return fmt.Errorf("unpack the answer: it is packed as %q; expected gzip", e)
	}
}
