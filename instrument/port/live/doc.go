// Package live hangs programs of this host's kernel at guests' ports.
//
// In and out: Open loads the programs; then ports are attached with the guests that hang there, rules are set,
// and counts read once a second. All values are those of instrument/port.
//
// Reading order: live_linux.go; live_other.go, where there is nothing to load.
//
// What must always hold: what instrument/port/internal/kernel says; nothing but it is behind this door.
//
// What is not here: how it is done (instrument/port/internal/kernel), and which rules (shield).
package live
