// Package testhost is a host of virtual machines in network namespaces, with real traffic through its guests' ports.
//
// In and out: a test asks for a World in a process of its own (Alone), plugs guests in (World.Plug), and starts loads
// in them: frames (Flood, UDPFlood, Scan), a web server (Serve) and visitors from the internet (Visit),
// and lawful ones that talk to many in the internet (SpeedTest, Crawler, Torrent, Relay; Answer is whoever answers). What comes out is
// what reached those attacked (World.Arrived), and a Report of each load.
//
// Reading order: alone.go (a process of its own), world_linux.go (who is where), job_linux.go (loads are processes of their own), frames_linux.go and
// pages_linux.go, peers_linux.go (the loads), clock_linux.go.
//
// What must always hold: no address and no route leads out of the namespaces of the test. A load runs in a process of its own, so
// that it takes no turns of whoever measures; it has an end of its own, and ends with whoever started it. What arrives is
// counted by the kernel before anything answers, so that counting does not break under a flood.
//
// What is not here: programs at ports (instrument/port), the agent (app/agent), what rules say of it (watch).
package testhost
