package policy

import "github.com/evenkeel/evenkeel/instrument/strict"

// document is what a policy says, before it is checked. Its keys and their order are those of
// keys.go.
type document struct {
	Policy        strict.Text                                          `yaml:"policy,required"`
	Version       strict.Located[int]                                  `yaml:"version,required"`
	Mode          strict.Text                                          `yaml:"mode,required"`
	About         strict.Text                                          `yaml:"about,required"`
	Authors       []strict.Text                                        `yaml:"authors"`
	Safeguards    []strict.Located[safeguardDoc]                       `yaml:"safeguards"`
	Families      map[strict.Located[string]]strict.Located[familyDoc] `yaml:"families,required"`
	Other         strict.Located[familyDoc]                            `yaml:"other"`
	Announcements strict.Located[announcementsDoc]                     `yaml:"announcements"`
	Governor      governorDoc                                          `yaml:"governor"`
	Promotion     strict.Located[promotionDoc]                         `yaml:"promotion"`
	Credits       strict.Located[creditsDoc]                           `yaml:"credits"`
	Audit         strict.Located[auditDoc]                             `yaml:"audit"`
}

type safeguardDoc struct {
	Name     strict.Text `yaml:"name,required"`
	Asks     strict.Text `yaml:"asks,required"`
	Applies  strict.Text `yaml:"applies"`
	Protects strict.Text `yaml:"protects,required"`
	Because  becauseDoc  `yaml:"because,required"`
}

type becauseDoc struct {
	Protect       strict.Text `yaml:"protect,required"`
	Permit        strict.Text `yaml:"permit,required"`
	NotApplicable strict.Text `yaml:"n/a"`
}

type familyDoc struct {
	Harm     strict.Text                                           `yaml:"harm,required"`
	Clause   strict.Text                                           `yaml:"clause,required"`
	Ladder   []strict.Text                                         `yaml:"ladder,required"`
	Wants    []strict.Located[wantDoc]                             `yaml:"wants,required"`
	Measures map[strict.Located[string]]strict.Located[measureDoc] `yaml:"measures,required"`
	Tighter  map[strict.Located[string]]strict.Located[paramsDoc]  `yaml:"tighter"`
	Clocks   clocksDoc                                             `yaml:"clocks,required"`
	Mandate  strict.Text                                           `yaml:"mandate"`
	Criteria []strict.Text                                         `yaml:"criteria,required"`
	Victim   strict.Located[bool]                                  `yaml:"victim"`
	Signs    []strict.Text                                         `yaml:"victim_signs"`
	Tell     strict.Located[bool]                                  `yaml:"tell_victims"`
	TellBy   strict.Text                                           `yaml:"tell_attacked"`
}

type wantDoc struct {
	Measure strict.Text `yaml:"measure,required"`
	When    strict.Text `yaml:"when"`
}

type measureDoc struct {
	Lease   strict.Located[span] `yaml:"lease,required"`
	Hearing strict.Located[span] `yaml:"hearing"`
	Params  paramsDoc            `yaml:"params"`
	Keeps   []strict.Text        `yaml:"keeps,required"`
}

type paramsDoc map[strict.Located[string]]strict.Located[plain]

type clocksDoc struct {
	TenantAnswer strict.Located[span] `yaml:"tenant_answer,required"`
	OurAnswer    strict.Located[span] `yaml:"our_answer,required"`
	Appeal       strict.Located[span] `yaml:"appeal,required"`
	Latch        strict.Located[span] `yaml:"latch,required"`
	Page         strict.Located[span] `yaml:"page"`
	SecondLevel  strict.Located[span] `yaml:"second_level"`
	AppealAnswer strict.Located[span] `yaml:"appeal_answer"`
	AppealDown   strict.Located[span] `yaml:"appeal_down"`
	Retrieval    strict.Located[span] `yaml:"retrieval"`
	Contacts     strict.Located[span] `yaml:"contacts"`
	Turn         strict.Located[span] `yaml:"turn"`

	Answers map[strict.Located[string]]strict.Located[span] `yaml:"answers"`
}

type announcementsDoc struct {
	Families []strict.Text               `yaml:"families,required"`
	Longest  strict.Located[span]        `yaml:"longest,required"`
	Ahead    strict.Located[span]        `yaml:"ahead"`
	Earned   []strict.Located[earnedDoc] `yaml:"earned"`
}

type earnedDoc struct {
	When     strict.Text           `yaml:"when,required"`
	Machines strict.Located[int64] `yaml:"machines,required"`
	Because  strict.Text           `yaml:"because,required"`
}

type governorDoc struct {
	Rule    strict.Located[rateDoc]    `yaml:"rule"`
	Measure strict.Located[rateDoc]    `yaml:"measure"`
	Region  strict.Located[rateDoc]    `yaml:"region"`
	Breaker strict.Located[breakerDoc] `yaml:"breaker"`
	Damping strict.Located[dampingDoc] `yaml:"damping"`
}

type rateDoc struct {
	AtOnce strict.Located[int64] `yaml:"at_once,required"`
	Every  strict.Located[span]  `yaml:"one_more_every,required"`
}

type breakerDoc struct {
	Newest      strict.Located[int]  `yaml:"newest"`
	Within      strict.Located[span] `yaml:"within"`
	Established strict.Located[span] `yaml:"established"`
	Share       strict.Located[int]  `yaml:"share"`
}

type dampingDoc struct {
	For strict.Located[span]  `yaml:"for"`
	By  strict.Located[int64] `yaml:"by"`
}

type promotionDoc struct {
	Enforced strict.Located[bool]                           `yaml:"enforced"`
	Confirm  []strict.Text                                  `yaml:"confirm"`
	Canary   map[strict.Located[string]]strict.Located[int] `yaml:"canary"`
	Live     []strict.Text                                  `yaml:"live"`
	New      strict.Text                                    `yaml:"new_rule"`
	Next     strict.Text                                    `yaml:"new_version"`
}

type creditsDoc struct {
	Mode     strict.Text                                      `yaml:"mode,required"`
	UpTo     strict.Located[plain]                            `yaml:"up_to"`
	Currency strict.Text                                      `yaml:"currency"`
	Decimals strict.Located[int]                              `yaml:"decimals"`
	Other    strict.Located[plain]                            `yaml:"other"`
	Hour     map[strict.Located[string]]strict.Located[plain] `yaml:"hour"`
	Within   strict.Located[span]                             `yaml:"within"`
}

type auditDoc struct {
	Share    strict.Located[int] `yaml:"share"`
	Controls strict.Located[int] `yaml:"controls"`
	Limit    strict.Located[int] `yaml:"limit"`
}

// plain is a text that may be written as a number: a param is for whoever enforces a measure.
type plain string

// UnmarshalText takes the text as it is.
func (p *plain) UnmarshalText(b []byte) error {
	*p = plain(b)
	return nil
}
