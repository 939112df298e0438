package inbox

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/letter"
)

// mostAbout bounds the Message-IDs that are looked at, and longestID their length.
const (
	mostAbout = 40
	longestID = 400
)

// about are the Message-IDs that a mail answers. The newest of References is its last one.
func about(h letter.Header) (ids []string) {
	refs := idsIn(h.Raw("References"))
	slices.Reverse(refs)
	for _, id := range append(idsIn(h.Raw("In-Reply-To")), refs...) {
		if !slices.Contains(ids, id) && len(ids) < mostAbout {
			ids = append(ids, id)
		}
	}
	return ids
}

// idsIn finds what stands in angle brackets. Some programs write names and dates between.
func idsIn(s string) (ids []string) {
	for len(ids) < mostAbout {
		_, rest, found := strings.Cut(s, "<")
		if !found {
			return ids
		}
		id, rest, found := strings.Cut(rest, ">")
		if !found {
			return ids
		}
		if id = strings.Join(strings.Fields(id), ""); id != "" && len(id) <= longestID {
			ids = append(ids, id)
		}
		s = rest
	}
	return ids
}

func firstID(s string) string {
	if ids := idsIn(s); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// Thread is which notices and cases of ours Message-IDs name.
type Thread struct {
	Notices []evenkeel.NoticeID
	Cases   []evenkeel.CaseID
}

// threadOf finds the ids that are ours: those of a domain that our letters have (courier.Render makes
// them). Ids of notices are drawn from what is in them, so nobody names one whom nobody showed it.
func threadOf(domain string, ids ...string) (t Thread) {
	for _, id := range ids {
		local, of, ok := strings.Cut(id, "@")
		if !ok || !strings.EqualFold(of, domain) || strings.Trim(local, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			continue
		}
		switch {
		case strings.HasPrefix(local, "n-"):
			t.Notices = append(t.Notices, evenkeel.NoticeID(local))
		case strings.HasPrefix(local, "c-"):
			t.Cases = append(t.Cases, evenkeel.CaseID(local))
		}
	}
	return t
}
