package testhost

import "time"

// now is the clock of loads: they happen in real time.
var now = time.Now
