package page

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Ntfy publishes to a topic of an ntfy server, as JSON to the server's root (docs.ntfy.sh,
// "Publish as JSON"). The id of the page is the sequence id: clients since ntfy 2.16 show two
// messages of one sequence once; older servers pass the field over.
type Ntfy struct {
	web
	topic, tokenFile string
}

var _ Channel = (*Ntfy)(nil)

// ntfyMessage has the fields of the documentation that are used.
type ntfyMessage struct {
	Topic    string   `json:"topic"`
	Title    string   `json:"title"`
	Message  string   `json:"message"`
	Priority int      `json:"priority"` // 1 to 5, the highest
	Tags     []string `json:"tags"`
	Click    string   `json:"click,omitempty"`
	Sequence string   `json:"sequence_id"`
}

// NewNtfy returns the channel. server is its address without a topic; tokenFile may be "".
func NewNtfy(server, topic, tokenFile string, c Client) (*Ntfy, error) {
	w, err := newWeb("ntfy", server, c)
	if err != nil {
		return nil, err
	}
	if strings.Trim(w.at.Path, "/") != "" {
		return nil, evenkeel.Invalid("the address of ntfy has a path; expected the server alone, and the topic apart")
	}
	// The server's own rule for topics.
	if topic == "" || len(topic) > 64 || strings.Trim(topic, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		return nil, evenkeel.Invalid("the topic of ntfy; expected 1 to 64 letters, digits, _ and -")
	}
	w.at.Path = "/"
	return &Ntfy{w, topic, tokenFile}, nil
}

// Name returns "ntfy".
func (n *Ntfy) Name() string { return "ntfy" }

// Send publishes one page.
func (n *Ntfy) Send(ctx context.Context, p *Page) (string, error) {
	answer, err := n.do(ctx, http.MethodPost, n.at, ntfyMessage{
		Topic: n.topic, Title: p.Title, Message: p.because(), Priority: 5, Tags: []string{"rotating_light"}, Click: p.Link, Sequence: p.ID,
	}, bearer(n.tokenFile))
	if err != nil {
		return "", err
	}
	var got struct{ ID string }
	if json.Unmarshal(answer, &got) != nil || got.ID == "" {
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "send a page to " + n.name() + ": its answer is not that of ntfy", Hint: "see that the address is that of an ntfy server"}
	}
	return "message " + got.ID, nil
}
