package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

// second is a second of a site under attack, with two requests.
func second() gateway.Counted {
	from := evenkeel.Moment(1_795_000_000_000_000_000)
	c := gateway.Counted{
		Site: "shop", Tenant: "t-1", Asset: "shop.example", From: from, Until: from.Add(time.Second),
		Sum: gateway.Sum{Visits: 100, Passed: 10, Failed: 1, Wanted: 12, Served: 9, Asked: 70, Solved: 2, Refused: 15, Turned: 5, Bytes: 4096,
			Edge: 7 * time.Millisecond, Backend: 300 * time.Millisecond, Saved: 2 * time.Second},
		Requests: []evenkeel.Request{
			{At: from.Add(time.Millisecond), Asset: "shop.example", Path: "GET /search", Client: "00c0ffee", Network: "192.0.2.0/24", Did: "asked", Status: 4, Bytes: 3000, Of: 70},
			{At: from.Add(2 * time.Millisecond), Asset: "shop.example", Path: "GET /", Did: "passed", Status: 2, Took: 20 * time.Millisecond, Of: 10},
		},
	}
	c.At[stage.Proof] = time.Second
	return c
}

// TestWhatIsWrittenToTheFileIsReadAsWhatIsHandedOn holds the two ways of records beside each other.
func TestWhatIsWrittenToTheFileIsReadAsWhatIsHandedOn(t *testing.T) {
	key := siphash.Key{7}
	r := records{name: "edge-1", key: key, meter: visits.New(key, "edge-1")}
	c := second()
	handed := r.batches(c.Until, []gateway.Counted{c})[0]
	text, err := r.lines([]gateway.Counted{c})
	if err != nil {
		t.Fatal(err)
	}
	d, read, tally := cloudevent.Decoder{Key: key}, evenkeel.NewBatch("edge-1", c.Until), intake.Tally{}
	for line := range bytes.Lines(text) {
		if err := d.Event(read, line, 0, &tally); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if tally.Accepted != 3 || tally.String() != "accepted 3" || len(read.Records) != visits.Records+2 || len(handed.Records) != len(read.Records) {
		t.Fatalf("%v: %d records read, %d handed on", &tally, len(read.Records), len(handed.Records))
	}
	for i := range read.Records {
		a, b := fmt.Sprint(handed.Usage(&handed.Records[i])), fmt.Sprint(read.Usage(&read.Records[i]))
		if i >= visits.Records {
			a, b = fmt.Sprint(handed.Request(&handed.Records[i])), fmt.Sprint(read.Request(&read.Records[i]))
		}
		if a != b {
			t.Errorf("record %d\nhanded on %s\nread      %s", i, a, b)
		}
	}
}

func TestWhoeverDoesNotTakeRecordsIsGivenThemAgainInOrder(t *testing.T) {
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", backend(t, "a").URL, "")})
	r := run(t, dir, sites, nil)
	var took []evenkeel.Moment
	down := true
	x := records{name: "edge-1", meter: visits.New(siphash.Key{}, "edge-1"), publish: func(_ context.Context, b *evenkeel.Batch) error {
		if down {
			return errors.New("nobody is there")
		}
		took = append(took, b.Records[0].At)
		return nil
	}}
	c := second()
	for range mostWaiting + 2 {
		c.From, c.Until = c.Until, c.Until.Add(time.Second)
		x.told(t.Context(), r.Process, c.Until, []gateway.Counted{c})
	}
	r.log.waits(t, "nobody is there")
	if len(x.wait) != mostWaiting || x.lost != 2 {
		t.Errorf("%d wait and %d are lost; expected %d and the two oldest", len(x.wait), x.lost, mostWaiting)
	}
	down = false
	x.told(t.Context(), r.Process, c.Until, nil)
	r.log.waits(t, "records were lost while nobody took them")
	all := make([]gateway.Counted, 1000)
	for i := range all {
		all[i] = second()
	}
	records := 0
	for _, b := range x.batches(c.Until, all) {
		if n := len(evenkeel.AppendBatch(nil, b)); n > 512<<10 || len(b.Records) > mostRecords {
			t.Errorf("a batch of %d records has %d bytes", len(b.Records), n)
		}
		records += len(b.Records)
	}
	if records != 1000*(visits.Records+2) {
		t.Errorf("%d records of 1,000 sites", records)
	}
	if len(took) != mostWaiting || took[len(took)-1] != c.Until || took[0] != c.Until.Add(-(mostWaiting-1)*time.Second) {
		t.Errorf("%d were taken, the first of %s", len(took), took[0])
	}
}

func TestWhatCameIsInTheFileWhenTheGatewayEnds(t *testing.T) {
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", backend(t, "a").URL, "")})
	file := filepath.Join(t.TempDir(), "records.jsonl")
	handed := make(chan *evenkeel.Batch, 100)
	r := runWith(t, dir, sites, func(s *Settings) { s.Name, s.Records.File = "edge-1", file }, func(_ context.Context, b *evenkeel.Batch) error {
		handed <- b
		return nil
	})
	r.asks(t, "shop.example", "/")
	for r.edge.Standings(true)[0].Last.Offered == 0 { // requests are drawn from when the edge knows that the site is visited
		if _, err := AskStatus(t.Context(), dir, true); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		r.asks(t, "shop.example", "/article/17?session=secret")
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var sites1, requests int
	for line := range bytes.Lines(text) {
		var e struct {
			Type, Source string
			Data         struct {
				Visits, Passed, Served, Of uint64
				Path, Network              string
			}
		}
		if err := json.Unmarshal(line, &e); err != nil || e.Source != "edge-1" {
			t.Fatalf("%s: %v", line, err)
		}
		switch d := e.Data; e.Type {
		case "evenkeel.site.v1":
			sites1++
			if d.Visits != 6 || d.Passed != 6 || d.Served != 6 {
				t.Errorf("six visits are %s", line)
			}
		case "evenkeel.request.v1":
			requests += int(d.Of)
			if d.Path != "GET /article/#" || d.Network != "127.0.0.0/24" {
				t.Errorf("a request is %s", line)
			}
		}
	}
	if sites1 != 1 || requests != 5 || bytes.Contains(text, []byte("secret")) || bytes.Contains(text, []byte("127.0.0.1")) {
		t.Errorf("%d intervals, requests for %d:\n%s", sites1, requests, text)
	}
	if b := <-handed; len(b.Records) != visits.Records+4 { // a fourth of 16
		t.Errorf("%d records are handed on", len(b.Records))
	}
}

func TestALineFileHasWholeLinesAndIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	line := strings.Repeat("x", 99) + "\n"
	f, err := openLines(path, 1000, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 45 {
		if err := f.append([]byte(fmt.Sprintf("%02d", i) + line[2:])); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"f": "40", "f.1": "30", "f.2": "20"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err != nil || !strings.HasPrefix(string(text), want) || len(text)%100 != 0 {
			t.Errorf("%s: %d bytes from %.2s on, %v; expected from %s on", name, len(text), text, err, want)
		}
	}
	if names, _ := os.ReadDir(filepath.Dir(path)); len(names) != 3 {
		t.Errorf("%d files", len(names))
	}
	half, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	half.WriteString("half a li")
	half.Close()
	if f, err = openLines(path, 1000, 1); err == nil {
		err = f.append([]byte(line))
	}
	text, _ := os.ReadFile(path)
	if err != nil || len(text) != 600 {
		t.Errorf("after half a line it has %d bytes, %v", len(text), err)
	}
	for range 6 {
		err = errors.Join(err, f.append([]byte(line)))
	}
	if text, _ = os.ReadFile(path); err != nil || len(text) != 200 {
		t.Errorf("the only file has %d bytes, %v", len(text), err)
	}
	f.close()
	if _, err := openLines(filepath.Join(path, "nowhere"), 1000, 1); err == nil || !strings.Contains(err.Error(), "open "+path) {
		t.Errorf("below a file: %v", err)
	}
}
