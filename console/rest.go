package console

import (
	"net/http"

	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// maxHeld is how many findings without an owner one page shows.
const maxHeld = 50

// heldView is what was found about machines that nobody is known to hold.
type heldView struct {
	Found []findingView
	Why   []string // of each of Found
	Part  part
}

// held lists findings without an owner.
func (s *Server) held(v *visit) error {
	st, err := s.parts.Status(v.ctx())
	if err != nil {
		return err
	}
	d := heldView{Part: v.pages("/held").of("from", len(st.Held), maxHeld, "", "findings")}
	d.Part.Earlier, d.Part.Later = "Findings before these", "Findings after these"
	for i := d.Part.From; i < d.Part.Until; i++ {
		d.Found = append(d.Found, findingOf(&st.Held[i], i-d.Part.From < maxFound))
		d.Why = append(d.Why, st.Held[i].Held)
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "Whose is this?"}, "held", d)
}
