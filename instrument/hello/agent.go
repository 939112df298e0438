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
	named := Claimed(userAgent)
	if named == Unknown || h.Transport != TCP {
		return Unsure, ""
	}
	switch like := h.Family(); {
	case like == named:
		return No, ""
	case like.Browser() || like == Go:
		return Yes, WhyOther
	}
	if _, ok := h.Find(extEncryptMAC); ok {
		return Yes, WhyEncrypt
	}
	if named != Firefox && !h.Flags.Has(Greased) {
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
// that browser's: robots, apps with a browser in them (their own code takes over its name), the
// engines before, and what is made of a browser with another TLS library or settings.
var others = [...]string{
	"compatible;", "bot", "crawl", "spider", "preview", "monitor", "http", "electron/", "; wv)", "edge/", "trident/",
	"seamonkey/", "palemoon/", "goanna/", "waterfox/", "iceweasel/", "like firefox", "fban", "fbav", "instagram",
	"iphone", "ipad", "ipod", "android 4", "smarttv", "smart-tv", "tizen", "web0s", "webos", "playstation", "nintendo", "crkey",
}

// Claimed returns the browser that a user agent names; Unknown where it names none, or one of which no hello
// was recorded. On phones of Apple all browsers have Apple's library, so nothing is concluded from their names.
func Claimed(userAgent string) Family {
	ua := strings.ToLower(userAgent[:min(len(userAgent), mostAgent)])
	if !strings.HasPrefix(ua, "mozilla/5.0 (") {
		return Unknown
	}
	for _, w := range others {
		if strings.Contains(ua, w) {
			return Unknown
		}
	}
	switch {
	case strings.Contains(ua, " chrome/"):
		return since(ua, " chrome/", oldestChromium, Chromium)
	case strings.Contains(ua, " gecko/") && strings.Contains(ua, " firefox/"):
		return since(ua, " firefox/", oldestFirefox, Firefox)
	case strings.Contains(ua, "(macintosh; intel mac os x") && strings.Contains(ua, " safari/"):
		return since(ua, " version/", oldestSafari, Safari)
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
