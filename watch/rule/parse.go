package rule

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// Parse reads a file of rule documents, divided by "---" lines; the name of the file stands in
// errors and in Rule.Source. After an error there are no rules: it is of KindInvalid and holds
// every fault that was found, a line for each: file:line:column, what is wrong, and what to write
// instead. Faults of the YAML itself come first and alone.
func Parse(file string, data []byte) ([]*Rule, error) {
	docs, err := strict.DecodeAll[strict.Located[document]](file, data)
	if err != nil {
		return nil, invalid(err)
	}
	found := faults{file: file}
	ids := map[string]spot{}
	var out []*Rule
	for i := range docs {
		d := &docs[i].Value
		if size := sizeOf(data, docs, i); size > MaxDocument {
			found.at(spotOf(docs[i]), "split the rule", "the document has %d bytes, the limit is %d", size, MaxDocument)
			continue
		}
		if first, twice := ids[d.Rule.Value]; twice {
			found.at(textSpot(d.Rule), "give it another id", "rule %s is there twice; the other one is on line %d", d.Rule.Value, first.line)
		}
		ids[d.Rule.Value] = textSpot(d.Rule)
		out = append(out, build(spotOf(docs[i]), d, &found))
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	return out, nil
}

// sizeOf counts the bytes from the first line of a document to the first line of the next.
func sizeOf[T any](data []byte, docs []strict.Located[T], i int) int {
	from, to := docs[i].Line, 0
	if i+1 < len(docs) {
		to = docs[i+1].Line
	}
	line, size := 0, 0
	for l := range bytes.Lines(data) {
		if line++; line >= from && (to == 0 || line < to) {
			size += len(l)
		}
	}
	return size
}

// digest is the SHA-256, in hex, of what a document says: its values as JSON in the order of the
// reference, without comments, layout or defaults.
func digest(d *document) (string, error) {
	type canonicalWindow struct {
		Name, Of, Where, For, Pane, Keep, Sum, Distinct, Recent, Learn string
		History                                                        bool
		Cohort                                                         string
	}
	type canonicalTerm struct {
		Name, Family                         string
		Conclusive                           bool
		When, Value, Threshold, Weight, Says string
	}
	c := struct {
		Form, Rule                   string
		Version                      int
		Family, Mode, Subject, About string
		Windows                      []canonicalWindow
		Terms                        []canonicalTerm
		Require                      []string
		Score, Quiet                 string
		Hit, Miss                    []string
	}{Form: "evenkeel rule 1", Rule: d.Rule.Value, Version: d.Version.Value, Family: d.Family.Value, Mode: d.Mode.Value,
		Subject: d.Subject.Value, About: d.About.Value, Require: values(d.Require), Score: d.Score.Value.String(),
		Quiet: d.Quiet.Value.String(), Hit: values(d.Tests.Value.Hit), Miss: values(d.Tests.Value.Miss)}
	for _, w := range d.windows() {
		c.Windows = append(c.Windows, canonicalWindow{w.name.Value, w.Of.Value, w.Where.Value, w.For.Value.String(), w.Pane.Value.String(),
			w.Keep.Value, w.Sum.Value, w.Distinct.Value, w.Recent.Value.String(), w.Learn.Value.String(), w.History, w.Cohort.Value})
	}
	for _, l := range d.Terms {
		t := &l.Value
		c.Terms = append(c.Terms, canonicalTerm{t.Name.Value, t.Family.Value, t.Conclusive, t.When.Value, t.Value.Value,
			string(t.Threshold.Value), t.Weight.Value.String(), t.Says.Value})
	}
	body, err := json.Marshal(c)
	if err != nil {
		return "", &evenkeel.Error{Kind: evenkeel.KindInternal, Says: fmt.Sprintf("digest rule %s", d.Rule.Value), Err: err}
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

func values(list []strict.Text) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Value)
	}
	return out
}
