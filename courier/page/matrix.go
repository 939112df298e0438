package page

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Matrix sends a message to a room by the client-server API, version 1.1 and later: PUT
// /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}. The id of the page is the
// transaction: a server that has it already answers with the same event and shows nothing new.
type Matrix struct {
	web
	room, tokenFile string
}

var _ Channel = (*Matrix)(nil)

type matrixMessage struct {
	Type string `json:"msgtype"`
	Body string `json:"body"`
	// No formatted body: nothing that others wrote is read as HTML. And no mentions: a
	// message of this kind to a room of one person notifies that person.
}

// NewMatrix returns the channel. server is the address of the homeserver, room an id such as
// !abc:example.net; an alias would have to be looked up first.
func NewMatrix(server, room, tokenFile string, c Client) (*Matrix, error) {
	w, err := newWeb("Matrix", server, c)
	switch {
	case err != nil:
		return nil, err
	case !strings.HasPrefix(room, "!") || len(room) > 255 || strings.ContainsAny(room, " \t\r\n"):
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the room of Matrix; expected an id such as !abc:example.net", Hint: "the settings of the room show its id; an alias, which begins with #, is none"}
	case tokenFile == "":
		return nil, evenkeel.Invalid("Matrix has no token; expected a file that holds one")
	}
	return &Matrix{w, room, tokenFile}, nil
}

// Name returns "matrix".
func (m *Matrix) Name() string { return "matrix" }

// Send sends one page.
func (m *Matrix) Send(ctx context.Context, p *Page) (string, error) {
	at := m.at.JoinPath("_matrix/client/v3/rooms/", url.PathEscape(m.room), "send/m.room.message", p.ID)
	answer, err := m.do(ctx, http.MethodPut, at, matrixMessage{"m.text", p.Title + "\n" + p.Text()}, bearer(m.tokenFile))
	if err != nil {
		return "", err
	}
	var got struct {
		Event string `json:"event_id"`
	}
	if json.Unmarshal(answer, &got) != nil || got.Event == "" {
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "send a page to " + m.name() + ": its answer names no event", Hint: "see that the address is that of a Matrix homeserver"}
	}
	return "event " + got.Event, nil
}
