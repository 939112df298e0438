package phrasebook

import (
	"fmt"
	"strconv"
	"strings"
)

// rates are the parameters of measures that count something a second, as orders name them, and what they count.
var rates = []struct{ name, en, zh string }{
	{"syn_rate", "new TCP connections (SYN)", "个新 TCP 连接（SYN）"},
	{"new_flows", "new flows", "个新流"},
	{"rate", "packets", "个数据包"},
	{"bit_rate", "bits", "比特"},
}

// Amounts says the numbers of a measure, from the parameters of its order, each in English and in simplified Chinese. What
// it has no words for is for whoever carries it out, and is left out.
func Amounts(params map[string]string) (en, zh []string) {
	add := func(inEnglish, inChinese string, args ...any) {
		en, zh = append(en, fmt.Sprintf(inEnglish, args...)), append(zh, fmt.Sprintf(inChinese, args...))
	}
	for _, r := range rates {
		if n := params[r.name]; n != "" {
			add("at most %[1]s "+r.en+" a second", "每秒最多 %[1]s "+r.zh, grouped(n))
		}
	}
	for _, r := range rates {
		if n := params[r.name+"_to"]; n != "" {
			add("to each destination at most %[1]s "+r.en+" a second", "对每个目的地每秒最多 %[1]s "+r.zh, grouped(n))
		}
	}
	if share, ok := strings.CutSuffix(params["cpu"], "%"); ok {
		add("at most %s %% of the CPU", "最多 %s %% 的 CPU", share)
	}
	if flows := params["flows"]; flows != "" {
		add("destinations that are cut off: %d", "被切断的目的地：%d 个", strings.Count(flows, ",")+1)
	}
	if params["when"] == "pressed" {
		add("only while what comes presses, and nothing less helps", "仅在来访流量造成压力且更轻的措施无效时")
	}
	return en, zh
}

// Numbers are the parameters that are told to tenants: numbers, and whether something holds only while visitors press; not addresses of
// others, and not what is for whoever carries a measure out. nil: there are none.
func Numbers(params map[string]string) (told map[string]string) {
	names := []string{"cpu", "when"}
	for _, r := range rates {
		names = append(names, r.name, r.name+"_to")
	}
	for _, name := range names {
		if v := params[name]; v != "" {
			if told == nil {
				told = map[string]string{}
			}
			told[name] = v
		}
	}
	return told
}

// grouped writes a whole number with a comma before each three digits; anything else as it is.
func grouped(s string) string {
	if _, err := strconv.ParseUint(s, 10, 64); err != nil {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
