package guard

import (
	"encoding/binary"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/VictoriaMetrics/easyproto"
)

// Envoy asks by external authorization, version 3 (envoy.service.auth.v3 of Envoy's API). It is gRPC: a call with one message each way is a POST
// over HTTP/2 whose bodies have five bytes before them, and whose outcome stands in the trailers. So it is served by the HTTP port, in the
// same bounds, and the few fields that are needed are read and written here. The tests hold them to Envoy's own definitions.
const (
	envoyCheck = "/envoy.service.auth.v3.Authorization/Check"
	grpcType   = "application/grpc"
	grpcPrefix = 5 // whether the message is packed, and its length

	// MostCheck bounds a CheckRequest in bytes. The body of the visitor's request is not asked for, and not read where it comes.
	MostCheck = 256 << 10
)

// Codes of gRPC.
const (
	grpcOK               = 0
	grpcInvalid          = 3
	grpcPermissionDenied = 7
	grpcExhausted        = 8
	grpcUnimplemented    = 12
	grpcUnauthenticated  = 16
)

func grpcEnd(w http.ResponseWriter, code int, why string) {
	h := w.Header()
	h.Set("Content-Type", grpcType)
	h.Set("Grpc-Status", strconv.Itoa(code))
	if why != "" {
		h.Set("Grpc-Message", why)
	}
}

