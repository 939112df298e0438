// Package receive is the intake's network side: handlers that take what senders bring, hand it
// to a durable log and only then thank them.
//
// In and out: Door.HTTP takes OTLP metrics (POST /v1/metrics), Prometheus remote write 1.0 (POST
// /api/v1/write) and CloudEvents (POST /events), and serves the events' schemas (GET /schemas);
// Door.GRPC takes OTLP metrics over gRPC. Each request becomes one evenkeel.Batch of its source,
// which goes to a Log; the answer says what became of it in the words of its protocol.
//
// Reading order: door.go (what a Door is made of), source.go (who may say what), visit.go (the
// way of every request), budget.go and turns.go (how much at a time), body.go (bytes and
// compression), refusal.go (why a whole request is not taken), count.go; then one file per
// protocol: otlphttp.go, otlpgrpc.go, write.go, events.go, and status.go for the messages that
// OTLP answers with.
//
// What must always hold: a sender is thanked after the log has said that the batch is durable,
// never before. What is refused never reaches the log. Load is shed here and counted, and a
// sender that should come again is told when. A token stands in no log, error or answer.
// Whatever a body holds, what it costs in memory is bounded by the limits.
//
// What is not here: listening and TLS (app; Door.GRPC needs HTTP/2, in the clear or not), what
// formats mean (the packages beside this one), and what becomes of a batch.
package receive
