package browser

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2 is the client's side of HTTP/2 as a browser of one kind speaks it. It sends no body that would fill a window.
type h2 struct {
	kind  *Kind
	mu    sync.Mutex // of writing, of streams and of ended
	out   *bufio.Writer
	frame *http2.Framer
	enc   *hpack.Encoder
	block bytes.Buffer
	next  uint32
	open  map[uint32]*stream
	ended error
	taken uint32 // of the connection's window since it was last raised; the reader's own
}

type stream struct {
	answer Response
	done   chan error // one value
}

// ErrReset: the server ended one request, and not the connection.
type ErrReset struct{ Code http2.ErrCode }

func (e ErrReset) Error() string { return "the server ended the request: " + e.Code.String() }

// ErrGoAway: the server takes no more requests on this connection.
var ErrGoAway = errors.New("the server takes no more requests on this connection")

// raise is after how many bytes the connection's window is raised again.
const raise = 1 << 20

func newH2(conn net.Conn, kind *Kind) (*h2, error) {
	h := &h2{kind: kind, out: bufio.NewWriterSize(conn, 4<<10), next: kind.First, open: map[uint32]*stream{}}
	h.frame = http2.NewFramer(h.out, bufio.NewReaderSize(conn, 16<<10))
	h.frame.SetReuseFrames()
	h.frame.ReadMetaHeaders = hpack.NewDecoder(65536, nil)
	h.enc = hpack.NewEncoder(&h.block)
	if err := h.greet(); err != nil {
		return nil, fmt.Errorf("begin HTTP/2: %w", err)
	}
	go h.read()
	return h, nil
}

func (h *h2) greet() error {
	if _, err := h.out.WriteString(http2.ClientPreface); err != nil {
		return err
	}
	errs := []error{h.frame.WriteSettings(h.kind.Settings...), h.frame.WriteWindowUpdate(0, h.kind.Window)}
	for _, b := range h.kind.Tree {
		errs = append(errs, h.frame.WritePriority(b.stream, b.param))
	}
	return errors.Join(errors.Join(errs...), h.out.Flush())
}

func (h *h2) over() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended != nil
}

// send begins a request.
func (h *h2) send(pseudo, fields []Field, form string) (uint32, *stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended != nil {
		return 0, nil, h.ended
	}
	h.block.Reset()
	for _, list := range [][]Field{pseudo, fields} {
		for _, f := range list {
			h.enc.WriteField(hpack.HeaderField{Name: f.Name, Value: f.Value})
		}
	}
	id := h.next
	h.next += 2
	s := &stream{done: make(chan error, 1)}
	h.open[id] = s
	err := h.frame.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: h.block.Bytes(), EndHeaders: true, EndStream: form == "", Priority: h.kind.Weight})
	if form != "" {
		err = errors.Join(err, h.frame.WriteData(id, true, []byte(form)))
	}
	return id, s, errors.Join(err, h.out.Flush())
}

func (h *h2) do(ctx context.Context, pseudo, fields []Field, form string) (*Response, error) {
	id, s, err := h.send(pseudo, fields, form)
	if err != nil {
		return nil, err
	}
	select {
	case err := <-s.done:
		return &s.answer, err
	case <-ctx.Done():
		h.cancel(id)
		return nil, context.Cause(ctx)
	}
}

// cancel gives a request up.
func (h *h2) cancel(id uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[id] == nil || h.ended != nil {
		return
	}
	delete(h.open, id)
	h.frame.WriteRSTStream(id, http2.ErrCodeCancel)
	h.out.Flush()
}

// read takes what comes until the connection is closed.
func (h *h2) read() {
	var err error
	for err == nil {
		var f http2.Frame
		if f, err = h.frame.ReadFrame(); err == nil {
			err = h.take(f)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended == nil {
		h.ended = err
	}
	for id, s := range h.open {
		s.done <- h.ended
		delete(h.open, id)
	}
}

func (h *h2) take(f http2.Frame) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := f.Header().StreamID
	s := h.open[id]
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if f.IsAck() {
			return nil
		}
		if v, ok := f.Value(http2.SettingHeaderTableSize); ok {
			h.enc.SetMaxDynamicTableSizeLimit(v)
		}
		return errors.Join(h.frame.WriteSettingsAck(), h.out.Flush())
	case *http2.PingFrame:
		if f.IsAck() {
			return nil
		}
		return errors.Join(h.frame.WritePing(true, f.Data), h.out.Flush())
	case *http2.GoAwayFrame:
		h.ended = ErrGoAway
		for id, s := range h.open {
			if id > f.LastStreamID {
				s.done <- ErrGoAway
				delete(h.open, id)
			}
		}
	case *http2.RSTStreamFrame:
		if s != nil {
			s.done <- ErrReset{f.ErrCode}
			delete(h.open, id)
		}
	case *http2.MetaHeadersFrame:
		if s != nil {
			s.head(f)
			h.end(id, s, f.StreamEnded())
		}
	case *http2.DataFrame:
		if err := h.taking(f.Length); err != nil {
			return err
		}
		if s == nil {
			return nil
		}
		if len(s.answer.Body)+len(f.Data()) > MostBody {
			return ErrBody
		}
		s.answer.Body = append(s.answer.Body, f.Data()...)
		h.end(id, s, f.StreamEnded())
	}
	return nil
}

func (h *h2) end(id uint32, s *stream, ended bool) {
	if ended {
		s.done <- nil
		delete(h.open, id)
	}
}

// taking raises the connection's window. No answer is as large as a stream's.
func (h *h2) taking(n uint32) error {
	if h.taken += n; h.taken < raise {
		return nil
	}
	n, h.taken = h.taken, 0
	return errors.Join(h.frame.WriteWindowUpdate(0, n), h.out.Flush())
}

func (s *stream) head(f *http2.MetaHeadersFrame) {
	for _, field := range f.Fields {
		if field.Name == ":status" {
			s.answer.Status, _ = strconv.Atoi(field.Value)
			continue
		}
		s.answer.Fields = append(s.answer.Fields, Field{field.Name, field.Value})
	}
}
