package console

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	maxLines = 300 // of a timeline
	maxLooks = 50
	maxSaid  = 100
)

// entryView is a line of the timeline.
type entryView struct {
	evenkeel.Entry
	Mark   Mark
	Spoken Reasons // a person's reason
	Said   string  // the tenant's words
}

// told fills in the timeline, the newest first, and what the tenant said. Who looked stands
// apart: it is many lines, and tells about us.
func (v *caseView) told(f *docket.Folder) {
	for i := range slices.Backward(f.Entries) {
		e := f.Entries[i]
		if e.Kind == evenkeel.EntryLooked {
			if len(v.Looks) < maxLooks {
				v.Looks = append(v.Looks, e)
			} else {
				v.OlderLooks++
			}
			continue
		}
		switch {
		case e.Kind != evenkeel.EntrySaid:
		case len(v.Said) < maxSaid:
			v.Said = append(v.Said, saidView{At: e.At, What: e.State, Words: e.Words})
		default:
			v.OlderSaid++
		}
		if len(v.Timeline) == maxLines {
			v.OlderLines++
			continue
		}
		line := entryView{Entry: e, Mark: entryMark(e.Kind)}
		switch {
		case e.Words == "":
		case e.Kind == evenkeel.EntryActed || e.Kind == evenkeel.EntryFlagged:
			line.Spoken = ReadReasons(e.Words)
		default:
			line.Said = e.Words
		}
		v.Timeline = append(v.Timeline, line)
	}
}

func entryMark(k evenkeel.EntryKind) Mark {
	switch k {
	case evenkeel.EntrySaid:
		return Mark{"good", k.String()}
	case evenkeel.EntryActed, evenkeel.EntryDecided:
		return Mark{"info", k.String()}
	default:
		return Mark{"mute", k.String()}
	}
}
