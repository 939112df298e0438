package story

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// eventKind says what an event of a transcript is.
type eventKind uint8

const (
	eventNote       eventKind = iota
	eventFinding              // about a known tenant, or about no asset
	eventHeld                 // nobody is known to hold the asset
	eventAttributed           // it was held, and the tenant is known by now
	eventBlock                // somebody acted, or the judge did
	eventThen                 // what happened in truth
)

// event is one thing that a transcript tells.
type event struct {
	at      evenkeel.Moment // of the story's clock
	kind    eventKind
	text    string           // of a note
	finding evenkeel.Finding // of what was found
	block   block
}

// block is what somebody did or the judge decided, as rows: a word, and what is said.
type block struct {
	at     evenkeel.Moment // the day that its times are written on
	rows   []row
	tenant evenkeel.TenantID
	assets []evenkeel.AssetID // it is about; blocks that differ in nothing else are told as one
	many   string             // equal for blocks that are told as one though their words differ; "" for others
}

// row is one line of a block. What is loose may differ between blocks that are told as one.
type row struct {
	head, text string
	loose      bool
}

// about begins a block about assets of a tenant: they stand in its second row.
func about(at evenkeel.Moment, t evenkeel.TenantID, assets []evenkeel.AssetID, head, text string) block {
	return block{at: at, rows: []row{{head: head, text: text}}, tenant: t, assets: slices.Clone(assets)}
}

// add appends a row, unless there is nothing to say.
func (b *block) add(head, text string) {
	if text != "" {
		b.rows = append(b.rows, row{head: head, text: text})
	}
}

// key is equal for blocks that differ only in their assets and in what is loose.
func (b *block) key() string {
	key := string(b.tenant)
	for _, r := range b.rows {
		key += "\n" + r.head
		if !r.loose {
			key += " " + r.text
		}
	}
	return key
}
