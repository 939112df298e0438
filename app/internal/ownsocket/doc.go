// Package ownsocket listens at a socket in a directory that only the directory's owner, and root, may speak at.
//
// In and out: a directory and the name of the socket come in; Listen makes it, Socket.Serve answers HTTP there until it is
// to end, and Peer says who asks. Dial and Ask are the other side.
//
// Reading order: socket.go, peer.go, ask.go.
//
// What must always hold: there is no moment in which the socket is open to others; one that is in use is not
// replaced, and one whose process has ended is; who asks is what the kernel noted, and nobody where it noted
// nothing.
//
// What is not here: what is said there (app, app/agent).
package ownsocket
