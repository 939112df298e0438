package console

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// maxFlags is how many flags one page shows.
const maxFlags = 100

// flagsView is the list of clearances.
type flagsView struct {
	Tenant string
	Flags  []flagView
	Part   part
	Nonce  string
	Done   evenkeel.FlagID // which was revoked just now; "" if none was
	Wrong  string          // what is wrong with the reason of Of
	Of     string
	Reason string
	Now    evenkeel.Moment
	May    bool // revoke
}

// flags lists clearances: those that stand first, of these the one that ends first.
func (s *Server) flags(v *visit) error {
	q := v.r.URL.Query()
	return s.showFlags(v, http.StatusOK, flagsView{Tenant: strings.TrimSpace(q.Get("tenant")), Done: evenkeel.FlagID(q.Get("revoked"))})
}

func (s *Server) showFlags(v *visit, status int, d flagsView) error {
	flags, err := s.parts.Books.Flags(v.ctx(), evenkeel.TenantID(d.Tenant))
	if err != nil {
		return err
	}
	views := make([]flagView, len(flags))
	for i := range flags {
		views[i] = flagOf(&flags[i], v.now)
		views[i].Name = cmp.Or(s.parts.Tenants.Profile(flags[i].Tenant).Name, string(flags[i].Tenant))
	}
	slices.SortStableFunc(views, func(a, b flagView) int {
		switch {
		case a.Stands != b.Stands && a.Stands:
			return -1
		case a.Stands != b.Stands:
			return 1
		case a.Until < b.Until == a.Stands:
			return -1
		default:
			return 1
		}
	})
	if !revoked(flags, d.Done) {
		d.Done = ""
	}
	d.Part = v.pages("/flags").of("from", len(views), maxFlags, "", "flags")
	d.Part.Earlier, d.Part.Later = "Flags before these", "Flags after these"
	d.Flags, d.Nonce, d.Now = views[d.Part.From:d.Part.Until], rand.Text(), v.now
	d.May = v.who.Person.May(roll.GrantFlags)
	return s.show(v, status, sheet.Page{Title: "Flags"}, "flags", d)
}

// revoked says whether a flag is among these, and ended by a person.
func revoked(flags []evenkeel.Flag, id evenkeel.FlagID) bool {
	return slices.ContainsFunc(flags, func(f evenkeel.Flag) bool { return f.ID == id && f.Revoked != 0 })
}

// revoke ends a flag. All forms of the page have one nonce, so the flag is part of the act's identity.
func (s *Server) revoke(v *visit) error {
	id, reason := v.form.line("flag"), v.form.text("reason")
	flags, err := s.parts.Books.Flags(v.ctx(), "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(flags, func(f evenkeel.Flag) bool { return string(f.ID) == id })
	switch {
	case i < 0:
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no flag %.80s", id), Hint: "the page of flags lists all"}
	case !nonceForm.MatchString(v.form["nonce"]):
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "open the page of flags, and send it from there"}
	case reason == "" || len(reason) > maxSays:
		return s.showFlags(v, http.StatusBadRequest, flagsView{Of: id, Reason: reason, Wrong: fmt.Sprintf("Give the reason, in at most %d bytes.", maxSays)})
	}
	f := &flags[i]
	err = s.parts.Acts.Do(v.ctx(), v.sent(docket.Act{
		Kind: docket.ActRevoke, At: v.now, Tenant: f.Tenant, Family: f.Family, Says: reason, Flag: f.ID,
	}, id))
	switch evenkeel.KindOf(err) {
	case evenkeel.KindInternal:
		if err != nil {
			return err
		}
	default:
		if f.Revoked != 0 { // it has no form any more that could say why
			return err
		}
		return s.showFlags(v, evenkeel.KindOf(err).HTTPStatus(), flagsView{Of: id, Reason: reason, Wrong: told(err)})
	}
	if flags, err = s.parts.Books.Flags(v.ctx(), f.Tenant); err != nil {
		return err
	}
	if !revoked(flags, evenkeel.FlagID(id)) {
		return s.showFlags(v, http.StatusConflict, flagsView{Of: id, Reason: reason, Wrong: "the flag still stands, though nothing refused to revoke it; send the form again"})
	}
	http.Redirect(v.w, v.r, "/flags?"+url.Values{"revoked": {id}}.Encode(), http.StatusSeeOther)
	return nil
}
