package actevent

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// typeBurst is how a tenant announces; watch reads it with the telemetry.
const typeBurst = "evenkeel.burst.v1"

// kind is a type of event: the fields of its data, and what must hold between them.
type kind struct {
	name   string
	act    docket.ActKind
	fields []field[docket.Act]
	check  func(a *docket.Act) error // may fill in what is left out
}

var kinds = slices.Concat([]*kind{
	spoken("evenkeel.answer.v1", docket.ActAnswer),
	spoken("evenkeel.message.v1", docket.ActMessage),
	done("evenkeel.flag.v1", docket.ActFlag, checkGrant, granted()...),
	done("evenkeel.revoke.v1", docket.ActRevoke, nil, needs(id("flag", func(a *docket.Act) *evenkeel.FlagID { return &a.Flag }))),
	done("evenkeel.clear.v1", docket.ActClear, checkClear,
		word("outcome", outcome, evenkeel.OutcomeFalsePositive, evenkeel.OutcomePolicyMismatch),
		nested("flag", granting, grantFields()...),
		word("no_flag", func(a *docket.Act) *docket.NoFlag { return &a.NoFlag },
			docket.NoFlagOnce, docket.NoFlagGone, docket.NoFlagRuleAtFault, docket.NoFlagTenantWishes)),
	done("evenkeel.close.v1", docket.ActClose, nil,
		needs(word("outcome", outcome, evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive))),
	done("evenkeel.approve.v1", docket.ActApprove, nil, decision(), lower()),
	done("evenkeel.refuse.v1", docket.ActRefuse, nil, decision()),
	done("evenkeel.lower.v1", docket.ActLower, nil, decision(), needs(lower())),
	done("evenkeel.lift.v1", docket.ActLift, nil, decision()),
}, reviewing, crediting, houseKinds(), clocked)

// Types returns the names of the event types that are acts.
func Types() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

func kindOf(name string) *kind {
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return kinds[i]
}

// spoken is a type of what a tenant says, and which contact of it says so where that is known.
func spoken(name string, act docket.ActKind, fields ...field[docket.Act]) *kind {
	return &kind{name: name, act: act, fields: append(append(target(), fields...), contact(), says())}
}

// done is a type of what a person of the operator does: who, and why.
func done(name string, act docket.ActKind, check func(*docket.Act) error, fields ...field[docket.Act]) *kind {
	fields = append(append(target(), needs(id("by", func(a *docket.Act) *evenkeel.PersonID { return &a.By }))), fields...)
	return &kind{name: name, act: act, check: check, fields: append(fields, says())}
}

// target is what an act is about: a case, or the newest case of a tenant under a family.
func target() []field[docket.Act] {
	return []field[docket.Act]{
		id("case", func(a *docket.Act) *evenkeel.CaseID { return &a.Case }),
		id("tenant", func(a *docket.Act) *evenkeel.TenantID { return &a.Tenant }),
		family("family", func(a *docket.Act) *string { return &a.Family }),
	}
}

func says() field[docket.Act] {
	return needs(prose("says", func(a *docket.Act) *string { return &a.Says }))
}

func decision() field[docket.Act] {
	return id("decision", func(a *docket.Act) *evenkeel.DecisionID { return &a.Decision })
}

// lower is a measure that is less than another. The highest of all is less than none.
func lower() field[docket.Act] {
	return word("measure", func(a *docket.Act) *evenkeel.Measure { return &a.Measure },
		evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow,
		evenkeel.MeasureThrottle, evenkeel.MeasureFreeze, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend)
}

func outcome(a *docket.Act) *evenkeel.Outcome { return &a.Outcome }

func granting(a *docket.Act) *docket.Grant {
	if a.Grant == nil {
		a.Grant = &docket.Grant{}
	}
	return a.Grant
}

// granted are the fields of a grant as fields of the act itself.
func granted() []field[docket.Act] {
	var out []field[docket.Act]
	for _, f := range grantFields() {
		out = append(out, within(f, granting))
	}
	return out
}

func grantFields() []field[docket.Grant] {
	return []field[docket.Grant]{
		needs(nested("selector", func(g *docket.Grant) *evenkeel.Selector { return &g.Selector },
			assets("assets", func(s *evenkeel.Selector) *[]evenkeel.AssetID { return &s.Assets }),
			id("principal", func(s *evenkeel.Selector) *string { return &s.Principal }),
			oneLine("image", func(s *evenkeel.Selector) *string { return &s.Image }),
			sha256("start_script_sha256", func(s *evenkeel.Selector) *string { return &s.StartScript }),
			yes("tenant_wide", func(s *evenkeel.Selector) *bool { return &s.TenantWide }))),
		nested("envelope", func(g *docket.Grant) *evenkeel.Envelope { return &g.Envelope },
			count("count", func(e *evenkeel.Envelope) *int64 { return &e.Count }),
			count("vcpus", func(e *evenkeel.Envelope) *int64 { return &e.VCPUs }),
			rate("rate", func(e *evenkeel.Envelope) *float64 { return &e.Rate })),
		moment("from", func(g *docket.Grant) *evenkeel.Moment { return &g.From }),
		needs(moment("until", func(g *docket.Grant) *evenkeel.Moment { return &g.Until })),
	}
}

