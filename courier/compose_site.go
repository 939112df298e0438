package courier

import "github.com/evenkeel/evenkeel"

// siteWords are those of letters about a site that others flood, in the place of what is said of machines: nobody takes what comes there
// for the tenant's doing.
type siteWords struct {
	innocent  string // about what was seen
	is, will  string // of the notice page, where it is shown only while a flood lasts: the assets
	helps     string // what to write
	passOn    string // that a customer may have to know
	permitted string // closed since it is so and is wanted, the assets
	confirmed string // how it was closed, where it was a flood
	victim    string // the same, by another word for it
}

var englishSite = siteWords{
	innocent: "Others send these requests; you are not accused of anything. If they are visitors whom you expect, such as after a newsletter or on a day of sales, say so in a sentence, and a person ends it.",
	is:       "While a flood lasts and nothing less helps, visitors of %s see a notice page, at most", will: "While a flood lasts and nothing less helps, visitors of %s will see a notice page",
	helps:     "It helps us if you say whether you expect many visitors now, and whether something at the site does not work as it should.",
	passOn:    "If this is a site of a customer of yours, please pass this on: they can write to us through you, and what they say counts as your answer. We ask you, and not them, because we know only you.",
	permitted: "A person looked at what we saw on %s and closed it in your favour: these visitors are welcome.",
	confirmed: "others flooded it, and nothing is held against you.",
	victim:    "others flooded it, and you were harmed.",
}

var chineseSite = siteWords{
	innocent: "这些请求来自他人，我们并不是指责您。如果这是您预期的访客（例如群发邮件之后或促销当天），用一句话告诉我们，就会有工作人员结束此措施。",
	is:       "只有在大量请求持续且更轻的措施无效期间，%s的访客才看到说明页面", will: "只有在大量请求持续且更轻的措施无效期间，%s的访客才会看到说明页面",
	helps:     "如果您说明目前是否预期有大量访客、网站是否有异常，会对我们有帮助。",
	passOn:    "如果这个网站属于您的客户，请将本通知转达给他们：他们可以通过您写信给我们，他们所说的视同您的答复。我们询问您而不是他们，是因为我们只认识您。",
	permitted: "工作人员查看了我们在 %s 上看到的情况，并按有利于您的结果结案：这些访客是受欢迎的。",
	confirmed: "是他人以大量请求淹没了它，不会对您有任何不利。",
	victim:    "是他人以大量请求淹没了它，您是受害者。",
}

// floods is the family of cases about sites that others flood, as the built-in policy calls it.
const floods = "edge"

// flooded says whether a notice is about a site, and what was measured comes from others: by its measure, which only visitors of sites
// meet, or by the family of its case.
func (t *telling) flooded() bool {
	return t.n.Measure == evenkeel.MeasureChallenge || t.n.Measure == evenkeel.MeasureShut || t.n.Family == floods
}

// pressed says whether a measure holds only while visitors press.
func (t *telling) pressed() bool {
	return t.n.Measure == evenkeel.MeasureShut && t.n.Params["when"] == "pressed"
}

// outcome returns the words of how it was closed.
func (t *telling) outcome() (o outcomeWords) {
	if int(t.n.Outcome) < len(t.p.outcomes) {
		o = t.p.outcomes[t.n.Outcome]
	}
	switch {
	case !t.flooded():
	case t.n.Outcome == evenkeel.OutcomeConfirmed:
		o.says = t.p.help.site.confirmed
	case t.n.Outcome == evenkeel.OutcomeVictim:
		o = outcomeWords{t.p.outcomes[evenkeel.OutcomeConfirmed].name, t.p.help.site.victim}
	}
	return o
}

// helpful says what to write, where the tenant is asked.
func (t *telling) helpful() string {
	if t.flooded() {
		return t.p.help.site.helps
	}
	return t.p.answers.helps
}
