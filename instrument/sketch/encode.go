package sketch

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The stored form of a histogram, all numbers as unsigned varints in their shortest form:
//
//	version 1 | number of buckets in use | if any: the largest value
//	| per bucket in use, ascending: buckets skipped before it | count, not 0
//
// Equal histograms have equal bytes.
const histogramVersion = 1

// MaxEncoded is the most bytes of a stored histogram.
const MaxEncoded = 8 + buckets*(1+binary.MaxVarintLen64)

// AppendBinary appends the stored form to dst. It never fails.
func (h *Histogram) AppendBinary(dst []byte) ([]byte, error) {
	used := uint64(0)
	for _, n := range h.counts {
		if n != 0 {
			used++
		}
	}
	dst = binary.AppendUvarint(append(dst, histogramVersion), used)
	if used > 0 {
		dst = binary.AppendUvarint(dst, h.max)
	}
	skipped := uint64(0)
	for _, n := range h.counts {
		if n == 0 {
			skipped++
			continue
		}
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, skipped), n)
		skipped = 0
	}
	return dst, nil
}

// MarshalBinary returns the stored form.
func (h *Histogram) MarshalBinary() ([]byte, error) { return h.AppendBinary(nil) }

// UnmarshalBinary replaces the histogram by a stored one. On an error it stays as it was.
// It takes no form but the one that AppendBinary writes.
func (h *Histogram) UnmarshalBinary(b []byte) error {
	if len(b) > MaxEncoded {
		return fmt.Errorf("decode histogram: %d bytes, the limit is %d", len(b), MaxEncoded)
	}
	r := reader{rest: b}
	if v := r.next(); r.err == nil && v != histogramVersion {
		return fmt.Errorf("decode histogram: version %d, expected %d", v, histogramVersion)
	}
	var out Histogram
	used := r.next()
	if used > buckets {
		return fmt.Errorf("decode histogram: %d buckets, the limit is %d", used, buckets)
	}
	if used > 0 {
		out.max = r.next()
	}
	b0 := uint64(0) // the next bucket
	for range used {
		skip, n := r.next(), r.next()
		if r.err != nil {
			break
		}
		if skip >= buckets-b0 || n == 0 {
			return fmt.Errorf("decode histogram: bucket %d+%d with count %d: expected one below %d, count not 0", b0, skip, n, buckets)
		}
		b0 += skip
		out.reach(int(b0) + 1)
		out.counts[b0] = n
		out.n = addCapped(out.n, n)
		b0++
	}
	switch {
	case r.err != nil:
		return fmt.Errorf("decode histogram: %w", r.err)
	case len(r.rest) > 0:
		return fmt.Errorf("decode histogram: %d bytes too many", len(r.rest))
	case used > 0 && (out.max > MaxValue || bucketOf(out.max) != len(out.counts)-1):
		return fmt.Errorf("decode histogram: largest value %d is not in the last bucket", out.max)
	}
	*h = out
	return nil
}

// reader reads varints; after an error it reads zeros.
type reader struct {
	rest []byte
	err  error
}

var (
	errShort  = errors.New("the bytes end too early")
	errVarint = errors.New("a number is not in its shortest form or above 2⁶⁴−1")
)

func (r *reader) next() uint64 {
	v, n := binary.Uvarint(r.rest)
	switch {
	case r.err != nil:
		return 0
	case n == 0:
		r.err = errShort
		return 0
	case n < 0 || n > 1 && r.rest[n-1] == 0:
		r.err = errVarint
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
