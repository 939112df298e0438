package baseline

// Answer is one of three.
type Answer uint8

// The answers.
const (
	Unknown Answer = iota
	Yes
	No
)

// Facts are what was read of a machine. What could not be read is Unknown, or nil.
type Facts struct {
	Filtered  Answer   // whether what comes in is dropped unless a rule lets it pass
	FilterBy  string   // where that was read
	SSH       Settings // of the ssh server; nil: there is none, or it is not known
	Keys      []Key
	Listening []Socket
	SocketsOK bool // Listening could be read
	Upgrades  Answer
}

// Settings are keywords of sshd_config(5) in lower case with their values.
type Settings map[string]string

// Key is a line of a list of keys that may sign in.
type Key struct {
	User string
	Type string // ssh-ed25519 …
	Bits int    // of an RSA key; 0 otherwise
}

// State is how a point stands.
type State string

// The states.
const (
	Good   State = "good"
	Bad    State = "bad"
	Unsure State = "unknown"
)

// Point is one thing that was looked at.
type Point struct {
	ID    string `json:"id"`
	State State  `json:"state"`
	Seen  string `json:"seen"`
	Why   string `json:"why"`
	Do    string `json:"do,omitempty"` // empty where it is good
}
