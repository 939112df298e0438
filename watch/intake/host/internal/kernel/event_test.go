package kernel

import (
	"encoding/binary"
	"testing"
)

// written is an event as the kernel writes it: fanotify(7).
func written(mask uint64, fd, pid int32, handle []byte, name string) []byte {
	order := binary.NativeEndian
	var info []byte
	if name != "" {
		body := append([]byte("filesys."), order.AppendUint32(order.AppendUint32(nil, uint32(len(handle))), 7)...)
		body = append(append(append(body, handle...), name...), 0)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		info = order.AppendUint16([]byte{infoTypeDFName, 0}, uint16(infoHead+len(body)))
		info = append(info, body...)
	}
	e := order.AppendUint32(nil, uint32(metadataLen+len(info)))
	e = append(e, fanVersion, 0)
	e = order.AppendUint16(e, metadataLen)
	e = order.AppendUint64(e, mask)
	e = order.AppendUint32(order.AppendUint32(e, uint32(fd)), uint32(pid))
	return append(e, info...)
}

func TestEventsAreTakenApart(t *testing.T) {
	buf := append(written(bitClosed, -1, 17, []byte("dir-1"), "crontab"), written(bitOverflow, -1, 0, nil, "")...)
	buf = append(buf, written(bitOpenExec, 5, 18, nil, "")...)
	var got []raw
	if bad := parseFanotify(buf, func(r raw) { got = append(got, r) }); bad != 0 || len(got) != 3 {
		t.Fatalf("%d events, %d bad", len(got), bad)
	}
	if e := got[0]; e.name != "crontab" || e.pid != 17 || e.key != handleKey([]byte("filesys."), 7, []byte("dir-1")) || does(e.mask) != Closed {
		t.Errorf("the first is %+v", e)
	}
	if got[1].mask&bitOverflow == 0 || got[2].fd != 5 || does(got[2].mask) != Started {
		t.Errorf("the others are %+v", got[1:])
	}
	// A handle that is longer than its record costs the event, and the next one is read; a length that cannot be costs the rest.
	broken := written(bitClosed, -1, 17, []byte("dir-1"), "crontab")
	broken[metadataLen+infoHead+8] = 200
	got = nil
	if bad := parseFanotify(append(broken, written(bitDelete, -1, 1, []byte("d"), "x")...), func(r raw) { got = append(got, r) }); bad != 1 || len(got) != 2 || got[0].key != "" || got[1].name != "x" {
		t.Errorf("%+v, %d bad", got, bad)
	}
	broken = written(bitClosed, -1, 17, nil, "")
	broken[0] = 8
	if bad := parseFanotify(broken, func(raw) { t.Error("an event of eight bytes") }); bad != 1 {
		t.Errorf("%d bad; expected 1", bad)
	}
}

// Names come from whoever makes files; whatever the bytes are, nothing is read past them.
func FuzzEvents(f *testing.F) {
	f.Add(written(bitClosed, -1, 17, []byte("dir-1"), "crontab"))
	f.Add(written(bitOpenExec, 5, 18, nil, ""))
	f.Add([]byte("\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00crontab\x00"))
	f.Fuzz(func(t *testing.T, buf []byte) {
		n := 0
		parseFanotify(buf, func(r raw) {
			n++
			if len(r.name) > 255 {
				t.Errorf("a name of %d bytes", len(r.name))
			}
		})
		if n > len(buf)/metadataLen {
			t.Errorf("%d events in %d bytes", n, len(buf))
		}
		n = 0
		parseInotify(buf, func(rawNotice) { n++ })
		if n > len(buf)/inotifyHead {
			t.Errorf("%d notices in %d bytes", n, len(buf))
		}
	})
}
