package browser

import (
	tls "github.com/refraction-networking/utls"
	"golang.org/x/net/http2"
)

// Kind is how a client introduces itself. Settings, window, priorities and the order of pseudo-headers are those that recordings of
// these browsers have, the hellos are those of the module utls for the same versions.
type Kind struct {
	Name     string
	Agent    string
	Hello    tls.ClientHelloID
	Settings []http2.Setting
	Window   uint32 // by which the connection's window is raised at once
	Tree     []branch
	First    uint32 // the first request's stream
	Pseudo   string // order of :method, :authority, :scheme, :path by their first letters
	Weight   http2.PriorityParam
	Document []Field // in their order; "" stands for the cookie's place
	Asset    []Field
	Tries    float64 // of a challenge's work, a second
}

// Field is one header field.
type Field struct{ Name, Value string }

type branch struct {
	stream uint32
	param  http2.PriorityParam
}

const (
	chromeAgent  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36"
	androidAgent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Mobile Safari/537.36"
	firefoxAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
	safariAgent  = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15"
)

// What a script does of a challenge's work (instrument/challenge: 10⁶ tries a second, telephones thirty times fewer).
const (
	desktopTries   = 1e6
	telephoneTries = desktopTries / 30
)

var chromeSettings = []http2.Setting{
	{ID: http2.SettingHeaderTableSize, Val: 65536}, {ID: http2.SettingEnablePush, Val: 0},
	{ID: http2.SettingInitialWindowSize, Val: 6291456}, {ID: http2.SettingMaxHeaderListSize, Val: 262144},
}

func chromeDocument(agent, platform, mobile string) []Field {
	return []Field{
		{"sec-ch-ua", `"Not(A:Brand";v="99", "Google Chrome";v="133", "Chromium";v="133"`}, {"sec-ch-ua-mobile", mobile}, {"sec-ch-ua-platform", platform},
		{"upgrade-insecure-requests", "1"}, {"user-agent", agent},
		{"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"},
		{"sec-fetch-site", "none"}, {"sec-fetch-mode", "navigate"}, {"sec-fetch-user", "?1"}, {"sec-fetch-dest", "document"},
		{"accept-encoding", "gzip, deflate, br, zstd"}, {"accept-language", "en-US,en;q=0.9"}, {"", ""}, {"priority", "u=0, i"},
	}
}

func chromeAsset(agent, platform, mobile string) []Field {
	return []Field{
		{"sec-ch-ua-platform", platform}, {"user-agent", agent},
		{"sec-ch-ua", `"Not(A:Brand";v="99", "Google Chrome";v="133", "Chromium";v="133"`}, {"sec-ch-ua-mobile", mobile},
		{"accept", "*/*"}, {"sec-fetch-site", "same-origin"}, {"sec-fetch-mode", "no-cors"}, {"sec-fetch-dest", "script"},
		{"accept-encoding", "gzip, deflate, br, zstd"}, {"accept-language", "en-US,en;q=0.9"}, {"", ""}, {"priority", "u=1"},
	}
}

