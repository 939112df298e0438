package hello

import "strings"

// Answer is one of three.
type Answer uint8

// The answers. Unsure is what is said wherever a fact is missing.
const (
	Unsure Answer = iota
	No
	Yes
)

// String returns the answer in a word.
func (a Answer) String() string {
	switch a {
	case Unsure:
		return "unsure"
	case No:
		return "no"
	case Yes:
		return "yes"
	}
	return "invalid"
}

// Why a hello contradicts a user agent.
const (
	WhyOther    = "the hello is like that of another family than the user agent names"
	WhyNoGrease = "the user agent names a browser that puts reserved values (RFC 8701) into each hello, and there are none"
	WhyEncrypt  = "the hello offers encrypt-then-MAC (RFC 7366), which no browser has"
)

// Contradicts says whether a hello cannot come from the browser that a User-Agent header names. Yes
// comes with its reason. It rests on facts about a browser's own hello, so whatever reads along
// between a browser and us (companies' proxies, programs against viruses) contradicts too: it is a
// sign to weigh, in its domain and beside others, and never enough to turn anybody away.
//
// Chromium since 98 and Safari since 15 put reserved values into each hello over TCP; none of the
// browsers offers encrypt-then-MAC. About older ones, about the apps of phones, and about whatever
// calls itself a robot nothing is known, and the answer is Unsure.
func Contradicts(h *Hello, userAgent string) (Answer, string) {
	return h.Bearing().Contradicts(userAgent)
}

// Bearing is what of a hello Contradicts goes by: a few bytes, to be kept where the hello is not. Its zero value contradicts nothing.
type Bearing struct {
	like                        Family
	known, encryptsMAC, greased bool
}

// Bearing returns what Contradicts goes by.
func (h *Hello) Bearing() Bearing {
	if h.Transport != TCP {
		return Bearing{}
	}
	_, encrypts := h.Find(extEncryptMAC)
	return Bearing{h.Family(), true, encrypts, h.Flags.Has(Greased)}
}

// Contradicts is as the function of that name, for the hello that this is of.
func (b Bearing) Contradicts(userAgent string) (Answer, string) {
	if !b.known {
		return Unsure, ""
	}
	named := Claimed(userAgent)
	switch {
	case named == Unknown:
		return Unsure, ""
	case b.like == named:
		return No, ""
	case b.like.Browser() || b.like == Go:
		return Yes, WhyOther
	case b.encryptsMAC:
		return Yes, WhyEncrypt
	case named != Firefox && !b.greased:
		return Yes, WhyNoGrease
	}
	return Unsure, ""
}

// mostAgent is how much of a user agent is looked at, in bytes.
const mostAgent = 1024

// The oldest versions whose hellos were recorded.
const (
	oldestChromium = 98
	oldestFirefox  = 91
	oldestSafari   = 15
)

// others are words of user agents that name a browser beside what they are, or whose way to the network is not
// that browser's: robots, browsers whose makers' servers fetch for them, apps with a browser in them (their own code
// takes over its name), the engines before, and what is made of a browser with another TLS library or settings.
var others = [...]string{
	"compatible;", "bot", "crawl", "spider", "preview", "monitor", "http", "electron/", "; wv)", "edge/", "trident/",
	"ucbrowser", "puffin", "opera mini", "silk/", "google",
	"seamonkey/", "palemoon/", "goanna/", "waterfox/", "iceweasel/", "like firefox", "fban", "fbav", "instagram",
	"iphone", "ipad", "ipod", "android 4", "smarttv", "smart-tv", "tizen", "web0s", "webos", "playstation", "nintendo", "crkey",
}

// byFirst are the same by their first letters, so that a user agent is gone through once.
var byFirst = func() (t [256][]string) {
	for _, w := range others {
		t[w[0]] = append(t[w[0]], w)
	}
	return t
}()

// another says whether a user agent has one of those words.
func another(ua string) bool {
	for i := range len(ua) {
		for _, w := range byFirst[lower(ua[i])] {
			if begun(ua[i:], w) {
				return true
			}
		}
	}
	return false
}

// begun says whether s begins with a word in small letters, whatever letters it has itself.
func begun(s, word string) bool {
	if len(s) < len(word) {
		return false
	}
	for i := range len(word) {
		if lower(s[i]) != word[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Claimed returns the browser that a user agent names; Unknown where it names none, or one of which no hello
// was recorded. On phones of Apple all browsers have Apple's library, so nothing is concluded from their names.
func Claimed(userAgent string) Family {
	ua := userAgent[:min(len(userAgent), mostAgent)]
	if !strings.HasPrefix(ua, "Mozilla/5.0 (") || another(ua) {
		return Unknown
	}
	switch {
	case strings.Contains(ua, " Chrome/"):
		return since(ua, " Chrome/", oldestChromium, Chromium)
	case strings.Contains(ua, " Gecko/") && strings.Contains(ua, " Firefox/"):
		return since(ua, " Firefox/", oldestFirefox, Firefox)
	case strings.Contains(ua, "(Macintosh; Intel Mac OS X") && strings.Contains(ua, " Safari/"):
		return since(ua, " Version/", oldestSafari, Safari)
	}
	return Unknown
}

// since returns the family where the number behind the word is at least the oldest.
func since(ua, word string, oldest int, f Family) Family {
	_, rest, _ := strings.Cut(ua, word)
	n := 0
	for i := 0; i < len(rest) && i < 4 && rest[i] >= '0' && rest[i] <= '9'; i++ {
		n = 10*n + int(rest[i]-'0')
	}
	if n < oldest {
		return Unknown
	}
	return f
}
