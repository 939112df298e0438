package console

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/announcement"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
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
	Spoken docket.Reasons // a person's reason
	Said   string         // the tenant's words
}

// told fills in the timeline, the newest first, and what the tenant said. Who looked stands
// apart: it is many lines, and tells about us.
func (v *caseView) told(f *docket.Folder) {
	var lines, looks, said []*evenkeel.Entry
	for i := range slices.Backward(f.Entries) {
		e := &f.Entries[i]
		if e.Kind == evenkeel.EntryLooked {
			looks = append(looks, e)
			continue
		}
		if repeats(e, f.Entries[i+1:]) {
			continue
		}
		lines = append(lines, e)
		if e.Kind == evenkeel.EntrySaid {
			said = append(said, e)
		}
	}
	v.SaidPart = v.pages.of("said", len(said), maxSaid, "said", "words")
	for _, e := range said[v.SaidPart.From:v.SaidPart.Until] {
		v.Said = append(v.Said, saidView{At: e.At, What: e.State, Words: announcement.Said(e)})
	}
	v.LookPart = v.pages.of("looks", len(looks), maxLooks, "looks", "looks")
	for _, e := range looks[v.LookPart.From:v.LookPart.Until] {
		v.Looks = append(v.Looks, *e)
	}
	v.LinePart = v.pages.of("lines", len(lines), maxLines, "timeline", "lines")
	for _, e := range lines[v.LinePart.From:v.LinePart.Until] {
		v.Timeline = append(v.Timeline, lineOf(e))
	}
}

// repeats says whether an entry that a decision ended says what the one says that took its place:
// by one act, in one sentence. The place of the decision that ended shows both.
func repeats(e *evenkeel.Entry, after []evenkeel.Entry) bool {
	if e.Kind != evenkeel.EntryDecided || e.State != evenkeel.Superseded.String() {
		return false
	}
	for i := range after {
		switch x := &after[i]; {
		case x.At != e.At:
			return false
		case x.Kind == e.Kind && x.Says == e.Says && x.Actor == e.Actor:
			return true
		}
	}
	return false
}

func lineOf(e *evenkeel.Entry) entryView {
	line := entryView{Entry: *e, Mark: entryMark(e.Kind)}
	switch {
	case e.Words == "":
	case e.Kind == evenkeel.EntryFlagged && e.Actor.Person == "": // a sentence of the policy
		line.Spoken = docket.Reasons{Reason: sheet.Seconds(e.Words)}
	case e.Kind == evenkeel.EntryActed || e.Kind == evenkeel.EntryFlagged:
		line.Spoken = docket.ReadReasons(e.Words)
	default:
		line.Said = announcement.Said(e)
	}
	return line
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
