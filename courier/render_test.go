package courier

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew; read the difference")

// TestLetters holds what people read to the files under testdata, word by word.
func TestLetters(t *testing.T) {
	for name, n := range scenes() {
		for _, lang := range []string{"en", "zh"} {
			t.Run(name+"."+lang, func(t *testing.T) {
				m, err := Render(&n, Recipient{Role: "owner", Lang: lang}, doors, office)
				if err != nil {
					t.Fatal(err)
				}
				text := "Subject: " + m.Subject + "\n"
				for _, f := range m.Header {
					text += f.Name + ": " + f.Value + "\n"
				}
				golden(t, name+"."+lang+".txt", text+"\n"+m.Text)
				golden(t, name+"."+lang+".html", m.HTML)
			})
		}
	}
}

// TestALetterPromisesNoReaderWhereNobodyReadsMail (R3, F15): where no mail comes in and no address is named, it asks for an answer by the link.
func TestALetterPromisesNoReaderWhereNobodyReadsMail(t *testing.T) {
	for lang, says := range map[string][2]string{
		"en": {"Answers to it are read by people.", "an answer by mail may reach nobody."}, "zh": {"对它的答复由工作人员阅读。", "通过邮件的答复可能无人看到。"},
	} {
		n, silent := notice(evenkeel.MeasureThrottle, "m-1"), office
		silent.ReplyTo = ""
		for i, head := range []Letterhead{office, silent} {
			m, err := Render(&n, Recipient{Role: "owner", Lang: lang}, doors, head)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(m.Text, "\n", "")
			text = strings.ReplaceAll(text, " ", "")
			if !strings.Contains(text, strings.ReplaceAll(says[i], " ", "")) || strings.Contains(text, strings.ReplaceAll(says[1-i], " ", "")) {
				t.Errorf("%s, where people read what %q gets:\n%s", lang, head.ReplyTo, m.Text)
			}
		}
	}
}

// TestAMessageIDIsTheNoticesOwn: the same whatever the language and the links are, another for
// another notice, in the thread of its case; an id that would not do in mail is hashed.
func TestAMessageIDIsTheNoticesOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range []evenkeel.NoticeID{"n-1", "n-2", "n>\r\nBcc: x", "n 3", "n@3", evenkeel.NoticeID(strings.Repeat("n", 200))} {
		n := notice(evenkeel.MeasureThrottle, "m-1")
		n.ID = id
		a, err := Render(&n, Recipient{Lang: "en"}, doors, office)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Render(&n, Recipient{Lang: "zh"}, Links{}, office)
		if err != nil {
			t.Fatal(err)
		}
		local, ok := strings.CutSuffix(a.ID, "@abuse.example.com")
		if a.ID != b.ID || seen[a.ID] || !ok || len(local) > 64 || strings.Trim(local, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q is %q and %q", id, a.ID, b.ID)
		}
		seen[a.ID] = true
		if a.Header[0].Value != "<"+a.ID+">" || a.Header[1].Value != "<"+string(n.Case)+"@abuse.example.com>" || a.Header[2].Value != a.Header[1].Value {
			t.Errorf("%q has the headers %q", id, a.Header)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what it was (go test ./courier -run TestLetters -rewrite, and read the difference):\n%s", name, got)
	}
}