// The kinds of visitors.
var (
	Chrome = Kind{
		Name: "Chrome 133", Agent: chromeAgent, Hello: tls.HelloChrome_133, Settings: chromeSettings, Window: 15663105, First: 1, Pseudo: "masp",
		Weight: http2.PriorityParam{Exclusive: true, Weight: 255}, Tries: desktopTries,
		Document: chromeDocument(chromeAgent, `"Windows"`, "?0"), Asset: chromeAsset(chromeAgent, `"Windows"`, "?0"),
	}
	Telephone = Kind{
		Name: "Chrome 133 on Android", Agent: androidAgent, Hello: tls.HelloChrome_133, Settings: chromeSettings, Window: 15663105, First: 1, Pseudo: "masp",
		Weight: http2.PriorityParam{Exclusive: true, Weight: 255}, Tries: telephoneTries,
		Document: chromeDocument(androidAgent, `"Android"`, "?1"), Asset: chromeAsset(androidAgent, `"Android"`, "?1"),
	}
	Firefox = Kind{
		Name: "Firefox 120", Agent: firefoxAgent, Hello: tls.HelloFirefox_120,
		Settings: []http2.Setting{{ID: http2.SettingHeaderTableSize, Val: 65536}, {ID: http2.SettingInitialWindowSize, Val: 131072}, {ID: http2.SettingMaxFrameSize, Val: 16384}},
		Window:   12517377, First: 15, Pseudo: "mpas", Weight: http2.PriorityParam{StreamDep: 13, Weight: 41}, Tries: desktopTries,
		Tree: []branch{
			{3, http2.PriorityParam{Weight: 200}}, {5, http2.PriorityParam{Weight: 100}}, {7, http2.PriorityParam{Weight: 0}},
			{9, http2.PriorityParam{StreamDep: 7, Weight: 0}}, {11, http2.PriorityParam{StreamDep: 3, Weight: 0}}, {13, http2.PriorityParam{Weight: 240}},
		},
		Document: []Field{
			{"user-agent", firefoxAgent}, {"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
			{"accept-language", "en-US,en;q=0.5"}, {"accept-encoding", "gzip, deflate, br"}, {"", ""}, {"upgrade-insecure-requests", "1"},
			{"sec-fetch-dest", "document"}, {"sec-fetch-mode", "navigate"}, {"sec-fetch-site", "none"}, {"sec-fetch-user", "?1"}, {"te", "trailers"},
		},
		Asset: []Field{
			{"user-agent", firefoxAgent}, {"accept", "*/*"}, {"accept-language", "en-US,en;q=0.5"}, {"accept-encoding", "gzip, deflate, br"}, {"", ""},
			{"sec-fetch-dest", "script"}, {"sec-fetch-mode", "no-cors"}, {"sec-fetch-site", "same-origin"}, {"te", "trailers"},
		},
	}
	Safari = Kind{
		Name: "Safari 16", Agent: safariAgent, Hello: tls.HelloSafari_16_0,
		Settings: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 4194304}, {ID: http2.SettingMaxConcurrentStreams, Val: 100}},
		Window:   10485760, First: 1, Pseudo: "mspa", Weight: http2.PriorityParam{Weight: 254}, Tries: desktopTries,
		Document: []Field{
			{"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, {"", ""}, {"accept-encoding", "gzip, deflate, br"},
			{"user-agent", safariAgent}, {"accept-language", "en-GB,en;q=0.9"},
		},
		Asset: []Field{
			{"accept", "*/*"}, {"", ""}, {"accept-encoding", "gzip, deflate, br"}, {"user-agent", safariAgent}, {"accept-language", "en-GB,en;q=0.9"},
		},
	}
	// Library is a program that says it is Chrome and has neither its hello nor its preface: Go's own.
	Library = Kind{
		Name: "a library as Chrome", Agent: chromeAgent, Hello: tls.HelloGolang,
		Settings: []http2.Setting{
			{ID: http2.SettingEnablePush, Val: 0}, {ID: http2.SettingInitialWindowSize, Val: 4194304}, {ID: http2.SettingMaxFrameSize, Val: 16384}, {ID: http2.SettingMaxHeaderListSize, Val: 10485760},
		},
		Window: 1073741824, First: 1, Pseudo: "amps", Tries: desktopTries,
		Document: []Field{{"user-agent", chromeAgent}, {"accept", "text/html,application/xhtml+xml,*/*;q=0.8"}, {"accept-language", "en-US,en;q=0.9"}, {"", ""}, {"accept-encoding", "gzip"}},
		Asset:    []Field{{"user-agent", chromeAgent}, {"accept", "*/*"}, {"", ""}, {"accept-encoding", "gzip"}},
	}
)

// As returns a kind under another name of a user agent.
func (k Kind) As(agent string) Kind {
	swap := func(fields []Field) []Field {
		list := make([]Field, len(fields))
		for i, f := range fields {
			if list[i] = f; f.Name == "user-agent" {
				list[i].Value = agent
			}
		}
		return list
	}
	k.Agent, k.Document, k.Asset = agent, swap(k.Document), swap(k.Asset)
	return k
}
