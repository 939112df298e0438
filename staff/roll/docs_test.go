package roll

import (
	"os"
	"strings"
	"testing"
)

// TestTheTableForPeopleIsTheTable holds docs/sign-in.md to what roles may do.
func TestTheTableForPeopleIsTheTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/sign-in.md")
	if err != nil {
		t.Fatal(err)
	}
	var columns []Role
	seen := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "may" {
			for _, word := range cells[1:] {
				r, err := ParseRole(word)
				if err != nil {
					t.Fatal(err)
				}
				columns = append(columns, r)
			}
		}
		word, _, _ := strings.Cut(cells[0], ":")
		right, err := ParseRight(word)
		if err != nil || len(cells) != len(columns)+1 {
			continue
		}
		seen++
		for i, r := range columns {
			if says := cells[i+1] == "yes"; says != May(r, right) {
				t.Errorf("the page says %v of a %s who wants to %s; it is %v", says, r, right, May(r, right))
			}
		}
	}
	if len(columns) != len(Roles()) || seen != int(ManageStaff) {
		t.Errorf("the page has %d roles and %d rights; expected %d and %d", len(columns), seen, len(Roles()), ManageStaff)
	}
}
