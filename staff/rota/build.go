package rota

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// rota builds all of it.
func (b *builder) rota(d *document) *Rota {
	r := &Rota{name: d.Rota, version: d.Version, loc: time.UTC}
	b.most("persons", len(d.Persons), maxPersons)
	b.most("rotations", len(d.Rotations), maxRotations)
	b.most("overrides", len(d.Overrides), maxOverrides)
	b.most("levels", len(d.Levels), maxLevels)
	b.most("stretches in closed", len(d.Closed), maxAway)
	if len(b.faults) > 0 { // else the work would not be bounded
		return r
	}
	if err := evenkeel.CheckID("rota", d.Rota); err != nil {
		b.fault(strict.Text{}, "", "%v", err)
	}
	if d.Version < 1 {
		b.fault(strict.Text{}, "raise it with each change", "version is %d; expected a whole number from 1", d.Version)
	}
	r.loc = b.zone(d.Zone, time.UTC)
	r.desk = b.week(d.Staffed, r.loc)
	r.closed = b.stretches(d.Closed, r.loc)
	b.persons, b.turns = map[string]*person{}, map[string]*rotation{}
	for i := range d.Persons {
		if p := b.person(&d.Persons[i], r.loc); p != nil {
			r.persons = append(r.persons, p)
		}
	}
	for i := range d.Rotations {
		b.rotation(&d.Rotations[i], r.loc)
	}
	for i := range d.Levels {
		r.levels = append(r.levels, b.step(&d.Levels[i], d.Zone))
	}
	if len(d.Levels) == 0 {
		b.fault(d.Zone, "name at least who is called first", "levels is empty")
	}
	r.lead = b.step(&d.Lead, d.Zone)
	for i := range d.Overrides {
		b.override(&d.Overrides[i], r.loc)
	}
	return r
}

// week reads the rows of a week.
func (b *builder) week(rows []hoursDocument, loc *time.Location) week {
	b.most("rows of hours", len(rows), maxHours)
	w := week{loc: loc}
	for i := range rows {
		h := &rows[i]
		one := hours{b.days(h.Days), b.clock(h.From), b.clock(h.Until)}
		if one.from == wholeDay {
			b.fault(h.From, `write "00:00" of the next day`, "a stretch that begins at 24:00")
		}
		w.rows = append(w.rows, one)
	}
	return w
}

func (b *builder) stretches(all []stretchDocument, loc *time.Location) stretches {
	b.most("stretches of one person", len(all), maxAway)
	var out []stretch
	for i := range all {
		out = append(out, b.stretch(all[i].From, all[i].Until, loc))
	}
	return joined(out)
}

func (b *builder) person(d *personDocument, otherwise *time.Location) *person {
	if err := evenkeel.CheckID("person", d.ID.Value); err != nil {
		b.fault(d.ID, "", "%v", err)
		return nil
	}
	if b.persons[d.ID.Value] != nil {
		b.fault(d.ID, "put all hours and absences of a person together", "the person %.80q stands here twice", d.ID.Value)
		return nil
	}
	loc := b.zone(d.Zone, otherwise)
	p := &person{id: evenkeel.PersonID(d.ID.Value), week: b.week(d.Hours, loc), away: b.stretches(d.Away, loc)}
	p.self = []evenkeel.PersonID{p.id}[:1:1]
	b.persons[d.ID.Value] = p
	return p
}

// named finds a person that something names.
func (b *builder) named(t strict.Text) *person {
	if p := b.persons[t.Value]; p != nil {
		p.named = true
		return p
	}
	var known []string
	for id := range b.persons {
		known = append(known, id)
	}
	slices.Sort(known)
	hint := "write it under persons first"
	if near := strict.Nearest(t.Value, known); near != "" {
		hint = "did you mean " + near + "?"
	}
	b.fault(t, hint, "there is no person %.80q", t.Value)
	return nil
}

