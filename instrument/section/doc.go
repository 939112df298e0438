// Package section writes values one after another, in named sections, and reads them back or
// says that they were damaged.
//
// In and out: a Writer takes numbers, texts and bytes; out comes a stream of compressed
// pieces with a checksum each. A Reader takes the stream and gives the values back, in the
// order in which they were written.
//
// Reading order: format.go (the stored form), writer.go, reader.go, errors.go.
//
// What must always hold: the same values give the same bytes on every architecture; a
// stream that was changed, cut, put in another order or continued gives an error of type
// Damaged and no value that was not written; what a number in the stream claims is not
// believed: memory grows with what was read, by at most a piece at a time.
//
// What is not here: what the values mean, which version of them is read (the caller), files
// and where they are put.
package section
