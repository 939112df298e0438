package kernel

import (
	"bytes"
	"encoding/binary"
)

// Does is what happened to a file, as bits.
type Does uint8

// What happened.
const (
	Created Does = 1 << iota
	Closed       // after it was written
	MovedHere
	MovedAway
	Deleted
	Started // a program
	Folder  // it is a folder
)

// Event is one event of a group.
type Event struct {
	Does Does
	Key  string // of the folder, as Watch returned it
	Name string // in the folder
	Path string // of a program that was started, as seen from here
	Dev  uint64 // of the file system that the program is on
	PID  int    // 0: the kernel does not say
	Lost bool   // the kernel had more than its queue holds
}

// Layouts of fanotify(7): struct fanotify_event_metadata (24 bytes), then, where identifiers are reported, struct
// fanotify_event_info_fid: type, padding, length, file system id (8 bytes), struct file_handle (length, type, bytes) and a name
// that ends with a zero. Numbers are in the order of bytes of the machine.
const (
	metadataLen    = 24
	infoHead       = 4
	infoTypeDFName = 2
	fanVersion     = 3

	bitAttrib    = 0x4
	bitClosed    = 0x8
	bitMovedFrom = 0x40
	bitMovedTo   = 0x80
	bitCreate    = 0x100
	bitDelete    = 0x200
	bitOpenExec  = 0x1000
	bitOverflow  = 0x4000
	bitOnDir     = 0x40000000
)

// raw is an event as fanotify wrote it.
type raw struct {
	mask uint64
	fd   int32 // -1: none
	pid  int32
	key  string // file system id and handle of the folder
	name string
}

// parseFanotify takes a buffer apart and calls f for each event. What is not understood is counted; after a length
// that cannot be, the rest is left, since nobody knows where the next one begins.
func parseFanotify(buf []byte, f func(raw)) (bad int) {
	order := binary.NativeEndian
	for len(buf) > 0 {
		if len(buf) < metadataLen {
			return bad + 1
		}
		n, head := int(order.Uint32(buf)), int(order.Uint16(buf[6:]))
		if n < metadataLen || n > len(buf) || head < metadataLen || head > n {
			return bad + 1
		}
		e := raw{mask: order.Uint64(buf[8:]), fd: int32(order.Uint32(buf[16:])), pid: int32(order.Uint32(buf[20:]))}
		if buf[4] != fanVersion {
			bad++
		} else if e.info(buf[head:n]) {
			f(e)
		} else {
			bad++
			e.key, e.name = "", ""
			f(e) // its descriptor has to be closed whatever else it says
		}
		buf = buf[n:]
	}
	return bad
}

// info reads the records behind an event.
func (e *raw) info(buf []byte) bool {
	order := binary.NativeEndian
	for len(buf) > 0 {
		if len(buf) < infoHead {
			return false
		}
		n := int(order.Uint16(buf[2:]))
		if n < infoHead || n > len(buf) {
			return false
		}
		if buf[0] == infoTypeDFName {
			body := buf[infoHead:n]
			if len(body) < 16 {
				return false
			}
			size := int(order.Uint32(body[8:]))
			if size > len(body)-16 {
				return false
			}
			e.key = handleKey(body[:8], order.Uint32(body[12:]), body[16:16+size])
			name, _, _ := bytes.Cut(body[16+size:], []byte{0})
			if len(name) > 255 {
				return false
			}
			e.name = string(name)
		}
		buf = buf[n:]
	}
	return true
}

// handleKey is how a folder is known: the id of its file system, the type and the bytes of its handle.
func handleKey(fsid []byte, kind uint32, handle []byte) string {
	key := make([]byte, 0, 12+len(handle))
	key = append(key, fsid...)
	key = binary.NativeEndian.AppendUint32(key, kind)
	return string(append(key, handle...))
}

// does turns the bits of fanotify, and those of inotify that are the same, into ours.
func does(mask uint64) (d Does) {
	for _, b := range []struct {
		bit uint64
		is  Does
	}{
		{bitClosed, Closed}, {bitMovedFrom, MovedAway}, {bitMovedTo, MovedHere}, {bitCreate, Created}, {bitDelete, Deleted},
		{bitOpenExec, Started}, {bitOnDir, Folder},
	} {
		if mask&b.bit != 0 {
			d |= b.is
		}
	}
	return d
}

// inotify(7): struct inotify_event: watch, mask, cookie, length of the name.
const inotifyHead = 16

type rawNotice struct {
	watch int32
	mask  uint32
	name  string
}

// parseInotify takes a buffer apart as parseFanotify does.
func parseInotify(buf []byte, f func(rawNotice)) (bad int) {
	order := binary.NativeEndian
	for len(buf) > 0 {
		if len(buf) < inotifyHead {
			return bad + 1
		}
		n := uint64(order.Uint32(buf[12:])) + inotifyHead
		if n > uint64(len(buf)) {
			return bad + 1
		}
		name, _, _ := bytes.Cut(buf[inotifyHead:n], []byte{0})
		f(rawNotice{int32(order.Uint32(buf)), order.Uint32(buf[4:]), string(name)})
		buf = buf[n:]
	}
	return bad
}
