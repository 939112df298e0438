package stream

import (
	"context"
	"slices"
	"sync"
)

// memLog is a log in memory.
type memLog struct {
	most int64 // bytes

	mu     sync.Mutex
	first  Position // of kept[0]
	kept   [][]byte
	bytes  int64
	closed bool
	news   chan struct{} // closed when anything changes, and then replaced
}

func newMemLog(most int64) *memLog {
	return &memLog{most: most, first: 1, news: make(chan struct{})}
}

func (l *memLog) append(ctx context.Context, parts []part) error {
	if err := ctx.Err(); err != nil {
		return unavailable("publish to the intake stream", "", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	size := int64(0)
	for _, p := range parts {
		size += int64(len(p.data))
	}
	switch {
	case l.closed:
		return errClosed()
	case l.bytes+size > l.most:
		return errFull(l.most, nil)
	}
	for _, p := range parts {
		l.kept = append(l.kept, slices.Clone(p.data))
	}
	l.bytes += size
	l.tell()
	return nil
}

func (l *memLog) follow(ctx context.Context, after Position, deliver func(Position, []byte) error) error {
	for {
		at, data, news, err := l.next(after)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case news != nil:
			select {
			case <-news:
			case <-ctx.Done():
			}
			continue
		}
		if err := deliver(at, data); err != nil {
			return err
		}
		after = at
	}
}

// next returns the first message after a position, or a channel that tells of news.
func (l *memLog) next(after Position) (at Position, data []byte, news <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, nil, nil, errClosed()
	}
	at = max(after+1, l.first)
	if i := at - l.first; i < Position(len(l.kept)) {
		return at, l.kept[i], nil, nil
	}
	return 0, nil, l.news, nil
}

func (l *memLog) trim(_ context.Context, upTo Position) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed()
	}
	if upTo < l.first {
		return nil
	}
	n := len(l.kept)
	if gone := upTo - l.first; gone < Position(n) {
		n = int(gone) + 1
	}
	for _, data := range l.kept[:n] {
		l.bytes -= int64(len(data))
	}
	l.kept, l.first = slices.Delete(l.kept, 0, n), upTo+1
	l.tell()
	return nil
}

func (l *memLog) bounds(context.Context) (first, last Position, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, 0, errClosed()
	}
	return l.first, l.first + Position(len(l.kept)) - 1, nil
}

func (l *memLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.tell()
	}
	return nil
}

func (l *memLog) tell() {
	close(l.news)
	l.news = make(chan struct{})
}
