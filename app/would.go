package app

import (
	"cmp"
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// ofNobody stands in a letter that is not sent where the tenant's own link would.
const ofNobody = "/t/the-tenants-own-link"

// WouldLetter is the letter that would have gone out of a decision in shadow, as courier.Render writes those that do, in a
// language (BCP 47); base is the address that links begin with, "" where there is none. Errors are those of
// judge.WouldTell and courier.Render.
func WouldLetter(f *docket.Folder, id evenkeel.DecisionID, policies []*policy.Policy, lang, base string, head courier.Letterhead) (console.Letter, error) {
	n, err := judge.WouldTell(f, id, policies...)
	if err != nil {
		return console.Letter{}, err
	}
	m, err := courier.Render(&n, courier.Recipient{Role: "owner", Lang: lang}, courier.Links{Speak: cmp.Or(base, "https://evenkeel.example") + ofNobody}, head)
	return console.Letter{Lang: m.Lang, Subject: m.Subject, Text: m.Text}, err
}

// letters writes what the console shows of letters that would have gone out, each in the language of the tenant's owner.
func (p *Policies) letters(lang func(evenkeel.TenantID, string) string, base string, head courier.Letterhead) func(context.Context, *docket.Folder, evenkeel.DecisionID) (console.Letter, error) {
	all := append([]*policy.Policy{p.Force}, p.Shadow...)
	return func(_ context.Context, f *docket.Folder, id evenkeel.DecisionID) (console.Letter, error) {
		return WouldLetter(f, id, all, lang(f.Case.Tenant, "owner"), base, head)
	}
}
