package console

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// stopView is the form by which a person has a site show its own page at once.
type stopView struct {
	Site                    evenkeel.AssetID // typed
	Minutes, Update, Reason string           // likewise
	Most                    int              // minutes
	Bytes                   int              // of Update
	Nonce                   string
	Wrong, Hint             string
	Done                    evenkeel.AssetID // it is ordered of this one
}

// stopping is the form for whoever looks; nil where they may not.
func stopping(v *visit) *stopView {
	if !v.who.Person.May(roll.Decide) {
		return nil
	}
	return &stopView{
		Site: evenkeel.AssetID(v.r.URL.Query().Get("site")), Minutes: strconv.Itoa(int(docket.ShutFor / time.Minute)), Most: int(docket.MostShut / time.Minute),
		Bytes: docket.MostUpdate, Nonce: rand.Text(), Done: evenkeel.AssetID(v.r.URL.Query().Get("stopped")),
	}
}

// stop has a site show its own page at once.
func (s *Server) stop(v *visit) error {
	f := stopping(v)
	f.Site, f.Minutes, f.Update, f.Done = evenkeel.AssetID(v.form.line("site")), v.form.line("minutes"), v.form.line("update"), ""
	tenant := evenkeel.TenantID(v.r.URL.Query().Get("tenant"))
	var r refusal
	f.Reason = reason(v.form, "reason", &r)
	minutes, err := strconv.Atoi(f.Minutes)
	switch {
	case !nonceForm.MatchString(v.form.line("nonce")) || f.Site == "":
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case err != nil || minutes < 1 || minutes > f.Most:
		err = evenkeel.Invalid("It lasts %.20q minutes; expected 1 to %d.", f.Minutes, f.Most)
	case len(r.Wrong) > 0:
		err = evenkeel.Invalid("%s", r.WrongAt("reason"))
	default:
		err = s.parts.Acts.Do(v.ctx(), v.sent(docket.Act{
			Kind: docket.ActShut, At: v.now, Says: f.Reason, Assets: []evenkeel.AssetID{f.Site}, Until: v.now.Add(time.Duration(minutes) * time.Minute), Update: f.Update,
		}, ""))
	}
	switch {
	case err == nil:
		to := url.Values{"tenant": {string(tenant)}, "site": {string(f.Site)}, "stopped": {string(f.Site)}}
		http.Redirect(v.w, v.r, "/sites/of?"+to.Encode()+"#content", http.StatusSeeOther)
		return nil
	case evenkeel.KindOf(err) == evenkeel.KindInternal:
		return err
	}
	f.Wrong, f.Hint = told(err), evenkeel.HintOf(err)
	return s.showSitesOf(v, evenkeel.KindOf(err).HTTPStatus(), f)
}
