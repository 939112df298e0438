package visit

import (
	"cmp"
	"html/template"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/announcement"
	"github.com/evenkeel/evenkeel/instrument/rescue"
)

// helpTexts are what the help of the page says around the steps.
type helpTexts struct{ Lead, Shared, Customers, Done, Words, Send, Told, None string }

var helpSays = map[string]helpTexts{
	english.Tag: {
		Lead:      "There are signs that somebody else got in. You are not accused: this is to get it back into your hands. The machine and its data stay as they are; we delete and start nothing.",
		Shared:    "This link may only show: the steps can be ticked by whoever has the link in the mail to a contact.",
		Customers: "If it is a machine of a customer of yours, pass this on: what they say through you counts as your answer.",
		Done:      "Tick what is done. It is a message to us and changes nothing by itself; you can tick more later.",
		Words:     "From which image, and until when the old machine is kept",
		Send:      "Tell us",
		Told:      "Done, as you told us: %[1]s",
		None:      "nothing yet",
	},
	chinese.Tag: {
		Lead:      "有迹象表明有他人侵入。这不是指责：以下是为了让您重新掌控它。机器及其数据保持原样，我们不会删除或启动任何东西。",
		Shared:    "此链接只能查看：勾选步骤须使用发给联系人的邮件中的链接。",
		Customers: "如果这是您某位客户的机器，请转达给他们：他们通过您所说的视同您的答复。",
		Done:      "请勾选已完成的步骤。这是给我们的留言，本身不会改变任何东西；之后可以继续勾选。",
		Words:     "使用了哪个镜像，旧机器保留到何时",
		Send:      "告诉我们",
		Told:      "您告诉我们已完成：%[1]s",
		None:      "尚无",
	},
}

// helpPart is the way out for whoever was broken into.
type helpPart struct {
	Says      helpTexts
	Plan      *rescue.Plan
	Steps     []helpStep
	Customers bool
	Text      string
	Wrong     string
}

// helpStep is one step, and whether it was told or ticked to be done.
type helpStep struct {
	rescue.Step
	Done bool
}

// rescueForm is what opens the form of steps when it was not taken in, as kinds of act open others.
const rescueForm = "rescue"

// help says what to do first, or nil where nobody has to be helped. What the newest notice says
// counts: a case that is closed otherwise than as a victim's ends it.
func (t tongue) help(v *visitor, f *form) *helpPart {
	n := v.newest()
	helps := n != nil && n.Help && !v.atSites() // nobody got in where a site was flooded
	if n == nil || !helps && !n.PassOn {
		return nil
	}
	p := &helpPart{Says: helpSays[t.Tag], Customers: n.PassOn}
	if v.atSites() {
		p.Says.Customers = t.AtSite.Customers
	}
	if !helps {
		return p
	}
	p.Plan = rescue.Of(t.Tag)
	done := v.rescued()
	if f.Rescue {
		done, p.Text, p.Wrong = f.Steps, f.Text, f.Wrong["text"]
	}
	for _, s := range p.Plan.Steps {
		p.Steps = append(p.Steps, helpStep{s, slices.Contains(done, s.Name)})
	}
	return p
}

// newest is the notice that was written last, or nil.
func (v *visitor) newest() (last *evenkeel.Notice) {
	for i := range v.folder.Notices {
		if n := &v.folder.Notices[i]; last == nil || n.At >= last.At {
			last = n
		}
	}
	return last
}

// rescued are the steps that the tenant said are done, the last time that it spoke of them.
func (v *visitor) rescued() []string {
	for _, e := range slices.Backward(v.folder.Entries) {
		if e.Kind != evenkeel.EntrySaid {
			continue
		}
		_, _, text := marked(announcement.Said(&e))
		if done, _, ok := rescue.Ticked(text); ok {
			return done
		}
	}
	return nil
}

// steps takes the line about steps off what the tenant said, and says it in the visitor's language.
func (t tongue) steps(words string) (says template.HTML, rest string) {
	done, rest, ok := rescue.Ticked(words)
	if !ok {
		return "", words
	}
	var all []string
	for _, name := range done {
		s, _ := rescue.Of(t.Tag).Step(name)
		all = append(all, s.Do)
	}
	h := helpSays[t.Tag]
	return say(h.Told, cmp.Or(t.sentences(all), h.None)), rest
}

// sentences joins what ends with a full stop already.
func (t tongue) sentences(all []string) (out string) {
	for i, s := range all {
		if i > 0 && t.Tag == english.Tag {
			out += " "
		}
		out += s
	}
	return out
}
