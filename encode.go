package evenkeel

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"unsafe"
)

// The stored form of a batch, version 1, all numbers little-endian:
//
//	"EKB1" | CRC-32C of the rest | source | arrived int64 | strings uint32 | records uint32
//	| per string beyond the first (which is ""): text
//	| per record 88 bytes: At ID Line Since Value Count Bytes (8 each), Asset Tenant
//	  Names×5 (4 each), Kind Op Part Form (1 each)
//
// where text is its length as uint32 and its bytes.
const (
	batchMagic  = "EKB1"
	recordBytes = 88

	// MaxBatchBytes, MaxBatchRecords and MaxText bound what DecodeBatch accepts.
	MaxBatchBytes   = 16 << 20
	MaxBatchRecords = 1 << 16
	MaxText         = 1 << 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendBatch appends the stored form of b to dst.
func AppendBatch(dst []byte, b *Batch) []byte {
	le := binary.LittleEndian
	start := len(dst)
	dst = slices.Grow(dst, 64+len(b.Source)+16*len(b.Strings)+recordBytes*len(b.Records)) // short texts; longer ones let it grow
	dst = append(dst, batchMagic+"\x00\x00\x00\x00"...)
	dst = appendText(dst, b.Source)
	dst = le.AppendUint64(dst, uint64(b.Arrived))
	dst = le.AppendUint32(dst, uint32(len(b.Strings)))
	dst = le.AppendUint32(dst, uint32(len(b.Records)))
	for _, s := range b.Strings[min(1, len(b.Strings)):] {
		dst = appendText(dst, s)
	}
	for i := range b.Records {
		r := &b.Records[i]
		for _, v := range [...]uint64{
			uint64(r.At), r.ID, r.Line, uint64(r.Since), math.Float64bits(r.Value), uint64(r.Count), uint64(r.Bytes),
		} {
			dst = le.AppendUint64(dst, v)
		}
		for _, y := range [...]Sym{r.Asset, r.Tenant, r.Names[0], r.Names[1], r.Names[2], r.Names[3], r.Names[4]} {
			dst = le.AppendUint32(dst, uint32(y))
		}
		dst = append(dst, byte(r.Kind), r.Op, r.Part, r.Form)
	}
	le.PutUint32(dst[start+4:], crc32.Checksum(dst[start+8:], castagnoli))
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(s))), s...)
}

// DecodeBatch reads the stored form. The batch keeps no part of data. Damage, an unknown
// version, a size beyond the bounds or a Sym outside the table is an error of KindInvalid.
func DecodeBatch(data []byte) (*Batch, error) {
	d := decoder{data: data}
	switch {
	case len(data) > MaxBatchBytes:
		return nil, Invalid("batch of %d bytes; expected at most %d", len(data), MaxBatchBytes)
	case len(data) < 8 || string(data[:4]) != batchMagic:
		return nil, Invalid("batch does not begin with %s", batchMagic)
	case crc32.Checksum(data[8:], castagnoli) != binary.LittleEndian.Uint32(data[4:]):
		return nil, Invalid("batch is damaged: its checksum does not fit")
	}
	d.at = 8
	b := &Batch{Source: d.text(), Arrived: Moment(d.u64())}
	texts, records := int(d.u32()), int(d.u32())
	rest := len(data) - d.at
	if d.bad || texts < 1 || records > MaxBatchRecords || (texts-1)*4+records*recordBytes > rest {
		return nil, Invalid("batch of %d strings and %d records in %d bytes", texts, records, len(data))
	}
	b.Strings = make([]string, texts)
	for i := 1; i < texts; i++ {
		b.Strings[i] = d.text()
	}
	if d.bad || len(data)-d.at != records*recordBytes {
		return nil, Invalid("batch has a string that is cut or longer than %d bytes, or bytes left over", MaxText)
	}
	b.Records = make([]Record, records)
	for i := range b.Records {
		d.record(&b.Records[i])
		if !b.Records[i].fits(texts) {
			return nil, Invalid("batch record %d names a string outside the table of %d", i, texts)
		}
	}
	return b, nil
}

func (r *Record) fits(texts int) bool {
	top := max(r.Asset, r.Tenant, r.Names[0], r.Names[1], r.Names[2], r.Names[3], r.Names[4])
	return int64(top) < int64(texts)
}

// decoder reads numbers and texts; past the end it sets bad and returns zero.
type decoder struct {
	data []byte
	at   int
	bad  bool
}

func (d *decoder) take(n int) []byte {
	if n > len(d.data)-d.at || n < 0 {
		d.bad = true
		return make([]byte, min(max(n, 0), 8))
	}
	d.at += n
	return d.data[d.at-n : d.at]
}

func (d *decoder) u64() uint64 { return binary.LittleEndian.Uint64(d.take(8)) }
func (d *decoder) u32() uint32 { return binary.LittleEndian.Uint32(d.take(4)) }

func (d *decoder) text() string {
	n := d.u32()
	if n > MaxText || int(n) > len(d.data)-d.at {
		d.bad = true
		return ""
	}
	return string(d.take(int(n)))
}

func (d *decoder) record(r *Record) {
	r.At, r.ID, r.Line, r.Since = Moment(d.u64()), d.u64(), d.u64(), Moment(d.u64())
	r.Value, r.Count, r.Bytes = math.Float64frombits(d.u64()), int64(d.u64()), int64(d.u64())
	r.Asset, r.Tenant = Sym(d.u32()), Sym(d.u32())
	for i := range r.Names {
		r.Names[i] = Sym(d.u32())
	}
	t := d.take(4)
	r.Kind, r.Op, r.Part, r.Form = RecordKind(t[0]), t[1], t[2], t[3]
}

// The stored record and the record in memory have the same size, which the engine's
// budget per record counts on.
var _ = [1]struct{}{}[unsafe.Sizeof(Record{})-recordBytes]
