package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/stream/internal/kernel"
)

// Options say where a spool lies and how large it gets.
type Options struct {
	// Dir is the spool's own folder; it is made where it is missing.
	Dir string
	// MaxBytes bounds the files, 64 KiB at least. 0 is 64 MiB.
	MaxBytes int64
	// Sync makes each entry safe from a power cut before Append returns.
	Sync bool
	// Merge joins two neighbours into one that is shorter than both together; ok is false where they
	// are to stay two. nil is never.
	Merge func(older, newer []byte) (data []byte, records uint32, ok bool)
	// Logger hears what a person should know. nil is slog.Default.
	Logger *slog.Logger
}

// Stats says what a spool holds and what it did since it was opened.
type Stats struct {
	Bytes, MaxBytes int64
	Entries         int    // that wait
	Merged          uint64 // entries that went into an older or newer one
	Dropped         uint64 // entries that were lost because there was no room
	DroppedRecords  uint64 // records in them
	Damaged         uint64 // entries found that had not their checksum
	Torn            uint64 // bytes found that a crash or damage had left
}

// Entry is what Take hands out.
type Entry struct {
	ID      ID
	Base    uint64 // no entry of this boot before it will come again
	Again   bool   // it may have been handed out before
	Records uint32
	Data    []byte
}

// Spool is a queue on disk. All methods may be called from several goroutines.
type Spool struct {
	o    Options
	lock *os.File
	pen  *os.File      // writes the mark
	news chan struct{} // capacity 1: it holds one token once something was appended

	mu       sync.Mutex
	boot     Boot
	seq      uint64     // of the newest entry
	segments []*segment // the oldest first
	file     *os.File   // of the last segment, where that is being written; else nil
	bytes    int64      // of all files
	sent     position   // the newest that was handed out, or may have been
	mark     mark
	stats    Stats
}

// segment is one file, and which of its entries still wait.
type segment struct {
	number  uint64
	boot    Boot
	size    int64
	entries []place // the oldest first
	merged  bool    // Merge has had its turn
}

const (
	minBytes  = 64 << 10
	ending    = ".seg"
	idleBytes = 64 << 10 // a segment without entries that waits to be removed has at most so many bytes
)

// step is told at what point of a change the spool is; tests kill the process there.
var step = func(string) {}

func unavailable(says string, err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: says, Err: err,
		Hint: "look at the disk: how much is free, and whether it can be written; what is buffered stays",
	}
}

// Open reads back what lies in Options.Dir. An error of KindConflict says that another process has it.
func Open(o Options) (*Spool, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.MaxBytes < minBytes {
		return nil, evenkeel.Invalid("a buffer of %d bytes; expected at least %d", o.MaxBytes, minBytes)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Spool{o: o, news: make(chan struct{}, 1)}
	if _, err := rand.Read(s.boot[:]); err != nil {
		return nil, err
	}
	err := s.own()
	if err == nil {
		err = s.recover()
	}
	if err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// own takes the folder for this process.
func (s *Spool) own() error {
	says := "open the buffer in " + s.o.Dir
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return unavailable(says, err)
	}
	f, err := os.OpenFile(filepath.Join(s.o.Dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return unavailable(says, err)
	}
	s.lock = f
	taken, err := kernel.Lock(f)
	switch {
	case err != nil:
		return unavailable(says, err)
	case taken:
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: says + ": another process has it", Hint: "one agent runs per host; end the other one first"}
	}
	return nil
}

// recover reads the segments that lie there. The next entry goes into a new one.
func (s *Spool) recover() error {
	says := "read the buffer in " + s.o.Dir
	m, known, err := s.openMark()
	if err != nil {
		return unavailable(says, err)
	}
	if !known {
		s.o.Logger.Warn("the mark of the buffer is damaged: all that lies there may have been sent", "dir", s.o.Dir)
	}
	s.mark, s.sent = m, m.sent
	files, err := os.ReadDir(s.o.Dir)
	if err != nil {
		return unavailable(says, err)
	}
	for _, f := range files {
		path := filepath.Join(s.o.Dir, f.Name())
		switch {
		case strings.HasPrefix(f.Name(), "."): // a file that was being written whole
			err = os.Remove(path)
		case strings.HasSuffix(f.Name(), ending):
			err = s.readSegment(path)
		}
		if err != nil {
			return unavailable(says, err)
		}
	}
	// Where nobody knows, all that lies there is taken for sent, but nothing that comes now.
	if n := len(s.segments); s.sent == everything && n > 0 {
		s.sent = position{s.segments[n-1].number, ^uint64(0)}
	} else if s.sent == everything {
		s.sent = position{}
	}
	s.mark.sent = s.sent
	return nil
}

// readSegment takes a file of an earlier process in. The names of the files are in their order.
func (s *Spool) readSegment(path string) error {
	number, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), ending), 16, 64)
	if err != nil {
		return nil // not ours
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	found := scan(data)
	g := &segment{number: number, boot: found.boot, size: int64(len(data)), entries: found.entries}
	g.entries = slices.DeleteFunc(g.entries, func(p place) bool { return s.mark.gone.after(position{number, p.seq}) })
	s.stats.Damaged += uint64(found.damaged)
	s.stats.Torn += uint64(found.torn)
	if found.foreign && len(data) >= headerBytes {
		s.stats.Torn += uint64(len(data))
		s.o.Logger.Error("a file of the buffer cannot be read: it is dropped", "file", path, "bytes", len(data), "hint", "the disk is damaged; look at the kernel's log")
	} else if found.damaged > 0 {
		s.o.Logger.Error("entries of the buffer are damaged: they are dropped", "file", path, "entries", found.damaged, "hint", "the disk is damaged; look at the kernel's log")
	}
	if len(g.entries) == 0 {
		s.keepNumber(number)
		return os.Remove(path)
	}
	s.segments = append(s.segments, g)
	s.bytes += g.size
	return nil
}

