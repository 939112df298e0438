package console

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// propose opens a review, with the verdict of who opens it.
func (s *Server) propose(v *visit) error { return s.review(v, true) }

// verdict takes in the verdict of who is waited for.
func (s *Server) verdict(v *visit) error { return s.review(v, false) }

// review takes a verdict in. Where it is not whole, or may not be given, the case is shown with
// why, and with all that was typed; that is a look at it.
func (s *Server) review(v *visit, opens bool) error {
	f, terms, done, err := s.reviewed(v)
	if err != nil || done {
		return err
	}
	t := s.two(v, &f, &terms)
	if t == nil || t.Form == nil || t.Form.Opens() != opens {
		return notWaited(opens)
	}
	d := t.Form
	d.typed(v.form)
	d.carried(v.form, &f)
	a := d.read(v.now)
	switch {
	case !nonceForm.MatchString(v.form["nonce"]):
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case len(d.Wrong) > 0:
		err = s.lacking(v, d, a.Hold)
	default:
		if d.News, err = stillSo(v.form, &f, terms.Digest); err == nil {
			err = s.parts.Acts.Do(v.ctx(), v.sent(a, ""))
		}
	}
	if err == nil {
		s.entered(v, f.Case.ID, a.Kind.String()+twoWord(a.Kind))
		return nil
	}
	return s.showTwo(v, err, &f, &terms, func(t *twoView) *refusal {
		if t.Form == nil || t.Form.Opens() != opens {
			return nil
		}
		t.Form.typed(v.form)
		t.Form.carried(v.form, &f)
		t.Form.refusal = d.refusal
		return &t.Form.refusal
	})
}

// twoWord tells an approval by which two persons are asked from one that takes effect.
func twoWord(k docket.ActKind) string {
	if k == docket.ActApprove {
		return " two"
	}
	return ""
}

// recuse takes in that who was drawn cannot.
func (s *Server) recuse(v *visit) error {
	f, terms, done, err := s.reviewed(v)
	if err != nil || done {
		return err
	}
	d := newRecuse(&f, v.who.Person.ID)
	if d == nil {
		return notWaited(false)
	}
	d.Reason = v.form.text("v-recuse")
	switch {
	case !nonceForm.MatchString(v.form["nonce"]):
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case d.Reason == "" || len(d.Reason) > maxSays:
		d.wrong("v-recuse", "Say why, in at most %d bytes.", maxSays)
		err = evenkeel.Invalid("%s", "nobody else was asked yet: the reason is missing")
	default:
		err = s.parts.Acts.Do(v.ctx(), v.sent(docket.Act{
			Kind: docket.ActRecuse, At: v.now, Case: f.Case.ID, Says: d.Reason, Review: d.Review,
		}, ""))
	}
	if err == nil {
		s.entered(v, f.Case.ID, docket.ActRecuse.String())
		return nil
	}
	return s.showTwo(v, err, &f, &terms, func(t *twoView) *refusal {
		if t.Recuse == nil {
			return nil
		}
		t.Recuse.Reason, t.Recuse.refusal = d.Reason, d.refusal
		return &t.Recuse.refusal
	})
}

// reviewed reads the case of a form about a review. done says that the form was taken in before.
func (s *Server) reviewed(v *visit) (f docket.Folder, terms Terms, done bool, err error) {
	if f, err = s.folder(v, evenkeel.CaseID(v.r.PathValue("id"))); err != nil {
		return f, terms, false, err
	}
	if kind, err := s.doneBefore(v, &f); err != nil {
		return f, terms, false, err
	} else if kind != "" {
		if kind == docket.ActApprove.String() {
			kind += twoWord(docket.ActApprove)
		}
		s.entered(v, f.Case.ID, kind)
		return f, terms, true, nil
	}
	return f, s.parts.Policy.Family(f.Case.Family), false, nil
}

// notWaited says why no verdict is taken from whoever brings one.
func notWaited(opens bool) error {
	if opens {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "nothing can be proposed here now", Hint: "look at the case: a review is open, or the case is closed; one review is open at a time"}
	}
	return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "no verdict of yours is waited for", Hint: "whoever opened the review, or was drawn by lot, gives one; the time of who was drawn may be over, and then another person is drawn"}
}

// showTwo shows a case again, as it stands by now, with the form that was refused; refused puts
// back what was typed, and says where the reason goes.
func (s *Server) showTwo(v *visit, err error, f *docket.Folder, terms *Terms, refused func(*twoView) *refusal) error {
	switch evenkeel.KindOf(err) {
	case evenkeel.KindInternal:
		return err
	case evenkeel.KindConflict, evenkeel.KindNotFound, evenkeel.KindDenied:
		if now, gone := s.folder(v, f.Case.ID); gone == nil {
			*f = now
		}
	}
	t := s.two(v, f, terms)
	if t == nil {
		return err
	}
	r := refused(t)
	if r == nil {
		return err
	}
	r.Refused, r.Hint = told(err), evenkeel.HintOf(err)
	if unseen := s.look(v, f.Case.ID); unseen != nil {
		return unseen
	}
	v.two = t
	return s.showFolder(v, evenkeel.KindOf(err).HTTPStatus(), f, terms, s.newDecide(f, terms, v.who.Person.ID))
}

// errPolicy is that the criteria are others by now, errNews that something has happened.
var (
	errPolicy = &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "the policy has changed since you opened this page", Hint: "look at the criteria again, and send the form once more"}
	errNews   = &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "something has happened in this case since you opened the page", Hint: "read what is new, and send the form once more if you still decide so; what you typed is still here"}
)

// stillSo says whether the person saw what is known now, or what is new.
func stillSo(f form, folder *docket.Folder, digest string) (news []evenkeel.Entry, err error) {
	if f["terms"] != digest {
		return nil, errPolicy
	}
	seen := seenIn(f)
	for _, e := range folder.Entries {
		if e.Seq > seen && telling(e.Kind) {
			news = append(news, e)
		}
	}
	if len(news) > 0 {
		return news, errNews
	}
	return nil, nil
}
