//go:build race

package hostlink

// crowd is smaller for the race detector, under which a TLS handshake takes ten times as long.
const crowd = 100
