package receive

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
)

// cause is why a request as a whole is not taken.
type cause uint8

const (
	causeBody     cause = iota // not what was expected
	causeHeader                // a header that is not what was expected
	causeType                  // a content type that we do not read
	causeEncoding              // a compression that we do not unpack
	causeLarge                 // longer than the limit, as sent or unpacked
	causeSlow                  // the body did not come in time
	causeToken                 // unknown sender
	causeGrant                 // a sender that may not say this
	causeRate                  // a sender that sends too much
	causeShed                  // we have too much to do
	causeLog                   // the log does not take it now
	causeFault                 // a fault of ours
	causeGone                  // the sender went away before the answer
	causeMethod                // a gRPC method that we do not have

	causes int = iota
)

// The codes of gRPC that are used.
const (
	grpcOK                = 0
	grpcInvalidArgument   = 3
	grpcDeadlineExceeded  = 4
	grpcPermissionDenied  = 7
	grpcResourceExhausted = 8
	grpcUnimplemented     = 12
	grpcInternal          = 13
	grpcUnavailable       = 14
	grpcUnauthenticated   = 16
)

// outcomes are the word of the counter and the codes of each cause. Which codes bid a sender
// come again, and which forbid it, is said by the specifications of OTLP and of remote write.
var outcomes = [causes]struct {
	word  string
	title string
	http  int
	grpc  int
}{
	causeBody:     {"bad_body", "The body is not what was expected", http.StatusBadRequest, grpcInvalidArgument},
	causeHeader:   {"bad_header", "A header is not what was expected", http.StatusBadRequest, grpcInvalidArgument},
	causeType:     {"content_type", "The content type is not one that is read", http.StatusUnsupportedMediaType, grpcUnimplemented},
	causeEncoding: {"content_encoding", "The content encoding is not one that is read", http.StatusUnsupportedMediaType, grpcUnimplemented},
	causeLarge:    {"too_large", "The body is too large", http.StatusRequestEntityTooLarge, grpcResourceExhausted},
	causeSlow:     {"slow", "The body did not come in time", http.StatusRequestTimeout, grpcDeadlineExceeded},
	causeToken:    {"token", "The sender is not known", http.StatusUnauthorized, grpcUnauthenticated},
	causeGrant:    {"not_permitted", "The sender may not send this", http.StatusForbidden, grpcPermissionDenied},
	causeRate:     {"rate", "The sender sends too much", http.StatusTooManyRequests, grpcResourceExhausted},
	causeShed:     {"shed", "There is too much to do", http.StatusServiceUnavailable, grpcUnavailable},
	causeLog:      {"log", "The log takes nothing now", http.StatusServiceUnavailable, grpcUnavailable},
	causeFault:    {"fault", "This is a fault of ours", http.StatusInternalServerError, grpcInternal},
	causeGone:     {"gone", "The sender went away", http.StatusServiceUnavailable, grpcUnavailable},
	causeMethod:   {"method", "There is no such method", http.StatusNotFound, grpcUnimplemented},
}

// String returns the word of the counter.
func (c cause) String() string { return outcomes[c].word }

// refusal is why a request was not taken, in words for the sender, and when to come again.
type refusal struct {
	cause cause
	says  string
	again time.Duration // 0: not with the same request
}

func refuse(c cause, says string) *refusal { return &refusal{cause: c, says: says} }

// refusalOf makes a refusal of an error about a body.
func refusalOf(err error) *refusal {
	c := causeFault
	switch evenkeel.KindOf(err) {
	case evenkeel.KindInvalid:
		c = causeBody
	case evenkeel.KindDenied:
		c = causeGrant
	}
	says := err.Error()
	if hint := evenkeel.HintOf(err); hint != "" {
		says += "; " + hint
	}
	return refuse(c, says)
}

func (f *refusal) status() int { return outcomes[f.cause].http }

// seconds is again in whole seconds, rounded up.
func (f *refusal) seconds() int { return int((f.again + time.Second - 1) / time.Second) }

// headers sets what goes with a refusal over HTTP, whatever the body.
func (f *refusal) headers(h http.Header) {
	switch f.cause {
	case causeToken:
		h.Set("WWW-Authenticate", `Bearer realm="evenkeel"`)
	case causeEncoding:
		h.Set("Accept-Encoding", "gzip, zstd")
	}
	if f.again > 0 {
		h.Set("Retry-After", strconv.Itoa(f.seconds()))
	}
}

// problem writes an RFC 9457 problem, with the single problems inside if there are some.
func (f *refusal) problem(w http.ResponseWriter, inside []problem) {
	f.headers(w.Header())
	writeJSON(w, "application/problem+json", f.status(), struct {
		Type     string    `json:"type"`
		Title    string    `json:"title"`
		Status   int       `json:"status"`
		Detail   string    `json:"detail"`
		Problems []problem `json:"problems,omitempty"`
	}{"about:blank", outcomes[f.cause].title, f.status(), f.says, inside})
}

func writeJSON(w http.ResponseWriter, contentType string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a sender that is gone needs no answer
}
