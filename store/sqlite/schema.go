package sqlite

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/evenkeel/evenkeel"
)

// form is the state of a file: the version of its form, and the oldest version that a
// program must know to read it and to write it.
type form struct{ version, oldestReader, oldestWriter int }

//go:embed schema/001.sql
var form1 string

//go:embed schema/002_staff.sql
var form2 string

//go:embed schema/003_places.sql
var form3 string

//go:embed schema/004_beside.sql
var form4 string

//go:embed schema/005_told.sql
var form5 string

//go:embed schema/006_access.sql
var form6 string

//go:embed schema/007_reviews.sql
var form7 string

//go:embed schema/008_governor.sql
var form8 string

//go:embed schema/009_pages.sql
var form9 string

//go:embed schema/010_learning.sql
var form10 string

//go:embed schema/011_called.sql
var form11 string

//go:embed schema/012_reported.sql
var form12 string

//go:embed schema/013_audits.sql
var form13 string

//go:embed schema/014_outward.sql
var form14 string

//go:embed schema/015_withheld.sql
var form15 string

//go:embed schema/016_released.sql
var form16 string

//go:embed schema/017_contacts.sql
var form17 string

//go:embed schema/018_given_back.sql
var form18 string

//go:embed schema/019_stages.sql
var form19 string

//go:embed schema/020_feeds.sql
var form20 string

//go:embed schema/021_posts.sql
var form21 string

//go:embed schema/022_drawn.sql
var form22 string

//go:embed schema/024_alone.sql
var form24 string

//go:embed schema/025_confirmed.sql
var form25 string

//go:embed schema/026_forgotten.sql
var form26 string

//go:embed schema/027_briefly.sql
var form27 string

//go:embed schema/028_availability.sql
var form28 string

//go:embed schema/029_incidents.sql
var form29 string

//go:embed schema/030_told.sql
var form30 string

// rolesSince is the form since which roles have tenures and accounts may have a subject.
const rolesSince = 6

// step is the way to one form from the one before.
type step struct {
	sql  string
	to   form
	fill func(context.Context, *session) error // what is kept already into what is new; may be nil
}

// Form 3 begins in the state *both* of doc.go: no program that writes form 2 was ever released, and
// one would leave places behind. So does form 4, in which older ones would leave columns empty, and
// form 5, in which they would put places in another order, form 6, in which they would not know what a
// person has, form 7, whose decisions rest on reviews of which they know nothing, form 8, in which
// they would let decisions stand that no undo finds, form 9, in which places are in another order
// once more, form 10, in which they would close cases from which nothing is learned, form 11, in which
// they would call again whoever was called, and form 12, in which they would write who works here
// without a leaf. Form 13 adds what older ones do not ask for: they would close cases over which no lot is
// drawn, so they do not write it either. Form 14 neither: they would keep nobody who was attacked, and publish no credit.
// Nor form 15, which holds them to what they know nothing of: they would let data be named that is withheld.

// releasedSince is the form since which switches are let go by two at once; older programs would keep
// the word of the first, which the books refuse now.
const releasedSince = 16

// givenBackSince is the form since which who acted on a case may be the second where a lawful order is to end;
// what an older program writes it would refuse or take as before, and one may not come to stand beside this.
const givenBackSince = 18

// stagedSince is the form since which it is kept where rules stand; older programs would let machines act
// by a version that is only watched.
const stagedSince = 19

// feedsSince is the form since which it is kept which feeds drift; older programs would let machines act by them.
const feedsSince = 20

// postsSince is the form since which notices wait for machines of tenants too; older programs would take what
// such a machine took for what a person was told.
const postsSince = 21

// drawnSince is the form since which a verdict after the first is held to be by who was drawn, and the lot of a case
// is one; older programs would draw another.
const drawnSince = 22

// aloneSince is the form since which what is account-wide, or lasts, rests on an agreement of two, whoever writes; older
// programs would keep none, nor what a tenant runs.
const aloneSince = 24

// briefSince is the form since which triggers are short. The file asks, so older programs would write it as well; that
// they do is not tried, and none was released.
const briefSince = 27