// people finds several, each once.
func (b *builder) people(list []strict.Text) (all []*person) {
	b.most("persons in one list", len(list), maxMembers)
	for _, t := range list {
		p := b.named(t)
		if slices.Contains(all, p) {
			b.fault(t, "", "%.80q stands in this list twice", t.Value)
			continue
		}
		if p != nil {
			all = append(all, p)
		}
	}
	return all
}

func (b *builder) rotation(d *rotationDocument, otherwise *time.Location) {
	r := &rotation{id: d.ID.Value, members: b.people(d.Persons), loc: b.zone(d.Handover.Zone, otherwise), begins: b.date(d.Begins), days: d.Days}
	switch {
	case d.ID.Value == "" || b.turns[d.ID.Value] != nil:
		b.fault(d.ID, "each rotation has a name of its own", "the rotation %.80q is there already, or has no name", d.ID.Value)
		return
	case len(d.Persons) == 0:
		b.fault(d.ID, "", "the rotation %.80q has no persons", d.ID.Value)
	case d.Days != 0 && d.Weeks != 0:
		b.fault(d.ID, "write one of them", "a turn of %.80q has days and weeks", d.ID.Value)
	case d.Days < 0 || d.Days > 366 || d.Weeks < 0 || d.Weeks > 52:
		b.fault(d.ID, "expected 1 to 366 days or 1 to 52 weeks; without them it is a week", "a turn of %.80q has %d days, %d weeks", d.ID.Value, d.Days, d.Weeks)
	case d.Days == 0:
		r.days = 7 * max(d.Weeks, 1)
	}
	if d.Handover.At.Line > 0 {
		r.at = b.clock(d.Handover.At)
	}
	if w := d.Handover.Day; w.Line > 0 {
		b.handoverDay(w, r)
	}
	b.turns[r.id] = r
}

// handoverDay holds the first turn to the day of the week that is named.
func (b *builder) handoverDay(w strict.Text, r *rotation) {
	on, ok := b.weekday(w, w.Value)
	switch {
	case !ok:
	case r.days%7 != 0:
		b.fault(w, "leave the day out", "turns of %d days change hands on no one day of the week", r.days)
	case r.begins.weekday() != on:
		b.fault(w, "begin on that day, or leave the day out", "the first turn begins on a %s, not on a %s", dayWords[r.begins.weekday()], w.Value)
	}
}

// step reads who is called. Where it names nobody, at is the nearest place that has a line.
func (b *builder) step(d *stepDocument, at strict.Text) (s step) {
	given := 0
	for _, is := range []bool{d.Rotation.Line > 0, d.Person.Line > 0, len(d.All) > 0} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		for _, t := range append([]strict.Text{d.Rotation, d.Person}, d.All...) {
			if t.Line > 0 {
				at = t
			}
		}
		b.fault(at, "expected one of rotation, person and all", "a level, or lead, names %d of rotation, person and all", given)
	case d.Rotation.Line > 0:
		if s.turns = b.turns[d.Rotation.Value]; s.turns == nil {
			b.fault(d.Rotation, "write it under rotations first", "there is no rotation %.80q", d.Rotation.Value)
		}
	case d.Person.Line > 0:
		s.all = b.people([]strict.Text{d.Person})
	default:
		s.all = b.people(d.All)
	}
	for _, p := range s.all {
		s.ids = append(s.ids, p.id)
	}
	s.ids = slices.Clip(s.ids)
	return s
}

func (b *builder) override(d *overrideDocument, loc *time.Location) {
	whom, who := b.named(d.InsteadOf), b.named(d.Who)
	s := b.stretch(d.From, d.Until, loc)
	switch {
	case whom == nil || who == nil:
	case whom == who:
		b.fault(d.Who, "name somebody else, or leave the override out", "%.80q stands in for itself", d.Who.Value)
	default:
		whom.instead = append(whom.instead, override{s, who})
	}
}