// keepNumber makes sure that a number is not given again: the mark may speak of it.
func (s *Spool) keepNumber(number uint64) {
	if number > s.mark.gone.segment {
		s.mark.gone = position{segment: number}
	}
}

// Append adds an entry with so many records in it. An error of KindInvalid says that it can never be
// kept, one of KindUnavailable that the disk cannot be written now.
func (s *Spool) Append(data []byte, records uint32) (ID, error) {
	if most := min(MaxEntry, int(s.o.MaxBytes/4)); len(data) > most {
		return ID{}, evenkeel.Invalid("buffer %d bytes in one piece; expected at most %d", len(data), most)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return ID{}, unavailable("the buffer is closed", nil)
	}
	frame := appendEntry(make([]byte, 0, frameBytes+len(data)), s.seq+1, records, data)
	s.makeRoom(int64(len(frame) + headerBytes))
	for {
		err := s.write(frame)
		if err == nil {
			break
		}
		// A disk that is full is a spool that is full: what is coarse or old makes room.
		if !noSpace(err) || !s.shrink() {
			return ID{}, unavailable("write to the buffer in "+s.o.Dir, err)
		}
	}
	g := s.last()
	s.seq++
	g.entries = append(g.entries, place{seq: s.seq, at: g.size - int64(len(frame)), size: uint32(len(data)), records: records})
	select {
	case s.news <- struct{}{}:
	default:
	}
	return ID{s.boot, s.seq}, nil
}

// write appends a frame to the last segment, or leaves it as it was.
func (s *Spool) write(frame []byte) error {
	if g := s.last(); s.file != nil && g.size+int64(len(frame)) > s.segmentBytes() && g.size > headerBytes {
		s.seal()
	}
	if s.file == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	g := s.last()
	_, err := s.file.WriteAt(frame, g.size)
	step("entry written")
	if err == nil && s.o.Sync {
		err = s.file.Sync()
		step("entry synced")
	}
	if err != nil {
		return errors.Join(err, s.file.Truncate(g.size))
	}
	g.size += int64(len(frame))
	s.bytes += int64(len(frame))
	return nil
}

// begin starts a segment.
func (s *Spool) begin() error {
	number := max(s.mark.sent.segment, s.mark.gone.segment)
	if g := s.last(); g != nil {
		number = max(number, g.number)
	}
	g := &segment{number: number + 1, boot: s.boot, size: headerBytes}
	f, err := os.OpenFile(s.path(g), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	step("segment made")
	_, err = f.Write(appendHeader(nil, s.boot))
	step("header written")
	if err == nil && s.o.Sync {
		err = errors.Join(f.Sync(), whole.Settle(s.o.Dir))
	}
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(s.path(g)))
	}
	s.file = f
	s.segments = append(s.segments, g)
	s.bytes += g.size
	return nil
}

// seal ends the writing of the last segment.
func (s *Spool) seal() {
	if s.file == nil {
		return
	}
	if err := s.file.Close(); err != nil {
		s.o.Logger.Warn("close a file of the buffer", "err", err)
	}
	s.file = nil
	if g := s.last(); len(g.entries) == 0 {
		s.remove(len(s.segments) - 1)
	}
}

func (s *Spool) last() *segment {
	if len(s.segments) == 0 {
		return nil
	}
	return s.segments[len(s.segments)-1]
}

func (s *Spool) segmentBytes() int64 { return min(max(s.o.MaxBytes/16, 4<<10), 4<<20) }

func (s *Spool) path(g *segment) string {
	return filepath.Join(s.o.Dir, fmt.Sprintf("%016x%s", g.number, ending))
}

