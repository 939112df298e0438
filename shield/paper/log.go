package paper

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
)

// maxLine bounds a line: an order may name thousands of assets.
const maxLine = 4 << 20

// line is one line of the file.
type line struct {
	Order   evenkeel.Order   `json:"order"`
	Receipt evenkeel.Receipt `json:"receipt"`
}

// file is where lines are kept. The backend's lock guards it.
type file struct {
	f    *os.File
	size int64 // of whole lines
}

// openFile opens the file, gives every line to take, and cuts away one that has no end.
func openFile(name string, take func(line)) (*file, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fileError("open the paper", err)
	}
	p := &file{f: f}
	if err := syncFolder(name); err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	if err := p.read(take); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("read the paper: %w", err)
	}
	if err := p.cut(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return p, nil
}

// syncFolder makes the name of a new file outlast a power cut.
func syncFolder(name string) error {
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return fileError("open the folder of the paper", err)
	}
	err = errors.Join(dir.Sync(), dir.Close())
	if err != nil {
		return fileError("sync the folder of the paper", err)
	}
	return nil
}

func (p *file) read(take func(line)) error {
	r := bufio.NewReaderSize(p.f, 64<<10)
	for n := 1; ; n++ {
		text, err := readLine(r)
		switch {
		case err == io.EOF && !begun(text):
			return evenkeel.Invalid("its end is nothing that Evenkeel wrote; expected an order with its receipt; move the file away to begin anew")
		case err == io.EOF: // the last line was written to its end, or is cut away
			return nil
		case err != nil:
			return fileError(fmt.Sprintf("line %d", n), err)
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil || l.Order.ID == "" || l.Receipt.Order != l.Order.ID {
			return evenkeel.Invalid("line %d is no order with its receipt; expected what Evenkeel wrote; move the file away to begin anew", n)
		}
		take(l)
		p.size += int64(len(text))
	}
}

// begun says whether a line that has no end may be one of ours.
func begun(text []byte) bool {
	const opening = `{"order":{"id":"`
	n := min(len(text), len(opening))
	return string(text[:n]) == opening[:n]
}

// readLine returns a line with its end, or io.EOF for one without.
func readLine(r *bufio.Reader) (text []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		text = append(text, part...)
		if err != bufio.ErrBufferFull {
			return text, err
		}
		if len(text) > maxLine {
			return nil, evenkeel.Invalid("it is longer than %d bytes", maxLine)
		}
	}
}

// write puts a line on the disk. After an error the file is as it was before.
func (p *file) write(l line) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text) // it ends the line
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return &evenkeel.Error{Says: "write order " + string(l.Order.ID) + " on paper", Err: err}
	}
	if text.Len() > maxLine {
		return evenkeel.Invalid("order %s is longer than %d bytes on paper", l.Order.ID, maxLine)
	}
	_, err := p.f.WriteAt(text.Bytes(), p.size)
	if err == nil {
		err = p.f.Sync()
	}
	if err != nil {
		return errors.Join(fileError("write order "+string(l.Order.ID)+" on paper", err), p.cut())
	}
	p.size += int64(text.Len())
	return nil
}

// cut ends the file after its whole lines.
func (p *file) cut() error {
	if err := p.f.Truncate(p.size); err != nil {
		return fileError("cut off what is not whole", err)
	}
	return nil
}

func (p *file) close() error { return p.f.Close() }

// fileError says what went wrong with a file. It may pass: a disk may be full.
func fileError(doing string, err error) error {
	hint := "see that the disk has room and that the file is ours"
	if _, ok := errors.AsType[*fs.PathError](err); !ok {
		hint = ""
	}
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing, Hint: hint, Err: err}
}
