//go:build !race

package hostlink

const crowd = 1000
