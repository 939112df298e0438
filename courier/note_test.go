package courier

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// incidentNotes are what one tenant is told of an incident, in the words of the room that drafts it and of the person who sent it.
func incidentNotes() map[string]Note {
	of := func(lang, subject, text string) Note {
		return Note{ID: "nt-0123456789abcdef01234567", Thread: "i-0123456789abcdef", Tenant: "raisup", Subject: subject, Text: text + map[string]string{"en": "\n\nIncident i-0123456789abcdef, update 1.", "zh": "\n\n事件 i-0123456789abcdef，第 1 次更新。"}[lang]}
	}
	return map[string]Note{
		"en": of("en", "Requests to your sites are not all served", "A rack lost its power: <b>we</b> mend it.\n\nWhat was counted at your sites, as of 2026-03-01 08:03 UTC:\n\n"+
			"  shop.example: 2026-03-01 08:00 UTC to 2026-03-01 08:02 UTC, 450 of 600 requests not served\n  blog.example: 2026-03-01 08:00 UTC to 2026-03-01 08:02 UTC, 2 minutes without a count\n\n"+
			"A person read this and sent it. There is nothing that you have to do."),
		"zh": of("zh", "您的站点有部分请求未得到应答", "一个机柜断电：<b>正在修复</b>。\n\n截至 2026-03-01 08:03 UTC，在您的站点上的计数：\n\n"+
			"  shop.example：2026-03-01 08:00 UTC 至 2026-03-01 08:02 UTC，600 个请求中有 450 个未得到应答\n\n本函由工作人员审阅并发出。您无需进行任何操作。"),
	}
}

// TestLettersOfAnIncident are what people read of it, to the byte: the thread of the incident, the person's words as they are and no markup of
// theirs, one line a site.
func TestLettersOfAnIncident(t *testing.T) {
	for lang, n := range incidentNotes() {
		t.Run(lang, func(t *testing.T) {
			l, err := NoteLetter(&n, Recipient{Role: "owner", Email: "owner@example.net", Lang: lang}, office)
			if err != nil {
				t.Fatal(err)
			}
			m := l.Message
			text := "Subject: " + m.Subject + "\n"
			for _, f := range m.Header {
				text += f.Name + ": " + f.Value + "\n"
			}
			golden(t, "incident."+lang+".txt", text+"\n"+m.Text)
			golden(t, "incident."+lang+".html", m.HTML)
			if strings.Contains(m.HTML, "<b>") || !strings.Contains(m.Text, "<b>") {
				t.Error("what a person wrote is markup, or is not told as it was written")
			}
		})
	}
	n := incidentNotes()["en"]
	if _, err := NoteLetter(&n, Recipient{}, office); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a letter to no address: %v", err)
	}
}