// sitesSince is the form since which it is kept what came to sites. It only adds: older programs write the books as before.
const sitesSince = 28

// silencesSince is the form since which it is kept when edges told anything; older programs would count what they tell and not that
// they did, and a tenant would be credited for an outage that was none.
const silencesSince = 30

// placedSince is the form since which places are those of docket.Place as it is.
const placedSince = 24

// pagesSince is the form since which there are pages.
const pagesSince = 9

// learningSince is the form since which there are lessons and credits.
const learningSince = 10

// triedSince is the form since which what became of pages is kept; older programs would not keep
// it, and call again whoever was called.
const triedSince = 11

// steps are the way from an empty file to this program's form. A step that is released is
// never edited.
var steps = []step{
	{sql: form1, to: form{version: 1, oldestReader: 1, oldestWriter: 1}},
	{sql: form2, to: form{version: 2, oldestReader: 1, oldestWriter: 1}},
	{sql: form3, to: form{version: 3, oldestReader: 1, oldestWriter: 3}, fill: placeAll},
	{sql: form4, to: form{version: 4, oldestReader: 1, oldestWriter: 4}},
	{sql: form5, to: form{version: 5, oldestReader: 1, oldestWriter: 5}},
	{sql: form6, to: form{version: rolesSince, oldestReader: 1, oldestWriter: rolesSince}},
	{sql: form7, to: form{version: reviewedSince, oldestReader: 1, oldestWriter: reviewedSince}},
	{sql: form8, to: form{version: 8, oldestReader: 1, oldestWriter: 8}},
	{sql: form9, to: form{version: 9, oldestReader: 1, oldestWriter: 9}, fill: placeAll}, // those of form 5 too
	{sql: form10, to: form{version: learningSince, oldestReader: 1, oldestWriter: learningSince}},
	{sql: form11, to: form{version: triedSince, oldestReader: 1, oldestWriter: triedSince}},
	{sql: form12, to: form{version: reportedSince, oldestReader: 1, oldestWriter: reportedSince}, fill: sealAllMembers}, // whoever wrote staff without leaves would leave rows that fit none
	{sql: form13, to: form{version: auditsSince, oldestReader: 1, oldestWriter: auditsSince}},
	{sql: form14, to: form{version: outwardSince, oldestReader: 1, oldestWriter: outwardSince}},
	{sql: form15, to: form{version: withheldSince, oldestReader: 1, oldestWriter: withheldSince}},
	{sql: form16, to: form{version: releasedSince, oldestReader: 1, oldestWriter: releasedSince}},
	{sql: form17, to: form{version: reachSince, oldestReader: 1, oldestWriter: reachSince}}, // older ones would erase a tenant and leave its addresses
	{sql: form18, to: form{version: givenBackSince, oldestReader: 1, oldestWriter: givenBackSince}},
	{sql: form19, to: form{version: stagedSince, oldestReader: 1, oldestWriter: stagedSince}},
	{sql: form20, to: form{version: feedsSince, oldestReader: 1, oldestWriter: feedsSince}},
	{sql: form21, to: form{version: postsSince, oldestReader: 1, oldestWriter: postsSince}},
	{sql: form22, to: form{version: drawnSince, oldestReader: 1, oldestWriter: drawnSince}}, // older ones would draw another lot for the same case
	{sql: form24, to: form{version: aloneSince, oldestReader: 1, oldestWriter: aloneSince}, fill: placeAll},
	{sql: form25, to: form{version: confirmedSince, oldestReader: 1, oldestWriter: confirmedSince}}, // older ones would mark as new who is confirmed
	{sql: form26, to: form{version: forgottenSince, oldestReader: 1, oldestWriter: forgottenSince}}, // older ones would erase a tenant and leave what it said
	{sql: form27, to: form{version: briefSince, oldestReader: 1, oldestWriter: briefSince}},
	{sql: form28, to: form{version: sitesSince, oldestReader: 1, oldestWriter: briefSince}},
	{sql: form29, to: form{version: incidentsSince, oldestReader: 1, oldestWriter: incidentsSince}}, // older ones would erase a tenant and leave what it was told
	{sql: form30, to: form{version: silencesSince, oldestReader: 1, oldestWriter: silencesSince}},
}

