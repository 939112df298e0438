package courier

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// TestHowLongIsSaidAsTheTimesBesideItAre (N): what a reader counts from one time to another that stands in the letter is
// what it says; of what began before the letter it says what is left; and who may have answered is not only told to.
func TestHowLongIsSaidAsTheTimesBesideItAre(t *testing.T) {
	n := notice(evenkeel.MeasureIsolate, "m-3")
	n.Keeps = keptUnderIsolation
	n.From, n.At, n.Until = written.Add(50*time.Second), written.Add(50*time.Second), written.Add(4*time.Hour+10*time.Second)
	later := n
	later.At, later.AnswerBy = written.Add(14*time.Minute), 0
	for _, c := range []struct {
		n             evenkeel.Notice
		lang, is, not string
	}{
		{n, "en", "UTC (for 4 hours).", "or wait for our answer"}, {n, "zh", "（为期 4 小时）", "已在等待"},
		{later, "en", "UTC (for another 3 hours 46 minutes).", "If you answer at once, a person"}, {later, "zh", "（还有 3 小时 46 分钟）", "如果您立即答复，工作人员"},
	} {
		got, err := Render(&c.n, Recipient{Lang: c.lang}, doors, office)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(strings.Fields(got.Text), " "); !strings.Contains(text, c.is) || strings.Contains(text, c.not) {
			t.Errorf("it should say %q and not %q:\n%s", c.is, c.not, got.Text)
		}
	}
}
