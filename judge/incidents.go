package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Hurt takes in how an incident is now. Nothing leaves by it: what tenants and the public are told is a person's to send
// (Publish). Where nobody has sent or discarded what is drafted for so long, whoever is on call is called, once.
func (d *Docket) Hurt(ctx context.Context, i docket.Incident, callAfter time.Duration, now evenkeel.Moment) error {
	_, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		was, err := tx.Incident(i.ID)
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound {
			return nil, 0, err
		}
		if was.Over != 0 && i.Over != was.Over {
			return nil, 0, nil
		}
		i.Updates, i.Dropped, i.Called = was.Updates, was.Dropped, was.Called // people's, and what was done about them
		if i.Touched, err = notErased(tx.Ledger(), i.Touched); err != nil {
			return nil, 0, err
		}
		w, err := d.houseDraft(tx)
		if err != nil {
			return nil, 0, err
		}
		if i.Waits() && i.Called == 0 && now.Sub(i.Drafted) >= callAfter {
			i.Called = now
			w.callHouse(procedure.Call{
				Level: docket.LevelOnCall, At: now, About: "incident " + string(i.ID),
				Why: fmt.Sprintf("Since %s requests to sites of %d customers are not all served. What they may be told is drafted, and nobody has sent it: evenkeel incident show %s.",
					i.Began, len(i.Tenants()), i.ID),
			})
		}
		w.out.Incidents = []docket.Incident{i}
		return w, now, nil
	})
	if err != nil {
		err = fmt.Errorf("take in incident %s: %w", i.ID, err)
	}
	return err
}

// Publication is what a person lets the public and those who are touched know.
type Publication struct {
	ID       string // so that twice is once
	Incident docket.IncidentID
	By       evenkeel.PersonID
	At       evenkeel.Moment
	Text     docket.Texts // as it goes out; zero: the draft as it is
	Corrects int          // the number of the update that was wrong, from 1; 0: none
	// NoCustomer are words of the text of which the person says that they mean no tenant here, though one is called so.
	NoCustomer []string
	Named      []incident.Named
	Back       evenkeel.Moment // when sites are expected back, which their own pages say; 0: not said
}

// MaxPublished bounds what a person writes, in bytes of one language.
const MaxPublished = 4096

// maxNoCustomer bounds the words that mean no customer, in bytes.
const maxNoCustomer = 1024

// Publish lets an update out: it stands on the status page from then on, and each tenant who is touched gets a note by the
// courier. A leaf of the ledger commits to who sent it, to the draft and to what was sent in its place. The same once more
// changes nothing. A text that names a tenant is refused (KindDenied), but for words that the draft has
// too, and those of which the person says that they mean none: what was said is kept with the update.
func (d *Docket) Publish(ctx context.Context, p Publication) (i docket.Incident, err error) {
	_, err = d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		if i, err = tx.Incident(p.Incident); err != nil {
			return nil, 0, err
		}
		if done, err := tx.Taken(docket.ActKey(p.ID)); done || err != nil {
			return nil, 0, err
		}
		written := incident.Draft(&i)
		if p.Text == (docket.Texts{}) {
			p.Text = written
		}
		if err := p.check(&i, written); err != nil {
			return nil, 0, err
		}
		u := docket.Update{Phase: i.Phase, At: p.At, By: p.By, Text: p.Text, Draft: written, Corrects: p.Corrects, NoCustomer: strings.Join(p.NoCustomer, ", "), Back: p.Back, Notes: len(i.Tenants())}
		i.Updates = append(i.Updates[:len(i.Updates):len(i.Updates)], u)
		w, err := d.houseDraft(tx)
		if err != nil {
			return nil, 0, err
		}
		w.out.Taken = []string{docket.ActKey(p.ID)}
		w.out.Incidents = []docket.Incident{i}
		for _, t := range i.Tenants() {
			w.out.Notes = append(w.out.Notes, incident.Note(&i, len(i.Updates), t))
		}
		return w, p.At, w.sealUpdate(p.ID, p.At, i.ID, &u)
	})
	if err != nil {
		err = fmt.Errorf("send an update of incident %s: %w", p.Incident, err)
	}
	return i, err
}

