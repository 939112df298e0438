package stream

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/packed"
)

// A message is closed when it has partBytes before it is packed. The last record adds at most
// its own size and seven strings, so that a message stays below maxMessage.
const (
	partBytes  = 256 << 10
	maxMessage = packed.MaxBytes
)

// spare is the memory in bytes that a splitter keeps for the next batch.
const spare = 4 << 20

// splitter cuts batches into messages of one partition each. It is for one goroutine and
// keeps its memory from batch to batch.
type splitter struct {
	parts []part
	plain []byte // the part that is being filled, before it is packed
	data  []byte // of all parts, one behind the other
	ends  []int  // where in data each part ends

	begins [evenkeel.Partitions + 1]int // where in order each partition begins
	of     []uint8                      // the partition of each record
	order  []uint32                     // the records by partition

	sub   evenkeel.Batch // the part that is being filled
	names []evenkeel.Sym // per Sym of the whole: its Sym in sub
	owner []uint32       // per Sym of the whole: the round in which names was set
	round uint32
}

// split returns the parts of a batch: valid until the next call. They are ordered by
// partition; within a partition the records keep their order. An error of KindInvalid says
// why the batch could not be read again.
func (s *splitter) split(b *evenkeel.Batch) ([]part, error) {
	if err := check(b); err != nil {
		return nil, err
	}
	s.sort(b)
	s.names = slices.Grow(s.names[:0], len(b.Strings))[:len(b.Strings)]
	if cap(s.owner) < len(b.Strings) {
		s.owner, s.round = make([]uint32, len(b.Strings)+len(b.Strings)/4), 0
	}
	s.owner = s.owner[:cap(s.owner)]
	s.parts, s.ends, s.data = s.parts[:0], s.ends[:0], s.data[:0]
	if cap(s.data) > spare {
		s.data = nil
	}
	for p := range evenkeel.Partitions {
		s.fill(b, p, s.order[s.begins[p]:s.begins[p+1]])
	}
	from := 0
	for i, end := range s.ends {
		s.parts[i].data = s.data[from:end:end]
		from = end
	}
	s.forget()
	return s.parts, nil
}

// check says what of a batch could not be stored or not be read again.
func check(b *evenkeel.Batch) error {
	if len(b.Source) > evenkeel.MaxText {
		return evenkeel.Invalid("publish a batch: its source has %d bytes; expected at most %d", len(b.Source), evenkeel.MaxText)
	}
	if len(b.Strings) == 0 || b.Strings[0] != "" {
		return evenkeel.Invalid("publish a batch from %s: its first string is not the empty one", b.Source)
	}
	for i, text := range b.Strings {
		if len(text) > evenkeel.MaxText {
			return evenkeel.Invalid("publish a batch from %s: string %d has %d bytes; expected at most %d", b.Source, i, len(text), evenkeel.MaxText)
		}
	}
	texts := int64(len(b.Strings))
	for i := range b.Records {
		r, n := &b.Records[i], &b.Records[i].Names
		if top := max(r.Asset, r.Tenant, n[0], n[1], n[2], n[3], n[4]); int64(top) >= texts {
			return evenkeel.Invalid("publish a batch from %s: record %d names string %d; expected one of %d", b.Source, i, top, texts)
		}
	}
	return nil
}

// sort orders the records by partition, without changing the order within one.
func (s *splitter) sort(b *evenkeel.Batch) {
	n := len(b.Records)
	s.of, s.order = slices.Grow(s.of[:0], n)[:n], slices.Grow(s.order[:0], n)[:n]
	var count [evenkeel.Partitions + 1]int
	key, partition := "", evenkeel.PartitionOf("")
	for i := range b.Records {
		// Records about one asset mostly follow each other.
		if k := b.Route(&b.Records[i]); k != key {
			key, partition = k, evenkeel.PartitionOf(k)
		}
		s.of[i] = uint8(partition)
		count[partition+1]++
	}
	for p := 1; p <= evenkeel.Partitions; p++ {
		count[p] += count[p-1]
	}
	s.begins = count
	for i, p := range s.of {
		s.order[count[p]] = uint32(i)
		count[p]++
	}
}

// fill makes the messages of one partition.
func (s *splitter) fill(b *evenkeel.Batch, partition int, records []uint32) {
	for len(records) > 0 {
		s.begin(b)
		size, n := 0, 0
		for n < len(records) && size < partBytes {
			size += s.add(b, &b.Records[records[n]])
			n++
		}
		records = records[n:]
		s.plain = evenkeel.AppendBatch(s.plain[:0], &s.sub)
		s.data = packed.Append(s.data, s.plain)
		s.ends = append(s.ends, len(s.data))
		s.parts = append(s.parts, part{partition: partition})
	}
}

func (s *splitter) begin(b *evenkeel.Batch) {
	s.sub.Source, s.sub.Arrived = b.Source, b.Arrived
	s.sub.Strings, s.sub.Records = append(s.sub.Strings[:0], ""), s.sub.Records[:0]
	s.round++
	if s.round == 0 { // every 2³² messages
		clear(s.owner)
		s.round = 1
	}
}

// add puts a copy of a record into the part and returns by how many bytes that grew.
func (s *splitter) add(b *evenkeel.Batch, whole *evenkeel.Record) int {
	s.sub.Records = append(s.sub.Records, *whole)
	r, size := &s.sub.Records[len(s.sub.Records)-1], 88
	for _, y := range [...]*evenkeel.Sym{&r.Asset, &r.Tenant, &r.Names[0], &r.Names[1], &r.Names[2], &r.Names[3], &r.Names[4]} {
		if *y == 0 {
			continue
		}
		if s.owner[*y] != s.round {
			text := b.Strings[*y]
			s.owner[*y], s.names[*y] = s.round, evenkeel.Sym(len(s.sub.Strings))
			s.sub.Strings = append(s.sub.Strings, text)
			size += 4 + len(text)
		}
		*y = s.names[*y]
	}
	return size
}

// forget drops what would keep the batch's strings alive, and memory that only a very large
// batch needed.
func (s *splitter) forget() {
	s.sub.Source = ""
	clear(s.sub.Strings[:cap(s.sub.Strings)])
	if cap(s.owner) > spare/4 {
		s.owner, s.names = nil, nil
	}
}
