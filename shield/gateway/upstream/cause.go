package upstream

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// Cause is why a backend did not answer, or did not answer well.
type Cause uint8

// The causes. The first four came before a byte of a request was sent.
const (
	NoCause    Cause = iota
	NoName           // its name has no address
	Refused          // it took no connection
	Forbidden        // its address is one that the operator lets nobody use
	Untrusted        // TLS: its certificate is not what it should be, or it speaks no TLS
	Silent           // it took no connection, or the request, and did nothing in time
	Broke            // it ended the connection before its answer, or answered what is no HTTP
	BadAnswer        // it answered its check with a status that is not good
	noCausePut       // how many there are
)

var causes = [noCausePut]string{
	"", "its name could not be found", "it took no connection", "its address may not be used here", "its certificate is not the one expected",
	"it did not answer in time", "it broke the connection off", "it answered its health check with an error",
}

// String is the cause as a clause about "it". It names no address: visitors read it.
func (c Cause) String() string { return causes[min(c, noCausePut-1)] }

// dialError is a failure before a byte of a request was sent.
type dialError struct {
	cause Cause
	err   error
}

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// causeOf reads an error of a transport, and whether it came before a byte was sent.
func causeOf(err error) (c Cause, unsent bool) {
	if d, ok := errors.AsType[*dialError](err); ok {
		return d.cause, true
	}
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return Silent, false
	}
	return Broke, false
}

// causeOfDial reads an error of a dialler, or of a TLS handshake.
func causeOfDial(err error, secure bool) Cause {
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return Silent
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return NoName
	}
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, verified := errors.AsType[*tls.CertificateVerificationError](err)
	if secure && (record || verified) {
		return Untrusted
	}
	return Refused
}

// Reason is why a request got no answer.
type Reason uint8

// The reasons.
const (
	Dead        Reason = iota // no backend is well: nothing was tried
	Failed                    // those that were tried did not answer
	Full                      // the site has as many requests in flight as it may
	Gone                      // the visitor left, or sent a body that cannot be read
	Unsupported               // CONNECT, which is for proxies that a client chose
)

var reasons = [...]string{"no backend is well", "no backend answered", "too many requests are in flight", "the visitor left", "the method is not for sites"}

// String is the reason as a clause.
func (r Reason) String() string { return reasons[min(int(r), len(reasons)-1)] }

// Error is why a request got no answer. Nothing was written to the visitor, except where the reason is
// Gone.
type Error struct {
	Site   site.ID
	Reason Reason
	Cause  Cause // of the last backend that was tried
	Tried  int   // how many were
	Err    error // what the transport said; it may name addresses, and is not for visitors
}

// Error is one line for the operator.
func (e *Error) Error() string {
	s := fmt.Sprintf("site %q: %s", e.Site, e.Reason)
	if e.Cause != NoCause {
		s += fmt.Sprintf(" (%d tried: %s)", e.Tried, e.Cause)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns what the transport said.
func (e *Error) Unwrap() error { return e.Err }

// Status is the HTTP status that says it: 503, 502 or 504, 405, or 400 to a visitor who may have left.
func (e *Error) Status() int {
	switch {
	case e.Reason == Dead, e.Reason == Full:
		return 503
	case e.Reason == Gone:
		return 400
	case e.Reason == Unsupported:
		return 405
	case e.Cause == Silent:
		return 504
	}
	return 502
}
