package chinese

import (
	"regexp"
	"strings"
)

// kinds are the holes that hold no phrase.
var kinds = map[string]func(string) (string, bool){
	"": anything, "w": oneWord, "n": number, "l": length, "o": off, "m": moment, "f": family, "e": measure, "s": things, "d": span, "u": counted, "a": ago,
}

func anything(s string) (string, bool) { return s, !strings.Contains(s, mark) }

func oneWord(s string) (string, bool) { return s, !strings.ContainsAny(s, " "+mark) }

// startsNumber says whether a text may begin with a number.
func startsNumber(s string) bool {
	return strings.HasPrefix(s, "−") || s[0] == '-' || s[0] >= '0' && s[0] <= '9'
}

var numbers = regexp.MustCompile(`^[−-]?[0-9][0-9.,\x{202f}]*$`)

func number(s string) (string, bool) { return s, numbers.MatchString(s) }

// lengths are those that sheet.Length writes, and those of rules and policies, such as 9 minutes 4 seconds and 1.6 seconds.
var (
	lengths = regexp.MustCompile(`^(−?)([0-9]+(?:\.[0-9]+)?) (s|min|h|days?|hours?|minutes?|seconds?)(?: ([0-9]+) (min|hours?|minutes?|seconds?))?$`)
	units   = map[string]string{"s": "秒", "min": "分钟", "h": "小时", "day": "天", "hour": "小时", "minute": "分钟", "second": "秒"}
)

func unit(s string) string {
	if zh, ok := units[s]; ok {
		return zh
	}
	return units[strings.TrimSuffix(s, "s")]
}

// length says a length of time.
func length(s string) (string, bool) {
	if !startsNumber(s + "x") {
		return "", false
	}
	m := lengths.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	zh := m[1] + m[2] + unit(m[3])
	if m[4] != "" {
		zh += m[4] + unit(m[5])
	}
	return zh, true
}

// off says how far off a moment is, as sheet.Until writes it.
func off(s string) (string, bool) {
	switch {
	case s == "now":
		return "现在", true
	case s == "at a time that is not known":
		return "时间未知", true
	}
	if l, ahead := strings.CutPrefix(s, "in "); ahead {
		zh, ok := length(l)
		return zh + "后", ok
	}
	l, past := strings.CutSuffix(s, " ago")
	zh, ok := length(l)
	return zh + "前", past && ok
}

var moments = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?:Z| UTC)$`)

var offsets = regexp.MustCompile(`^T[+-](?:\d+d|\d+h\d+m|\d+m)$`)

// moment says a moment as sheet.Moment and the judge's sentences write it, or as whoever judges by lot
// reads it.
func moment(s string) (string, bool) {
	if strings.HasPrefix(s, "T") {
		return s, offsets.MatchString(s)
	}
	if len(s) < len("2006-01-02T15:04Z") || s[4] != '-' {
		return "", false
	}
	m := moments.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return m[1] + " " + m[2] + " UTC", true
}

func family(s string) (string, bool) {
	zh, ok := families[s]
	return zh, ok
}

func measure(s string) (string, bool) {
	zh, ok := measures[s]
	return zh, ok
}

var more = regexp.MustCompile(`^([^\x01]+) and ([0-9]+) (?:more|others?)$`)

// things says whom or what something is about: names are kept, and what stands for none or for
// more of them is said.
func things(s string) (string, bool) {
	if zh, ok := stands[s]; ok {
		return zh, true
	}
	if m := more.FindStringSubmatch(s); m != nil {
		return m[1] + "，另外" + m[2] + "个", true
	}
	if a, b, both := strings.Cut(s, " and "); both && !strings.ContainsAny(a+b, " ,"+mark) {
		return a + " 和 " + b, true
	}
	return s, !strings.Contains(s, mark) && !strings.Contains(s, ". ") && !strings.Contains(s, "; ") && !strings.Contains(s, ": ")
}

var spans = regexp.MustCompile(`^(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$`)

// nouns are what rules count, each with what is said behind the number.
var nouns = map[string]string{"report": "件举报", "flow record": "条流记录"}

// counted says a number with what is counted, such as 2 flow records.
func counted(s string) (string, bool) {
	n, noun, _ := strings.Cut(s, " ")
	zh, ok := nouns[strings.TrimSuffix(noun, "s")]
	return n + " " + zh, ok && numbers.MatchString(n)
}

// ago says how long before the finding something was.
func ago(s string) (string, bool) {
	if s == "just now" {
		return "刚才", true
	}
	if before, is := strings.CutSuffix(s, " ago"); is {
		zh, ok := span(before)
		return " " + zh + "前", ok // joined to what stands before it as any number is
	}
	return span(s) // why it is not known
}

// span says a length of time as the judge writes it, such as 14h20m; another text is kept as it is.
func span(s string) (string, bool) {
	switch s {
	case "less than a minute":
		return "不到一分钟", true
	case "less than nothing":
		return "不足零", true
	case "unknown":
		return "未知", true
	}
	if zh, ok := length(s); ok {
		return zh, true
	}
	m := spans.FindStringSubmatch(s)
	if m == nil {
		return s, !strings.Contains(s, mark) && !strings.Contains(s, ". ")
	}
	zh := ""
	for i, unit := range []string{"小时", "分钟", "秒"} {
		if m[i+1] != "" {
			zh += m[i+1] + unit
		}
	}
	return zh, true
}
