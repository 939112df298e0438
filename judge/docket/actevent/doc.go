// Package actevent reads and writes acts as CloudEvents 1.0 in their JSON format: what a
// tenant says about a case, and what a person of the operator does about it.
//
// In and out: Decode takes one structured event and returns a docket.Act; Encode is the way
// back. FromBurst makes an act of an announced burst, which comes in with the telemetry as
// evenkeel.burst.v1. Schemas are the JSON Schemas of the types' data.
//
// Reading order: types.go (the types: their fields, and what must hold between them),
// field.go (what a field may hold), object.go (strict JSON), event.go (the envelope, Decode),
// encode.go, burst.go, schema.go.
//
// What must always hold: an event is an act or an error that says what was expected. Nothing
// in data is guessed or passed over: an unknown field, a key that is there twice and text that
// is not UTF-8 are errors, since an act that loses a word may be another act. null is the same
// as left out. Attributes of the envelope that are not ours are ignored, as CloudEvents asks. A
// tenant's act names no person, an act of the operator names one and says why. The identity is
// the event's source and id; an act told twice has the same one. The schemas say the same as
// the code, and what Encode writes, Decode reads as the same act.
//
// What is not here: whether an act may be done, which flag, case or decision it finds, and
// what follows (judge/procedure); who may send it (the console); reading files (lab/feed).
// Where approve, refuse, lower or lift leave out the decision, the act's is empty too: it means
// the one decision of the case that it can mean, and the judge finds it, or refuses the act.
package actevent