// check says what speaks against sending it, or nil.
func (p *Publication) check(i *docket.Incident, written docket.Texts) error {
	switch {
	case p.ID == "" || p.At == 0 || p.By == "":
		return evenkeel.Invalid("update %q by %q at %v; expected an id, who sends it, and when", p.ID, p.By, p.At)
	case i.Dropped != nil:
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "it was discarded by " + string(i.Dropped.By)}
	case p.Text.English == "" || p.Text.Chinese == "":
		return evenkeel.Invalid("its words in one language are missing; expected English and Chinese, since those who are touched read one of them")
	case max(len(p.Text.English), len(p.Text.Chinese)) > MaxPublished:
		return evenkeel.Invalid("it is longer than %d bytes", MaxPublished)
	case p.Corrects < 0 || p.Corrects > len(i.Updates):
		return evenkeel.Invalid("it corrects update %d; expected one of the %d that were sent", p.Corrects, len(i.Updates))
	case p.Back != 0 && (p.Back <= p.At || p.Back > p.At.Add(docket.MostBack)):
		return evenkeel.Invalid("sites are expected back at %s; expected a time within %d days from now, or none", p.Back, docket.MostBack/(24*time.Hour))
	case len(strings.Join(p.NoCustomer, ", ")) > maxNoCustomer:
		return evenkeel.Invalid("the words that mean no customer are longer than %d bytes", maxNoCustomer)
	case len(i.Updates) >= docket.MaxUpdates:
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("it has %d updates, and no more are kept", docket.MaxUpdates)}
	}
	return incident.Leaks(p.Text, written, p.NoCustomer, p.Named)
}

// sealUpdate seals that a person sent, or discarded, something. The leaf holds a commitment and nobody's data.
func (w *draft) sealUpdate(act string, at evenkeel.Moment, id docket.IncidentID, x any) error {
	whole, err := json.Marshal(struct {
		Act      string            `json:"act"`
		Incident docket.IncidentID `json:"incident"`
		Is       any               `json:"is"`
	}{act, id, x})
	if err == nil {
		w.leaf(ledger.OfAct(w.key, "", at, "", w.policy, false, whole))
	}
	return err
}

// Discard takes in that a person finds that an incident is none, and why: nothing of it is told any more. Of one of which
// something was sent a person sends a correction instead (KindConflict).
func (d *Docket) Discard(ctx context.Context, act string, id docket.IncidentID, word docket.Word) error {
	_, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		i, err := tx.Incident(id)
		if err != nil {
			return nil, 0, err
		}
		if done, err := tx.Taken(docket.ActKey(act)); done || err != nil {
			return nil, 0, err
		}
		switch {
		case act == "" || word.By == "" || word.At == 0 || word.Why == "" || len(word.Why) > MaxPublished:
			return nil, 0, evenkeel.Invalid("by %q at %v, with a reason of %d bytes; expected who discards it, when, and why in a sentence", word.By, word.At, len(word.Why))
		case i.Dropped != nil:
			return nil, 0, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "it was discarded by " + string(i.Dropped.By)}
		case len(i.Updates) > 0:
			return nil, 0, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "it was told already", Hint: "send an update that corrects what was told: evenkeel incident send --corrects"}
		}
		w, err := d.houseDraft(tx)
		if err != nil {
			return nil, 0, err
		}
		i.Dropped = &word
		w.out.Taken, w.out.Incidents = []string{docket.ActKey(act)}, []docket.Incident{i}
		return w, word.At, w.sealUpdate(act, word.At, id, &word)
	})
	if err != nil {
		err = fmt.Errorf("discard incident %s: %w", id, err)
	}
	return err
}

// notErased are those who are touched but for tenants of whom everything was erased since: whoever brings an incident may remember them.
func notErased(l docket.Ledger, all []docket.Touched) (kept []docket.Touched, err error) {
	gone := map[evenkeel.TenantID]bool{}
	for _, t := range all {
		if _, asked := gone[t.Tenant]; !asked {
			_, err := l.Key(t.Tenant)
			if gone[t.Tenant] = evenkeel.KindOf(err) == evenkeel.KindNotFound; err != nil && !gone[t.Tenant] {
				return nil, err
			}
		}
		if !gone[t.Tenant] {
			kept = append(kept, t)
		}
	}
	return kept, nil
}
