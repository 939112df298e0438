package challenge

import _ "embed"

// Script finds the nonce in a browser; what the page has to hold stands at its top. It is to be served as a file of the same
// site, so that the page's policy may forbid every script that stands in a page: script-src 'self' is enough.
//
//go:embed solve.js
var Script []byte
