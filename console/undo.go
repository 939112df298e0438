package console

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// maxVersions is how many versions of rules one can choose from.
const maxVersions = 100

// undoView is the page that undoes what a version of a rule did: chosen first, then counted, then
// done.
type undoView struct {
	refusal
	Nonce       string
	Versions    []measureView
	What        string // rule and version
	From, Until string
	Clear       bool
	Reason      string
	Counted     *tallyView // what it would free, before it is done
	Freed       *tallyView // what it has freed
}

// showUndo shows what could be undone.
func (s *Server) showUndo(v *visit) error {
	return s.undoPage(v, http.StatusOK, undoView{Nonce: rand.Text()})
}

func (s *Server) undoPage(v *visit, status int, d undoView) error {
	stand, err := s.parts.Brakes.Stands(v.ctx(), docket.Standing{})
	if err != nil {
		return err
	}
	count := map[string]int{}
	for i := range stand {
		seen := map[string]bool{}
		for _, b := range stand[i].Grounds.Basis {
			if key := b.Rule + " " + strconv.Itoa(b.Version); !seen[key] {
				seen[key] = true
				count[key]++
			}
		}
	}
	if d.What != "" && count[d.What] == 0 {
		count[d.What] = 0 // it was chosen
	}
	keys := slices.Sorted(maps.Keys(count))
	for _, key := range keys[:min(len(keys), maxVersions)] {
		rule, version := versionOf(key)
		d.Versions = append(d.Versions, measureView{Word: key, Label: fmt.Sprintf("%s, version %d: %s", rule, version, sheet.Count(count[key], "measure stands or is held", "measures stand or are held")), Is: key == d.What})
	}
	return s.show(v, status, sheet.Page{Title: "Undo what a rule did", Lead: `<p class="back"><a href="/switches">Breakers and switches</a></p>`, Narrow: true}, "undo", &d)
}

// versionOf reads a rule and its version.
func versionOf(key string) (rule string, version int) {
	at := strings.LastIndex(key, " ")
	if at < 0 {
		return key, 0
	}
	version, _ = strconv.Atoi(key[at+1:])
	return key[:at], version
}

// undo counts what would be undone, and undoes it once that was read.
func (s *Server) undo(v *visit) error {
	d := undoView{Nonce: v.form.line("nonce"), What: v.form.line("what"), From: v.form.line("from"), Until: v.form.line("until"), Clear: v.form.line("clear") != ""}
	d.Reason = reason(v.form, "reason", &d.refusal)
	u := docket.Undo{Clear: d.Clear, Dry: v.form.line("sure") == ""}
	if u.Rule, u.Version = versionOf(d.What); u.Rule == "" || u.Version < 1 {
		d.wrong("what", "Choose which version of which rule.")
	}
	d.window(&u)
	var tally docket.Tally
	var err error
	switch {
	case !nonceForm.MatchString(d.Nonce):
		d.Nonce = rand.Text()
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case len(d.Wrong) > 0:
		err = evenkeel.Invalid("%s", "nothing was undone yet: something is missing")
	default:
		id := fmt.Sprintf("undo %q %q %q %t", d.What, d.From, d.Until, d.Clear) // the page may undo another version next
		if u.Dry {
			id += " dry"
		}
		tally, err = s.through(v, v.sent(docket.Act{Kind: docket.ActUndo, Says: d.Reason, Undo: &u}, id))
	}
	before := soFar(v.form)
	before.Add(tally)
	switch {
	case err == nil && u.Dry:
		d.Counted = tallied(tally)
	case err == nil:
		d.Freed = tallied(before)
	case evenkeel.KindOf(err) == evenkeel.KindInternal:
		return err
	default:
		d.Refused, d.Hint = told(err), evenkeel.HintOf(err)
		return s.undoPage(v, evenkeel.KindOf(err).HTTPStatus(), d)
	}
	return s.undoPage(v, http.StatusOK, d)
}

// window takes since when, and until when, what is to be undone came into its state.
func (d *undoView) window(u *docket.Undo) {
	var ok bool
	if d.From != "" {
		if u.From, ok = readTime(d.From); !ok {
			d.wrong("from", "Give a time in UTC such as 2026-11-27 01:00, or nothing for ever.")
		}
	}
	if d.Until != "" {
		if u.Until, ok = readTime(d.Until); !ok || u.Until <= u.From {
			d.wrong("until", "Give a time in UTC after the beginning such as 2026-11-27 01:00, or nothing for now.")
		}
	}
}
