package visit

import (
	"strings"

	"github.com/evenkeel/evenkeel"
)

// What the inbox writes beside the words of a mail, for whoever decides: how it came, what its signatures prove, and
// where it lies.
const (
	ofMail     = "\n\n[By mail, "
	ofStranger = ofMail + "from an address that is not a contact."
)

// mailed takes off the words of a mail what stands beside them for staff, and says whether it came from an address that
// is no contact's: nobody reads on their own page as their own what a stranger wrote.
func mailed(e *evenkeel.Entry, words string) (text string, byMail, stranger bool) {
	i := strings.LastIndex(words, ofMail)
	if !strings.HasPrefix(e.Ref, "mail-") || i < 0 {
		return words, false, false
	}
	return words[:i], true, strings.HasPrefix(words[i:], ofStranger)
}
