package page

import (
	"context"
	"net/http"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Slack posts to an incoming webhook, whose address is the secret (docs.slack.dev, "Sending
// messages using incoming webhooks"). There is nothing by which Slack could tell the same page
// twice: whoever gets it twice sees the same id in both.
type Slack struct {
	client  Client
	urlFile string
}

var _ Channel = (*Slack)(nil)

// slackMessage is text for notifications, and blocks for the channel.
type slackMessage struct {
	Text   string       `json:"text"`
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Elements []slackText `json:"elements,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// NewSlack returns the channel. The file holds the address of the webhook.
func NewSlack(urlFile string, c Client) (*Slack, error) {
	s := &Slack{c, urlFile}
	_, err := s.open()
	return s, err
}

func (s *Slack) open() (web, error) {
	return webIn("Slack", s.urlFile, s.client, "write the address of the incoming webhook into it, and nothing else")
}

// Name returns "slack".
func (s *Slack) Name() string { return "slack" }

// slackEscaper keeps a text from being markup: of the three signs Slack makes mentions and links.
var slackEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Send posts one page.
func (s *Slack) Send(ctx context.Context, p *Page) (string, error) {
	w, err := s.open()
	if err != nil {
		return "", err
	}
	plain := func(t string) *slackText { return &slackText{"plain_text", t} }
	m := slackMessage{
		Text: slackEscaper.Replace(p.Title + ": " + p.Why),
		Blocks: []slackBlock{
			{Type: "header", Text: plain(cutRunes(p.Title, 150))}, // which has at most 150 characters
			{Type: "section", Text: plain(p.because())},           // and this 3,000
			{Type: "context", Elements: []slackText{*plain(p.ID)}},
		},
	}
	if p.Link != "" { // plain text has no links
		link := &slackText{"mrkdwn", "<" + slackEscaper.Replace(strings.ReplaceAll(p.Link, "|", "%7C")) + "|Open the case>"}
		m.Blocks = append(m.Blocks, slackBlock{Type: "section", Text: link})
	}
	answer, err := w.do(ctx, http.MethodPost, w.at, m, nil)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(string(answer)) != "ok" {
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "send a page to " + w.name() + ": its answer is not ok", Hint: "see that the address is that of an incoming webhook"}
	}
	return "ok", nil
}

func cutRunes(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
