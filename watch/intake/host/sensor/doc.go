// Package sensor watches machines from the inside: one, or a container host with its guests, by their roots.
//
// In and out: Roots go in (Open, Follow), which are folders with an asset each; batches of host events come out of
// Sensor.Run. Figures says what was seen, lost and left out.
//
// Reading order: sensor.go (what it is made of, the loop), folder.go (which folders are watched and how that
// follows what is made and removed), event.go (an event of the kernel becomes an observation), process.go (who it
// was), sweep.go (what is read now and then: modules, programs in memory, the firewall), shelf.go (files looked at later).
//
// What must always hold: nothing is ever held up or changed on what is watched. No link of a guest leads out of its
// root. Events that the kernel lost are counted and told, and after them everything is looked at anew. Whoever did
// something is looked up at once; "gone already" is an answer. Of a kernel without fanotify the files are told
// without who it was. What is needed is CAP_SYS_ADMIN (for processes of others) and CAP_DAC_READ_SEARCH; no more.
//
// What is not here: what a change means (watch/intake/host), how batches travel (app).
package sensor