// oldestRead is the oldest version that this program can read.
const oldestRead = 1

const schemaTable = `CREATE TABLE schema (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  version       INTEGER NOT NULL,
  oldest_reader INTEGER NOT NULL,
  oldest_writer INTEGER NOT NULL
) STRICT`

// known is the newest version that this program knows.
func known() int { return steps[len(steps)-1].to.version }

// formOf reads the form of the file; the zero form where it is empty. Whoever writes it has brought it to
// one that it knows, and asks no more.
func formOf(ctx context.Context, s *session) (f form, err error) {
	if s.form.version != 0 {
		return s.form, nil
	}
	var tables, ours int
	_, err = s.one(ctx, []any{&tables, &ours}, "SELECT count(*), count(CASE WHEN name = 'schema' THEN 1 END) FROM sqlite_schema WHERE type = 'table'")
	if err != nil || tables == 0 {
		return form{}, err
	}
	if ours == 0 {
		return form{}, evenkeel.Invalid("it is a database of another program: its %d tables are not those of books", tables)
	}
	found, err := s.one(ctx, []any{&f.version, &f.oldestReader, &f.oldestWriter}, "SELECT version, oldest_reader, oldest_writer FROM schema WHERE one = 1")
	if err == nil && !found {
		return form{}, evenkeel.Invalid("its form is not known: the table schema is empty")
	}
	return f, err
}

// migrate brings the file to this program's form, or leaves a newer one that it may write.
func migrate(ctx context.Context, s *session) (err error) {
	if f, err := formOf(ctx, s); err != nil || f.version >= known() {
		return mayWrite(f, err)
	}
	if err := s.begin(ctx, "IMMEDIATE"); err != nil { // from here on nobody else changes it
		return err
	}
	defer func() {
		if err != nil {
			s.giveUp()
		}
	}()
	f, err := formOf(ctx, s)
	if err = mayWrite(f, err); err != nil {
		return err
	}
	if f.version == 0 {
		if _, err := s.conn.ExecContext(ctx, schemaTable); err != nil {
			return err
		}
	}
	for _, step := range steps {
		if step.to.version <= f.version {
			continue
		}
		if _, err := s.conn.ExecContext(ctx, step.sql); err != nil {
			return fmt.Errorf("bring it to form %d: %w", step.to.version, err)
		}
		if step.fill != nil {
			if err := step.fill(ctx, s); err != nil {
				return fmt.Errorf("bring it to form %d: %w", step.to.version, err)
			}
		}
		err := s.exec(ctx, "INSERT OR REPLACE INTO schema (one, version, oldest_reader, oldest_writer) VALUES (1, ?, ?, ?)",
			step.to.version, step.to.oldestReader, step.to.oldestWriter)
		if err != nil {
			return err
		}
	}
	return s.exec(ctx, "COMMIT")
}

// mayWrite says whether this program may write a form.
func mayWrite(f form, err error) error {
	if err == nil && f.oldestWriter > known() {
		e := &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf(
			"its form is %d, which programs write that know form %d or newer; this one knows form %d", f.version, f.oldestWriter, known())}
		e.Hint = "use the release of evenkeel that wrote it, or a newer one"
		if f.oldestReader <= known() {
			e.Hint += "; this one can still read it"
		}
		return e
	}
	return err
}

// mayRead says whether this program may read the file.
func mayRead(ctx context.Context, s *session) error {
	f, err := formOf(ctx, s)
	switch {
	case err != nil:
		return err
	case f.version < oldestRead:
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("its form is %d; this program reads form %d or newer", f.version, oldestRead),
			Hint: "start evenkeel serve on it once, which brings it up",
		}
	case f.oldestReader > known():
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict,
			Says: fmt.Sprintf("its form is %d, which programs read that know form %d or newer; this one knows form %d", f.version, f.oldestReader, known()),
			Hint: "use the release of evenkeel that wrote it, or a newer one",
		}
	}
	return nil
}
