package sorted

import (
	"errors"
	"io"
)

// merge calls f for every record of the runs in order, and removes each run once it is
// read. Runs that compare equal are taken in the order of the slice, which does not show:
// their records are the same.
func merge(paths []string, f func(head) error) (err error) {
	h := make([]*runReader, 0, len(paths))
	defer func() {
		for _, r := range h {
			if e := r.file.Close(); e != nil {
				err = errors.Join(err, e)
			}
		}
	}()
	for _, p := range paths {
		r, err := openRun(p)
		if err != nil {
			return err
		}
		h = append(h, r)
		if err := r.advance(); err != nil {
			return unexpected(err)
		}
	}
	for i := len(h)/2 - 1; i >= 0; i-- {
		down(h, i)
	}
	for len(h) > 0 {
		top := h[0]
		if err := f(top.head); err != nil {
			return err
		}
		switch err := top.advance(); {
		case err == io.EOF:
			last := len(h) - 1
			h[0], h = h[last], h[:last]
			if err := top.remove(); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		down(h, 0)
	}
	return nil
}

// unexpected makes the end of a file an error: no run is empty.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// down restores the heap order below i: no run comes before its parent.
func down(h []*runReader, i int) {
	for {
		least := 2*i + 1
		if least >= len(h) {
			return
		}
		if r := least + 1; r < len(h) && compare(h[r].head, h[least].head) < 0 {
			least = r
		}
		if compare(h[least].head, h[i].head) >= 0 {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
