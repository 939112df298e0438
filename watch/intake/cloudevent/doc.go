// Package cloudevent reads CloudEvents 1.0 in their JSON format: what the operator's books
// and sensors say about tenants, assets, machines, payments, bursts, flows, hosts and sites.
//
// In and out: Decoder.Event takes one structured event, Decoder.Batch an array of them,
// Decoder.Binary the data of one whose attributes came apart from it (HTTP headers). Each
// appends records to an evenkeel.Batch. Schemas are the JSON Schemas of the types.
//
// Reading order: types.go (the types: their fields, and how each becomes a record),
// site.go (those of an edge),
// field.go (what a field may hold), event.go (the envelope), cloudevent.go (the decoder),
// schema.go.
//
// What must always hold: an event is a record or an error that says what was expected.
// Fields that nobody told stay absent, whatever they are called; an unknown field of data
// is counted and ignored, since types may grow; an unknown word of an enumeration refuses the
// event, since it would be read as nothing, and so does an amount without its currency.
// The id of a record is over the event's source and id, so that an event sent twice counts
// once; readings of a site have the identities of their counts. What the inventory would refuse is refused here, at the door, where the sender is
// told. The schemas say the same as the code.
//
// What is not here: HTTP, and what the facts mean (inventory).
package cloudevent
