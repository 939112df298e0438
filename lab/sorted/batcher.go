package sorted

import "github.com/evenkeel/evenkeel"

// table is a string table and, for the batch that is being built from it, where each of
// its strings went: to[i] holds while stamp[i] is the batcher's number of that batch.
type table struct {
	text  []string
	to    []evenkeel.Sym
	stamp []uint32
}

func newTable(text []string) *table {
	return &table{text: text, to: make([]evenkeel.Sym, len(text)), stamp: make([]uint32, len(text))}
}

// batcher collects records into batches of one source and hands each full one on. Where a
// batch ends depends only on the records, so that equal order gives equal bytes.
type batcher struct {
	records int // most records of a batch
	bytes   int // size at which a batch is full
	emit    func(*evenkeel.Batch) error
	// distinct says that all records name one table of distinct strings, so that a string
	// that is new to a batch need not be looked for.
	distinct bool

	batch *evenkeel.Batch
	size  int
	stamp uint32
}

func newBatcher(records, bytes int, emit func(*evenkeel.Batch) error) *batcher {
	return &batcher{records: records, bytes: bytes, emit: emit, batch: evenkeel.NewBatch("", 0), stamp: 1}
}

func (b *batcher) add(h head) error {
	if n := len(b.batch.Records); n > 0 && (n >= b.records || b.size >= b.bytes || h.source != b.batch.Source) {
		if err := b.flush(); err != nil {
			return err
		}
	}
	b.batch.Source = h.source
	b.batch.Records = append(b.batch.Records, *h.rec)
	r := &b.batch.Records[len(b.batch.Records)-1]
	b.size += recordBytes
	b.carry(h.texts, &r.Asset)
	b.carry(h.texts, &r.Tenant)
	for i := range r.Names {
		b.carry(h.texts, &r.Names[i])
	}
	return nil
}

// carry replaces a Sym of t by the same string's Sym in the batch.
func (b *batcher) carry(t *table, y *evenkeel.Sym) {
	if *y == 0 {
		return
	}
	if i := *y; t.stamp[i] != b.stamp {
		before := len(b.batch.Strings)
		if b.distinct {
			b.batch.Strings = append(b.batch.Strings, t.text[i])
			t.to[i] = evenkeel.Sym(before)
		} else {
			t.to[i] = b.batch.Intern(t.text[i])
		}
		t.stamp[i] = b.stamp
		if len(b.batch.Strings) > before {
			b.size += textBytes + len(t.text[i])
		}
	}
	*y = t.to[*y]
}

// flush hands on what was collected, if anything.
func (b *batcher) flush() error {
	if len(b.batch.Records) == 0 {
		return nil
	}
	err := b.emit(b.batch)
	b.batch.Reset("", 0)
	b.size = 0
	b.stamp++
	return err
}
