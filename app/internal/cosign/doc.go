// Package cosign speaks the C2SP tlog-witness protocol, as a witness and to one.
//
// In and out: a Server answers add-checkpoint for the logs that it was told of, by the rules of
// instrument/witness, and keeps what it cosigned last in Files. Ask asks a Peer to cosign a
// signed head of ours, and Gather asks several and puts their lines under it.
//
// Reading order: server.go, files.go, ask.go.
//
// What must always hold: what was cosigned is on the disk before the cosignature leaves, one
// request at a time for each witness. What cannot be read is not taken for nothing: then nothing
// is cosigned. A witness's line counts only if its key verifies it. A log that another history was
// shown of is told as that, and never as an outage.
//
// What is not here: the rules (instrument/witness), listening and who asks when (app).
package cosign
