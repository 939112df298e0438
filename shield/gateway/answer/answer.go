package answer

import "strconv"

// Answer is what is sent to a visitor. Its field values are shared by all answers: whoever sends it changes none.
type Answer struct {
	Status int
	// Body is the rest of the buffer that was given, or one that all answers share. Its length is Content-Length. For HEAD it is not sent.
	Body []byte

	fields  []field
	retry   []string
	refresh []string
}

type field struct {
	name   string // in canonical form
	values []string
}

// Put writes the header fields into a header, over those that are there. What it writes is never to be changed; to add a
// value to it with append is safe.
func (a *Answer) Put(header map[string][]string) {
	for i := range a.fields {
		header[a.fields[i].name] = a.fields[i].values
	}
	if a.retry != nil {
		header["Retry-After"] = a.retry
	}
	if a.refresh != nil {
		header["Refresh"] = a.refresh
	}
}

// Retry returns the value of Retry-After in seconds, "" where there is none.
func (a *Answer) Retry() string {
	if len(a.retry) == 0 {
		return ""
	}
	return a.retry[0]
}

// one returns a field's only value, with no room behind it.
func one(value string) []string { return []string{value}[:1:1] }

// Seconds are told in steps, so that each value is there already: each second up to a minute, half minutes up to an hour, ten
// minutes up to a day.
const (
	fineTo, middleTo   = 60, 60 * 60
	middle, coarse     = 30, 10 * 60
	middleAt, coarseAt = fineTo, fineTo + (middleTo-fineTo)/middle
)

var waits = func() (all [coarseAt + (MostRetry-middleTo)/coarse][]string) {
	for i := range all {
		n := i + 1
		switch {
		case i >= coarseAt:
			n = middleTo + (i-coarseAt+1)*coarse
		case i >= middleAt:
			n = fineTo + (i-middleAt+1)*middle
		}
		all[i] = one(strconv.Itoa(n))
	}
	return all
}()

// retryAfter returns the value of Retry-After for so many seconds, rounded up to the next step.
func retryAfter(seconds int) []string {
	n := min(max(seconds, LeastRetry), MostRetry)
	switch {
	case n <= fineTo:
		return waits[n-1]
	case n <= middleTo:
		return waits[middleAt+(n-fineTo-1)/middle]
	}
	return waits[coarseAt+(n-middleTo-1)/coarse]
}
