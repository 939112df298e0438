package receive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// newZstd returns an unpacker for blocks of memory. It starts no goroutine.
func newZstd(most int) (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderMaxMemory(uint64(most)), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(min(max(uint64(most), zstd.MinWindowSize), 8<<20)))
}

// bodyUntil sets the deadline of a request's body. It holds for the server, too, which reads what
// is left of a body before it answers, and ends with the body. A recorder in a test has none.
func bodyUntil(w http.ResponseWriter, deadline time.Time) {
	_ = http.NewResponseController(w).SetReadDeadline(deadline)
}

// readBody reads the bytes of a request as they were sent, and until a deadline. frame is how many
// bytes the protocol puts around a body.
func (h *hands) readBody(w http.ResponseWriter, r *http.Request, frame int, deadline time.Time) *refusal {
	if r.ContentLength > int64(h.most+frame) {
		return h.tooLarge()
	}
	bodyUntil(w, deadline)
	err := h.fill(r.Body, h.most+frame)
	switch {
	case errors.Is(err, errLarge):
		return h.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(causeSlow, "the body did not come in time")
	case err != nil && r.Context().Err() != nil:
		return refuse(causeGone, "the sender went away")
	case err != nil:
		return refuse(causeBody, "the body ends before it should")
	}
	return nil
}

var errLarge = errors.New("longer than the limit")

// fill reads into h.wire at most so many bytes.
func (h *hands) fill(from io.Reader, most int) error {
	h.wire = h.wire[:0]
	for {
		if len(h.wire) == cap(h.wire) {
			h.wire = append(h.wire, make([]byte, max(cap(h.wire), 32<<10))...)[:len(h.wire)]
		}
		n, err := from.Read(h.wire[len(h.wire):cap(h.wire)])
		h.wire = h.wire[:len(h.wire)+n]
		switch {
		case len(h.wire) > most:
			return errLarge
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

func (h *hands) tooLarge() *refusal {
	return refuse(causeLarge, fmt.Sprintf("the body has more than %d bytes, as sent or unpacked; send smaller batches", h.most))
}

// unpack returns what is packed as encoding says. What it returns is good until the next body.
func (h *hands) unpack(packed []byte, encoding string, z *zstd.Decoder) ([]byte, *refusal) {
	switch encoding {
	case "", "identity":
		return packed, nil
	case "gzip", "x-gzip":
		return h.gunzip(packed)
	case "zstd":
		var err error
		h.body, err = z.DecodeAll(packed, h.body[:0])
		switch {
		case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
			return nil, h.tooLarge()
		case err != nil:
			return nil, refuse(causeBody, "the body is not zstd: "+err.Error())
		}
		return h.body, nil
	case "snappy":
		return h.unsnap(packed)
	}
	return nil, refuse(causeEncoding, fmt.Sprintf("the content encoding is %.40q; expected gzip, zstd or none", encoding))
}

func (h *hands) gunzip(packed []byte) ([]byte, *refusal) {
	g := &h.gzip
	g.from.Reset(packed)
	err := g.reader.Reset(&g.from)
	if err == nil {
		g.into = bounded{h.body[:0], h.most}
		_, err = g.reader.WriteTo(&g.into)
		h.body = g.into.bytes
	}
	switch {
	case errors.Is(err, errLarge):
		return nil, h.tooLarge()
	case err != nil:
		return nil, refuse(causeBody, "the body is not gzip: "+err.Error())
	}
	return h.body, nil
}

// bounded is memory that is written to, up to a limit.
type bounded struct {
	bytes []byte
	most  int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.bytes)+len(p) > b.most {
		return 0, errLarge
	}
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}

// unsnap unpacks a block of snappy, whose length stands at its beginning.
func (h *hands) unsnap(packed []byte) ([]byte, *refusal) {
	n, err := s2.DecodedLen(packed)
	switch {
	case err != nil:
		return nil, refuse(causeBody, "the body is not a block of snappy: "+err.Error())
	case n > h.most:
		return nil, h.tooLarge()
	}
	if cap(h.body) < n {
		h.body = make([]byte, n)
	}
	if h.body, err = s2.Decode(h.body[:cap(h.body)], packed); err != nil {
		return nil, refuse(causeBody, "the body is not a block of snappy: "+err.Error())
	}
	return h.body, nil
}

// unzipper keeps what unpacking gzip needs, so that a request allocates none of it.
type unzipper struct {
	reader gzip.Reader
	from   bytes.Reader
	into   bounded
}
