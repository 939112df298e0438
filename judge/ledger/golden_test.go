package ledger_test

// These never change: logs and heads exist that hold them. They were computed a second time
// by another program, from the comments of Key.Subject, Key.Content and the form of leaves.
const (
	goldenSubject   = "zM8lW/9P5eFQuP6Tm18O1YLHNZywXDGh/URpzOlm65E="
	goldenAct       = "ChxW4PBVI+L33N7eoymA8hu/SHuModfC5O2mqKyfR98="
	goldenRoot      = "TgpNQLMxmoR3DeVdvpMG/jeVxnvX2wEt3QqVFwbbTG0="
	goldenDecision  = "v0PU41QejQJy2c6d4GaW00mgsJSNvQoynIY+YoWKSqw="
	goldenSignature = "IbuGrFmti4SIXfh3ejMvx0af0ozMaPpYpO3i+HvaRgsSmJrQ8teFDQTAnT/rkQD/mbs+KDfCb7oJgsFZVXVIeW1ozwI="
	goldenVerifier  = "ledger.example.com+21bb86ac+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
)
