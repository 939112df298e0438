package port

// Answer is whether a kernel can do something, found out by trying.
type Answer uint8

// The three answers.
const (
	CannotTell Answer = iota
	No
	Yes
)

var answers = []string{"cannot tell", "no", "yes"}

// String is the answer in words.
func (a Answer) String() string {
	if int(a) < len(answers) {
		return answers[a]
	}
	return "unknown"
}

// Feature is one thing that a kernel was asked to do.
type Feature struct {
	Name   string
	Answer Answer
	Why    string // what the kernel said, where the answer is not yes
}
