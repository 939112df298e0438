package edge

import (
	"crypto/tls"
	"net/http"
)

// certificates are where those of sites come from.
type certificates interface {
	Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	HTTP() http.Handler // what authorities ask without TLS
}
