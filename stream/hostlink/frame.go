package hostlink

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/packed"
	"github.com/evenkeel/evenkeel/stream/internal/spool"
)

// The subjects of a host are host.ID.KIND; those of who enrols are enrol.KEY.ask and .answer, by its public key.
const (
	kindRecords  = "records"  // up: frames with a batch
	kindReceipts = "receipts" // up: frames with a receipt
	kindStatus   = "status"   // up: what the host says of itself
	kindOrders   = "orders"   // down
	kindAcks     = "acks"     // down
	kindAsks     = "asks"     // down: questions
	kindAnswers  = "answers"  // up: to these
)

func subject(host, kind string) string { return "host." + host + "." + kind }

// split takes a subject of a host apart.
func splitSubject(s string) (host, kind string, ok bool) {
	s, ok = strings.CutPrefix(s, "host.")
	host, kind, found := strings.Cut(s, ".")
	return host, kind, ok && found
}

// Bounds of what is on the wire, in bytes.
const (
	frameBytes = 4 + 1 + 16 + 8 + 8
	maxPayload = frameBytes + packed.MaxBytes
	maxReceipt = 16 << 10
	maxOrder   = 1 << 20
	maxStatus  = 512 << 10
	maxSays    = 512 // of the sentence in an ack
)

// frame is what an agent sends up: "EKL1", flags u8, boot [16], base u64, sequence u64, then the payload; all
// numbers are big-endian. No sequence before base will come again.
type frame struct {
	id      spool.ID
	base    uint64
	again   bool // flag 1: it may have been sent before
	payload []byte
}

const frameMagic = "EKL1"

func (f frame) append(dst []byte) []byte {
	dst = append(dst, frameMagic...)
	flags := byte(0)
	if f.again {
		flags = 1
	}
	dst = append(dst, flags)
	dst = append(dst, f.id.Boot[:]...)
	dst = binary.BigEndian.AppendUint64(dst, f.base)
	dst = binary.BigEndian.AppendUint64(dst, f.id.Seq)
	return append(dst, f.payload...)
}

func parseFrame(b []byte) (f frame, err error) {
	if len(b) < frameBytes || string(b[:4]) != frameMagic || b[4] > 1 {
		return f, evenkeel.Invalid("a message of %d bytes begins with %.5q; expected %s", len(b), b[:min(len(b), 5)], frameMagic)
	}
	f.again = b[4] == 1
	copy(f.id.Boot[:], b[5:])
	f.base, f.id.Seq = binary.BigEndian.Uint64(b[21:]), binary.BigEndian.Uint64(b[29:])
	if f.id.Seq == 0 || f.base > f.id.Seq {
		return f, evenkeel.Invalid("a message has sequence %d and base %d; expected 1 or more, and the base not above it", f.id.Seq, f.base)
	}
	f.payload = b[frameBytes:]
	return f, nil
}

// verdict is what control says of a frame.
type verdict uint8

const (
	taken    verdict = iota + 1 // the handler has it
	repeated                    // the handler had it before
	later                       // not now: send it again
	refused                     // never: do not send it again
)

// ack is the answer to a frame: "EKA1", kind u8 (r or t: records or receipts), boot [16], sequence u64, verdict u8,
// then a sentence.
type ack struct {
	id       spool.ID
	receipts bool
	verdict  verdict
	says     string
}

const (
	ackMagic = "EKA1"
	ackBytes = 4 + 1 + 16 + 8 + 1
)

func (a ack) encode() []byte {
	b := append(make([]byte, 0, ackBytes+len(a.says)), ackMagic...)
	kind := byte('r')
	if a.receipts {
		kind = 't'
	}
	b = append(b, kind)
	b = append(b, a.id.Boot[:]...)
	b = binary.BigEndian.AppendUint64(b, a.id.Seq)
	b = append(b, byte(a.verdict))
	return append(b, cut(a.says, maxSays)...)
}

func parseAck(b []byte) (a ack, ok bool) {
	if len(b) < ackBytes || len(b) > ackBytes+maxSays || string(b[:4]) != ackMagic {
		return a, false
	}
	a.receipts = b[4] == 't'
	copy(a.id.Boot[:], b[5:])
	a.id.Seq, a.verdict = binary.BigEndian.Uint64(b[21:]), verdict(b[29])
	a.says = string(b[ackBytes:])
	return a, (b[4] == 'r' || b[4] == 't') && a.verdict >= taken && a.verdict <= refused && utf8.ValidString(a.says)
}

// cut returns at most n bytes of a text, and whole characters.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "?")
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// readReceipt reads a receipt and says what is wrong with it.
func readReceipt(b []byte) (r evenkeel.Receipt, err error) {
	if len(b) > maxReceipt {
		return r, evenkeel.Invalid("a receipt of %d bytes; expected at most %d", len(b), maxReceipt)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "a receipt cannot be read", Err: err}
	}
	return r, checkReceipt(r)
}

func checkReceipt(r evenkeel.Receipt) error {
	if err := evenkeel.CheckID("the order of a receipt", string(r.Order)); err != nil {
		return err
	}
	if r.State < evenkeel.ReceiptApplied || r.State > evenkeel.ReceiptLifted {
		return evenkeel.Invalid("a receipt for order %s has state %d; expected applied, refused, lapsed or lifted", r.Order, r.State)
	}
	return nil
}
