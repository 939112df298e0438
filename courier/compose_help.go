package courier

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/rescue"
)

// helpWords are those of letters to whoever was harmed, and to whoever has customers of its own.
type helpWords struct {
	short    string // the subject, where nothing is limited; the number
	sign     string // that others may have got in, the assets
	theirs   string // whose doing it is taken for, after what was done
	innocent string // in place of what else is said about what was seen
	list     string // a step, its reason
	passOn   string // that a customer of the tenant's may have to know
	site     siteWords
}

var englishHelp = helpWords{
	short:    "Somebody may have got in: %s",
	sign:     "Somebody else may have got into %s. We write to help you; you are not accused of anything.",
	theirs:   "There are signs that somebody else has got in there. We take it for their doing and not for yours, and write to help you.",
	innocent: "This is what was seen. If it was you or somebody on your behalf, tell us in a sentence, and that is all.",
	list:     "%s %s",
	passOn:   "If this is a machine of a customer of yours, please pass this on: they can write to us through you, and what they say counts as your answer. We ask you, and not them, because we know only you.",
	site:     englishSite,
}

var chineseHelp = helpWords{
	short:    "可能有他人侵入：%s",
	sign:     "可能有他人侵入了%s。我们写信是为了帮助您，并不是指责您。",
	theirs:   "有迹象表明那里有他人侵入。我们认为这是侵入者所为，而不是您所为；我们写信是为了帮助您。",
	innocent: "以上是我们看到的情况。如果是您本人或受您委托的人所为，用一句话告诉我们即可。",
	list:     "%s%s",
	passOn:   "如果这台机器属于您的客户，请将本通知转达给他们：他们可以通过您写信给我们，他们所说的视同您的答复。我们询问您而不是他们，是因为我们只认识您。",
	site:     chineseSite,
}

// helps says whether a letter is to somebody to be helped now. Once a case is closed otherwise than
// as a victim's, or the measure is over, there is nothing more to be said of it. At a site that was flooded nobody got in.
func (t *telling) helps() bool {
	return t.n.Help && !t.flooded() && (t.n.Outcome == evenkeel.OutcomeVictim || !t.closed() && !t.n.State.Over())
}

// asksOnly says whether such a letter is about a question alone: then it begins with the help.
func (t *telling) asksOnly() bool {
	return t.helps() && !t.n.Heard && !t.closed() && t.n.State == evenkeel.InForce && !t.n.Measure.Enforced() && len(t.n.Beside) == 0
}

// help says what to do first, step by step.
func (t *telling) help() section {
	if !t.helps() {
		return section{}
	}
	plan := rescue.Of(t.p.lang)
	s := section{Title: plan.Title}
	var steps block
	flush := func() {
		if len(steps.Items) > 0 {
			s.Blocks = append(s.Blocks, steps)
		}
		steps = block{}
	}
	for _, x := range plan.Steps {
		says := item{Says: saying{Text: fill(t.p.help.list, x.Do, x.Why)}}
		if len(x.List) == 0 {
			steps.Items = append(steps.Items, says)
			continue
		}
		flush()
		s.Blocks = append(s.Blocks, block{Text: says.Says})
		for _, k := range x.List {
			steps.Items = append(steps.Items, item{Says: saying{Text: k}})
		}
		flush()
	}
	flush()
	if !t.closed() {
		s.Blocks = append(s.Blocks, block{Text: saying{Text: plan.Proof}})
	}
	return s
}