// envoy serves one check.
func (g *Guard) envoy(w http.ResponseWriter, r *http.Request) {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if r.ProtoMajor != 2 || r.Method != http.MethodPost || media != grpcType && media != grpcType+"+proto" {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	q := g.take()
	defer g.give(q)
	wire, err := io.ReadAll(io.LimitReader(r.Body, grpcPrefix+MostCheck+1))
	switch {
	case err != nil:
		return // who asked is gone
	case len(wire) > grpcPrefix+MostCheck:
		g.counts[Malformed].Add(1)
		grpcEnd(w, grpcExhausted, "a CheckRequest has 256 KiB at most; leave the body out (with_request_body)")
		return
	case len(wire) < grpcPrefix, int(binary.BigEndian.Uint32(wire[1:])) != len(wire)-grpcPrefix:
		g.counts[Malformed].Add(1)
		grpcEnd(w, grpcInvalid, "expected one CheckRequest")
		return
	case wire[0] != 0:
		g.counts[Malformed].Add(1)
		grpcEnd(w, grpcUnimplemented, "packed messages are not read")
		return
	}
	f, ok := g.check(q, wire[grpcPrefix:])
	if !ok {
		g.counts[Malformed].Add(1)
		grpcEnd(w, grpcInvalid, "expected a CheckRequest of envoy.service.auth.v3")
		return
	}
	v, ready := g.judge(q, f)
	reply := append(make([]byte, 0, 1024+len(v.Answer.Body)), 0, 0, 0, 0, 0)
	switch {
	case ready != nil:
		fields := http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Cache-Control": {"no-store"}}
		if ready.retry != "" {
			fields["Retry-After"] = []string{ready.retry}
		}
		reply = appendDenied(reply, ready.status, fields, ready.body)
	case v.Forward:
		reply = appendPass(reply, v.SetCookie)
	default:
		fields := http.Header{}
		v.Answer.Put(fields)
		if v.SetCookie != "" {
			fields["Set-Cookie"] = append(fields["Set-Cookie"], v.SetCookie)
		}
		reply = appendDenied(reply, v.Answer.Status, fields, v.Answer.Body)
	}
	binary.BigEndian.PutUint32(reply[1:], uint32(len(reply)-grpcPrefix))
	h := w.Header()
	h.Set("Content-Type", grpcType)
	_, _ = w.Write(reply)
	h.Set(http.TrailerPrefix+"Grpc-Status", strconv.Itoa(grpcOK))
}

// messages calls f with each field of a message; false when it cannot be read.
func messages(b []byte, f func(fc *easyproto.FieldContext) bool) bool {
	var fc easyproto.FieldContext
	var err error
	for len(b) > 0 {
		if b, err = fc.NextField(b); err != nil || !f(&fc) {
			return false
		}
	}
	return true
}

// within calls f with the fields of a message that is a field.
func within(fc *easyproto.FieldContext, f func(fc *easyproto.FieldContext) bool) bool {
	b, ok := fc.MessageData()
	return ok && messages(b, f)
}

// check reads a CheckRequest: attributes 1, of them source 1 and request 4. False when it is none.
func (g *Guard) check(q *asking, b []byte) (f fault, ok bool) {
	c := checked{header: make(http.Header, 16)}
	ok = messages(b, func(fc *easyproto.FieldContext) bool {
		return fc.FieldNum != 1 || within(fc, func(fc *easyproto.FieldContext) bool {
			switch fc.FieldNum {
			case 1: // Peer: address 1
				return within(fc, c.peer)
			case 4: // Request: http 2
				return within(fc, func(fc *easyproto.FieldContext) bool {
					return fc.FieldNum != 2 || within(fc, c.http)
				})
			}
			return true
		})
	})
	if !ok {
		return broken, false
	}
	if c.path == "" && c.method == http.MethodConnect {
		c.path = "*"
	}
	from, known := hop(c.source)
	if !known || c.method == "" || c.path == "" {
		return lacking, true
	}
	q.From, q.Port, q.Secure = from, c.port, c.scheme == "https" || c.scheme == "" && c.header.Get("X-Forwarded-Proto") == "https"
	if f := measure(c.header); f != whole {
		return f, true
	}
	if c.host == "" {
		c.host = c.header.Get("Host")
	}
	delete(c.header, "Host")
	// The page goes back as a string of protobuf, which is UTF-8: nothing that is packed fits in.
	delete(c.header, "Accept-Encoding")
	ja4, stable := c.header.Get("X-Evenkeel-Ja4"), c.header.Get("X-Evenkeel-Stable")
	f = q.set(c.method, c.path, c.host, c.header)
	g.hello(&q.Ask, ja4, stable)
	return f, true
}

// checked is what is read of a CheckRequest.
type checked struct {
	source, method, path, host, scheme string
	port                               uint16
	header                             http.Header
}

// peer reads Peer.address 1, Address.socket_address 1, SocketAddress.address 2 and port_value 3.
func (c *checked) peer(fc *easyproto.FieldContext) bool {
	return fc.FieldNum != 1 || within(fc, func(fc *easyproto.FieldContext) bool {
		return fc.FieldNum != 1 || within(fc, func(fc *easyproto.FieldContext) bool {
			if fc.FieldNum == 3 { // port_value
				if n, ok := fc.Uint32(); ok && n <= math.MaxUint16 {
					c.port = uint16(n)
				}
				return true
			}
			return fc.FieldNum != 2 || text(fc, &c.source)
		})
	})
}

// http reads HttpRequest: method 2, headers 3, path 4, host 5, scheme 6, header_map 13. The body, 11 or 12, is passed over.
func (c *checked) http(fc *easyproto.FieldContext) bool {
	switch fc.FieldNum {
	case 2:
		return text(fc, &c.method)
	case 3: // of a map: key 1, value 2
		return c.field(fc, 0)
	case 4:
		return text(fc, &c.path)
	case 5:
		return text(fc, &c.host)
	case 6:
		return text(fc, &c.scheme)
	case 13: // HeaderMap: headers 1
		return within(fc, func(fc *easyproto.FieldContext) bool {
			return fc.FieldNum != 1 || c.field(fc, 3)
		})
	}
	return true
}

// field adds a header field: key 1, value 2, or the raw value where there may be one.
func (c *checked) field(fc *easyproto.FieldContext, raw uint32) bool {
	var key, value string
	ok := within(fc, func(fc *easyproto.FieldContext) bool {
		switch fc.FieldNum {
		case 1:
			return text(fc, &key)
		case 2:
			return text(fc, &value)
		case raw:
			b, ok := fc.Bytes()
			if len(b) > 0 {
				value = string(b)
			}
			return ok
		}
		return true
	})
	switch {
	case !ok:
		return false
	case key == ":authority":
		if c.host == "" {
			c.host = value
		}
	case key != "" && key[0] != ':':
		key = http.CanonicalHeaderKey(key)
		c.header[key] = append(c.header[key], value)
	}
	return true
}

func text(fc *easyproto.FieldContext, into *string) bool {
	s, ok := fc.String()
	*into = strings.Clone(s)
	return ok
}

var marshalers easyproto.MarshalerPool

// appendPass appends a CheckResponse that lets a request pass: status 1, ok_response 3 with headers_to_remove 5 and response_headers_to_add 6.
func appendPass(dst []byte, cookie string) []byte {
	m := marshalers.Get()
	defer marshalers.Put(m)
	mm := m.MessageMarshaler()
	mm.AppendMessage(1)
	ok := mm.AppendMessage(3)
	ok.AppendString(5, "x-evenkeel-ja4")
	ok.AppendString(5, "x-evenkeel-stable")
	if cookie != "" {
		appendField(ok, 6, "set-cookie", cookie)
	}
	return m.Marshal(dst)
}

// appendDenied appends one that answers instead: status 1, denied_response 2 with status 1, headers 2 and body 3.
func appendDenied(dst []byte, status int, fields http.Header, body []byte) []byte {
	if !utf8.Valid(body) {
		delete(fields, "Content-Encoding")
		body = nil
	}
	m := marshalers.Get()
	defer marshalers.Put(m)
	mm := m.MessageMarshaler()
	mm.AppendMessage(1).AppendInt32(1, grpcPermissionDenied)
	denied := mm.AppendMessage(2)
	denied.AppendMessage(1).AppendInt32(1, int32(envoyStatus(status)))
	for name, values := range fields {
		if name == "Content-Length" { // Envoy counts itself
			continue
		}
		for _, v := range values {
			if !utf8.ValidString(v) {
				continue
			}
			appendField(denied, 2, strings.ToLower(name), v)
		}
	}
	denied.AppendBytes(3, body)
	return m.Marshal(dst)
}

// appendField appends a HeaderValueOption: header 1 with key 1 and value 2, and append_action 3, which is 2 where it goes over what is there.
func appendField(mm *easyproto.MessageMarshaler, number uint32, name, v string) {
	const overwrite = 2
	o := mm.AppendMessage(number)
	h := o.AppendMessage(1)
	h.AppendString(1, name)
	h.AppendString(2, v)
	if name != "set-cookie" {
		o.AppendInt32(3, overwrite)
	}
}

// envoyStatuses are those that envoy.type.v3.StatusCode has, from 300 on; Envoy refuses a CheckResponse with another.
var envoyStatuses = []int{
	300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423,
	424, 426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
}

// envoyStatus returns a status that Envoy takes.
func envoyStatus(status int) int {
	if status >= 200 && status < 209 || status == 226 {
		return status
	}
	if _, ok := slices.BinarySearch(envoyStatuses, status); ok {
		return status
	}
	return http.StatusForbidden
}
