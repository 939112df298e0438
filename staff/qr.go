package staff

import (
	"github.com/evenkeel/evenkeel"
	"rsc.io/qr"
)

// maxQR is the longest text that QR draws: longer ones make a code that phones read badly.
const maxQR = 1024

// QR draws a text as a QR code, a PNG with its quiet margin.
func QR(text string) ([]byte, error) {
	if len(text) > maxQR {
		return nil, evenkeel.Invalid("draw a QR code: the text has %d bytes; expected at most %d", len(text), maxQR)
	}
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, &evenkeel.Error{Says: "draw a QR code", Err: err}
	}
	return c.PNG(), nil
}