// within makes a field of a part a field of the whole.
func within[S, P any](f field[P], part func(*S) *P) field[S] {
	return field[S]{
		name: f.name, expects: f.expects, required: f.required,
		read:  func(s *S, path string, v any) error { return f.read(part(s), path, v) },
		write: func(s *S) any { return f.write(part(s)) },
	}
}

// nested is a part as an object of its own.
func nested[S, P any](name string, part func(*S) *P, fields ...field[P]) field[S] {
	expects := "an object with " + strings.Join(names(fields), ", ")
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			o, ok := v.(object)
			if !ok {
				return wrong(path, v, expects)
			}
			return fill(part(s), o, fields, path, path)
		},
		write: func(s *S) any {
			if o := tell(part(s), fields); len(o) > 0 {
				return o
			}
			return nil
		},
	}
}

func names[S any](fields []field[S]) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

// fill reads an object into s. path leads to the object; whose says what has the fields.
func fill[S any](s *S, o object, fields []field[S], path, whose string) error {
	for _, key := range o.keys {
		if slices.ContainsFunc(fields, func(f field[S]) bool { return f.name == key }) {
			continue
		}
		known := names(fields)
		if near := strict.Nearest(key, known); near != "" {
			return evenkeel.Invalid("%s is no field of %s; did you mean %s?", name(path+"."+key), whose, near)
		}
		return evenkeel.Invalid("%s is no field of %s; expected only %s", name(path+"."+key), whose, strings.Join(known, ", "))
	}
	for _, f := range fields {
		v := o.values[f.name]
		where := path + "." + f.name
		switch {
		case v == nil && f.required:
			return evenkeel.Invalid("%s is missing; expected %s", where, f.expects)
		case v == nil:
		default:
			if err := f.read(s, where, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// name is a path for an error: quoted and cut where it would harm the line.
func name(path string) string {
	if len(path) > 100 || strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%.100q", path)
	}
	return path
}

// read reads the data of an event of this type.
func (k *kind) read(a *docket.Act, data object) error {
	if k.act.OfTenant() && data.values["by"] != nil {
		return evenkeel.Invalid("data.by is no field of %s: here the tenant speaks, and nobody of the operator; expected none", k.name)
	}
	if err := fill(a, data, k.fields, "data", k.name); err != nil {
		return err
	}
	if !k.act.OfHouse() && k.act != docket.ActShut { // a site has one tenant, and its cases one family
		if err := checkTarget(a); err != nil {
			return err
		}
	}
	if k.check != nil {
		return k.check(a)
	}
	return nil
}

func checkTarget(a *docket.Act) error {
	const expected = "expected data.case alone, or data.tenant with data.family"
	switch {
	case a.Case != "" && (a.Tenant != "" || a.Family != ""):
		return evenkeel.Invalid("data.case is given together with data.tenant or data.family; %s", expected)
	case a.Case == "" && a.Tenant == "" && a.Family == "":
		return evenkeel.Invalid("it does not say what it is about; %s", expected)
	case a.Case == "" && a.Tenant == "":
		return evenkeel.Invalid("data.tenant is missing; %s", expected)
	case a.Case == "" && a.Family == "":
		return evenkeel.Invalid("data.family is missing; %s", expected)
	}
	return nil
}

func checkClear(a *docket.Act) error {
	if a.Outcome == evenkeel.OutcomeNone {
		a.Outcome = evenkeel.OutcomeFalsePositive
	}
	switch {
	case a.Grant == nil:
		return nil
	case a.NoFlag != docket.NoFlagMissing:
		return evenkeel.Invalid("data.flag and data.no_flag are both given; expected one of them")
	}
	return checkGrant(a)
}

// checkGrant holds a grant to what a flag must be, as far as the act alone tells. Its time is
// when it is done where the grant does not begin later.
func checkGrant(a *docket.Act) error {
	g, path := a.Grant, "data."
	if a.Kind == docket.ActClear {
		path = "data.flag."
	}
	s, forms := &g.Selector, 0
	for _, used := range []bool{len(s.Assets) > 0, s.Principal+s.Image+s.StartScript != "", s.TenantWide} {
		if used {
			forms++
		}
	}
	from, since := g.From, path+"from"
	if from == 0 {
		from, since = a.At, "time"
	}
	switch {
	case forms != 1:
		return evenkeel.Invalid("%sselector says in %d ways which assets are meant; expected one: assets, or some of principal, image and start_script_sha256, or tenant_wide", path, forms)
	case g.Until <= from:
		return evenkeel.Invalid("%suntil is %v; expected a time after %s, which is %v", path, g.Until, since, from)
	case g.Until.Sub(from).Hours() > 24*evenkeel.MaxFlag:
		return evenkeel.Invalid("%suntil is %v; expected at most %d days after %s, which is %v", path, g.Until, evenkeel.MaxFlag, since, from)
	}
	return nil
}