// Take returns the oldest entry after one that it returned before; the zero ID is before all. ok is false
// where there is none. An entry that cannot be read is dropped and counted.
func (s *Spool) Take(after ID) (e Entry, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, j := s.find(after)
	for ; i < len(s.segments); i, j = i+1, 0 {
		g := s.segments[i]
		for j < len(g.entries) {
			p := g.entries[j]
			at := position{g.number, p.seq}
			data, err := s.read(g, p)
			if errors.Is(err, errDamaged) {
				s.stats.Damaged++
				s.o.Logger.Error("an entry of the buffer is damaged: it is dropped", "file", s.path(g), "at", p.at, "hint", "the disk is damaged; look at the kernel's log")
				g.entries = slices.Delete(g.entries, j, j+1)
				if writing := s.file != nil && g == s.last(); len(g.entries) == 0 && !writing {
					s.remove(i)
					i--
				}
				continue
			}
			if err != nil {
				return Entry{}, false, unavailable("read the buffer in "+s.o.Dir, err)
			}
			e = Entry{ID: ID{g.boot, p.seq}, Base: s.base(g.boot), Again: !at.after(s.sent), Records: p.records, Data: data}
			if !e.Again {
				s.reserve(at)
				s.sent = at
			}
			return e, true, nil
		}
	}
	return Entry{}, false, nil
}

// find returns where the first entry after one lies.
func (s *Spool) find(after ID) (i, j int) {
	if after == (ID{}) {
		return 0, 0
	}
	for i := len(s.segments) - 1; i >= 0; i-- {
		g := s.segments[i]
		if g.boot != after.Boot || len(g.entries) == 0 || g.entries[0].seq > after.Seq {
			continue
		}
		j, ok := slices.BinarySearchFunc(g.entries, after.Seq, bySeq)
		if ok {
			j++
		}
		return i, j
	}
	// All that is left of its boot comes after it; so does everything of a boot that is not there.
	for i, g := range s.segments {
		if g.boot == after.Boot {
			return i, 0
		}
	}
	return 0, 0
}

func bySeq(p place, seq uint64) int {
	switch {
	case p.seq < seq:
		return -1
	case p.seq > seq:
		return 1
	}
	return 0
}

var errDamaged = errors.New("an entry has not its checksum")

func (s *Spool) read(g *segment, p place) ([]byte, error) {
	f := s.file
	if f == nil || g != s.last() {
		var err error
		if f, err = os.Open(s.path(g)); errors.Is(err, fs.ErrNotExist) {
			return nil, errDamaged
		} else if err != nil {
			return nil, err
		}
		defer f.Close()
	}
	frame := make([]byte, p.bytes())
	if _, err := f.ReadAt(frame, p.at); err != nil {
		return nil, errDamaged
	}
	if size, ok := entryAt(frame, 0); !ok || size != len(frame) {
		return nil, errDamaged
	}
	return frame[frameBytes:], nil
}

// base returns the oldest sequence of a boot that still waits.
func (s *Spool) base(boot Boot) uint64 {
	for _, g := range s.segments {
		if g.boot == boot && len(g.entries) > 0 {
			return g.entries[0].seq
		}
	}
	return 0
}

// oldest returns the position of the oldest entry that waits; everything before it is gone.
func (s *Spool) oldest() position {
	for _, g := range s.segments {
		if len(g.entries) > 0 {
			return position{g.number, g.entries[0].seq}
		}
	}
	if g := s.last(); g != nil {
		return position{g.number, s.seq + 1}
	}
	return s.mark.gone
}

// Ack drops an entry that has arrived. One that is not there, because it was dropped or because it is
// said twice, is no error.
func (s *Spool) Ack(id ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, g := range s.segments {
		if g.boot != id.Boot || len(g.entries) == 0 || id.Seq > g.entries[len(g.entries)-1].seq {
			continue
		}
		j, ok := slices.BinarySearchFunc(g.entries, id.Seq, bySeq)
		if !ok {
			return
		}
		if j == 0 {
			g.entries = g.entries[1:]
		} else {
			g.entries = slices.Delete(g.entries, j, j+1)
		}
		switch writing := s.file != nil && g == s.last(); {
		case len(g.entries) > 0:
		case !writing:
			s.remove(i)
		case g.size > idleBytes:
			s.seal()
		}
		return
	}
}

// remove drops a segment and its file.
func (s *Spool) remove(i int) {
	g := s.segments[i]
	s.keepNumber(g.number)
	if err := os.Remove(s.path(g)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.o.Logger.Warn("remove a file of the buffer", "file", s.path(g), "err", err)
	}
	step("segment removed")
	s.bytes -= g.size
	s.segments = slices.Delete(s.segments, i, i+1)
}

// News holds a token once something was appended after the last token was taken.
func (s *Spool) News() <-chan struct{} { return s.news }

// Boot returns the name of this opening.
func (s *Spool) Boot() Boot { return s.boot }

// Stats returns the counts.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Bytes, out.MaxBytes = s.bytes, s.o.MaxBytes
	for _, g := range s.segments {
		out.Entries += len(g.entries)
	}
	return out
}

// Close writes how far it was sent and leaves the folder to the next one.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return nil
	}
	s.seal()
	err := s.writeMark(s.sent)
	return errors.Join(err, s.release())
}

func (s *Spool) release() error {
	if s.lock == nil {
		return nil
	}
	var err error
	if s.pen != nil {
		err = s.pen.Close()
	}
	err = errors.Join(err, s.lock.Close())
	s.lock, s.pen = nil, nil
	return err
}
