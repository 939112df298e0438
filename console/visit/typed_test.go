package visit_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/console/visit"
	"github.com/evenkeel/evenkeel/instrument/link"
)

// Nobody's script makes words get lost: what is too long comes back whole, with how much is too
// much of it; without that much it is taken in.
func TestWhatIsTooLongComesBackWholeInAnyScript(t *testing.T) {
	for _, c := range []struct {
		name, letter string
		typed, over  int
	}{
		{"Cyrillic", "ж", 5500, 1500}, {"Japanese", "日", 3700, 1034}, {"Latin", "x", 8001, 1}, {"Gothic", "𐌰", 2500, 500},
	} {
		for _, kind := range []string{"answer", "message", "announce"} {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				h := open(t)
				_, path := opened(t, h, link.Speak)
				text := strings.Repeat(c.letter, c.typed)
				form := answer(text)
				form.Set("machines", "500")
				form.Set("until", "2019-06-01T00:00")
				w := h.post(path+"/"+kind, form)
				body := w.Body.String()
				if w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, ">\n"+text+"</textarea>") {
					t.Fatalf("it answers %d, without what was typed", w.Code)
				}
				over, _ := strconv.Atoi(found1(regexp.MustCompile(`too long by (\d+) characters`), body))
				if over < c.over || kind != "announce" && over != c.over || over > c.over+200 {
					t.Fatalf("it is too long by %d; expected %d", over, c.over)
				}
				for _, most := range regexp.MustCompile(`maxlength="(\d+)" aria-d`).FindAllStringSubmatch(body, -1) {
					if n, _ := strconv.Atoi(most[1]); n < 20000 && n != 256 {
						t.Errorf("a browser cuts a text at %d characters", n)
					}
				}
				form.Set("text", strings.Repeat(c.letter, c.typed-over+1))
				if w := h.post(path+"/"+kind, form); w.Code != http.StatusUnprocessableEntity {
					t.Errorf("with one more than may be it answers %d", w.Code)
				}
				form.Set("text", strings.Repeat(c.letter, c.typed-over))
				h.follow(h.post(path+"/"+kind, form))
				if n := len(h.clerk.acts); n != 1 || !strings.Contains(h.clerk.acts[0].Says, form.Get("text")) {
					t.Errorf("%d acts; expected one with all that was typed", n)
				}
			})
		}
	}
}

func found1(re *regexp.Regexp, in string) string {
	if m := re.FindStringSubmatch(in); m != nil {
		return m[1]
	}
	return ""
}

// What a browser lets be typed can be read, whatever the script.
func TestTheLongestThatCanBeTypedIsRead(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	most, _ := strconv.Atoi(found1(regexp.MustCompile(`id="burst-text"[^>]* maxlength="(\d+)"`), h.get(path).Body.String()))
	long := strings.Repeat("日", most)
	form := url.Values{"nonce": {nonce()}, "text": {long}, "principal": {strings.Repeat("鍵", 256)}, "machines": {"1"}, "until": {"2019-06-01T00:00"}}
	if size := len(form.Encode()); most < visit.MaxWords || size < visit.MaxBody*9/10 {
		t.Fatalf("the longest form has %d characters in %d bytes; expected about %d bytes", most, size, visit.MaxBody)
	}
	w := h.post(path+"/announce", form)
	if body := w.Body.String(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, long) || !strings.Contains(body, `value="`+form.Get("principal")+`"`) || !strings.Contains(body, "Give one name") {
		t.Errorf("it answers %d, without all that was typed", w.Code)
	}
}

func TestARefusedFormSaysSoAndLeadsToItsFields(t *testing.T) {
	for _, c := range []struct {
		kind  string
		form  url.Values
		wants []string
	}{
		{"answer", url.Values{}, []string{"answer-text"}},
		{"message", url.Values{}, []string{"message-text"}},
		{"announce", url.Values{"machines": {"x"}, "from": {"x"}, "zone": {"x"}, "principal": {"a b"}}, []string{"burst-machines", "burst-from", "burst-until", "burst-zone", "burst-principal", "burst-text"}},
		{"announce", url.Values{"machines": {"5"}, "until": {"2019-06-01T00:00"}, "text": {"x"}, "principal": {"a,b"}}, []string{"burst-principal"}},
	} {
		h := open(t)
		_, path := opened(t, h, link.Speak)
		c.form.Set("nonce", nonce())
		body := h.post(path+"/"+c.kind, c.form).Body.String()
		checkHTML(t, body)
		trouble := found1(regexp.MustCompile(`(?s)<div class="note danger" id="trouble" role="alert" tabindex="-1" autofocus>(.*?)</div>`), body)
		var links []string
		for _, m := range regexp.MustCompile(`<a href="#([^"]+)">`).FindAllStringSubmatch(trouble, -1) {
			links = append(links, m[1])
		}
		if fmt.Sprint(links) != fmt.Sprint(c.wants) {
			t.Errorf("%s: it leads to %v; expected %v", c.kind, links, c.wants)
		}
		for _, to := range c.wants {
			if tag := found1(regexp.MustCompile(`(<[a-z]+ [^>]*id="`+to+`"[^>]*>)`), body); !strings.Contains(tag, to+`-wrong`) || !strings.Contains(tag, `aria-invalid="true"`) {
				t.Errorf("%s: the field is %s; expected it to be marked", c.kind, tag)
			}
		}
		if n := strings.Count(body, "autofocus"); n != 1 || !strings.Contains(body, "<title>Not sent: ") {
			t.Errorf("%s: %d places have the focus; the title is %s", c.kind, n, found1(regexp.MustCompile("<title>(.*)</title>"), body))
		}
		if body := h.get(path).Body.String(); strings.Contains(body, "autofocus") || strings.Contains(body, "Not sent") {
			t.Error("a page that nothing was sent to says that it was not sent")
		}
	}
}

// R9: what is wrong with a time is said of that time: a day that there is not lies in no past, and a
// zone is no time.
func TestATimeThatThereIsNotLiesInNoPast(t *testing.T) {
	for name, c := range map[string]struct{ from, zone, field, says, not string }{
		"a month that there is not": {"2026-13-01 08:00", "", "burst-from-wrong", "Give a day and a time that there are", "It lies in the past."},
		"a zone that is none":       {"", "Mars", "burst-zone-wrong", "how far your clock is from UTC", "a day and a time"},
		"a time before now":         {"2019-05-28 08:00", "", "burst-from-wrong", "It lies in the past.", "a day and a time"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			_, path := opened(t, h, link.Speak)
			form := answer("A launch")
			for k, v := range map[string]string{"machines": "5", "from": c.from, "until": "2019-06-02T08:00", "zone": c.zone} {
				form.Set(k, v)
			}
			w := h.post(path+"/announce", form)
			if body := w.Body.String(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, `id="`+c.field) || !strings.Contains(body, c.says) || strings.Contains(body, c.not) {
				t.Errorf("status %d; expected that %s says %q, and not %q", w.Code, c.field, c.says, c.not)
			}
		})
	}
}
