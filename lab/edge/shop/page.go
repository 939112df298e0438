package shop

import (
	"bytes"
	"strings"
	"time"
)

// What a request of each class costs a worker. Static files cost none: they come from memory.
const (
	PageTakes   = 10 * time.Millisecond
	SearchTakes = 40 * time.Millisecond
)

// Sizes of answers in bytes.
const (
	pageSize   = 6 << 10
	searchSize = 4 << 10
	staticSize = 12 << 10
)

// Takes says what a path costs, and how large its answer is.
func Takes(path string) (work time.Duration, size int) {
	path, _, _ = strings.Cut(path, "?")
	switch {
	case strings.HasPrefix(path, "/static/"):
		return 0, staticSize
	case path == "/search":
		return SearchTakes, searchSize
	}
	return PageTakes, pageSize
}

// page is what a host serves at a path: its name and the path, and then lines up to the size.
func page(host, path string) []byte {
	_, size := Takes(path)
	b := make([]byte, 0, size)
	b = append(b, "<!DOCTYPE html><title>"...)
	b = append(b, host...)
	b = append(b, ' ')
	b = append(b, bytes.ReplaceAll([]byte(path), []byte("<"), []byte("%3C"))...)
	b = append(b, "</title>\n"...)
	for len(b) < size {
		b = append(b, "What is said here is said at every path.\n"...)
	}
	return b[:size]
}

// Right says whether a body is the one that a host serves at a path.
func Right(host, path string, body []byte) bool { return bytes.Equal(body, page(host, path)) }
