package status

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Shown is for how long incidents are shown.
const Shown = 90 * 24 * time.Hour

// MaxPage is how many bytes the page has at most; the oldest incidents are left out before that.
const MaxPage = 32 << 10

// State is how it is.
type State struct {
	Operator  string
	Base      string // where the page stands, without a slash at its end
	At        evenkeel.Moment
	Edges     int               // that are known
	Silent    int               // of these
	Disturbed int               // sites at which too many requests are not served at the moment
	Mute      bool              // no way is set up by which notices leave
	Notices   int               // that wait to be told
	Incidents []docket.Incident // the newest first; who is touched stands nowhere
}

// Component is a part of the platform, and how it is now.
type Component struct {
	Name  docket.Texts `json:"name"`
	State string       `json:"state"` // works, hurt, unknown
	Says  docket.Texts `json:"says"`
}

// Parts are the parts of the platform.
func (s *State) Parts() []Component {
	edges := Component{docket.Texts{English: "Edges", Chinese: "边缘节点"}, "works", docket.Texts{English: "No site is known to be disturbed.", Chinese: "未发现受影响的网站。"}}
	switch {
	case s.Edges == 0:
		edges.State, edges.Says = "unknown", docket.Texts{English: "No edge tells us anything at the moment.", Chinese: "目前没有边缘节点向我们报告。"}
	case s.Silent > 0:
		edges.State, edges.Says = "hurt", docket.Texts{English: "Some servers do not answer.", Chinese: "部分服务器没有响应。"}
	case s.Disturbed > 0: // neither how many nor which: that would say whose
		edges.State, edges.Says = "hurt", docket.Texts{English: "Some sites are disturbed: not all of their requests are served.", Chinese: "部分网站受到影响：其部分请求未得到应答。"}
	}
	for i := range s.Incidents {
		if x := &s.Incidents[i]; x.Over == 0 && len(x.Updates) > 0 {
			edges.State, edges.Says = "hurt", docket.Texts{English: "Not all requests are served.", Chinese: "部分请求未得到应答。"}
		}
	}
	notices := Component{docket.Texts{English: "Notices", Chinese: "通知"}, "works", docket.Texts{English: "Notices leave.", Chinese: "通知正常发出。"}}
	switch {
	case s.Mute:
		notices.State, notices.Says = "unknown", docket.Texts{English: "Notices are not set up.", Chinese: "尚未设置通知。"}
	case s.Notices > 100:
		notices.State, notices.Says = "hurt", docket.Texts{English: "Notices leave late.", Chinese: "通知发出有延迟。"}
	}
	return []Component{
		edges, {docket.Texts{English: "Console", Chinese: "控制台"}, "works", docket.Texts{English: "It worked when this page was written.", Chinese: "写入本页时运行正常。"}}, notices,
	}
}

// told are the incidents of which a person sent something, in the time that is shown.
func (s *State) told() (out []docket.Incident) {
	for _, i := range s.Incidents {
		if len(i.Updates) > 0 && s.At.Sub(i.Began) <= Shown {
			out = append(out, i)
		}
	}
	return out
}
