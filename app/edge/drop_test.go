package edge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
)

// clientEnv makes a process of this test's program one that visits a site: where, its host, how many at once, and how many visits each.
const clientEnv = "EVENKEEL_TEST_CLIENT"

type clientOrder struct {
	At, Host     string
	Many, Visits int // 0 visits: without end
	Within       time.Duration
}

// visitAsClient visits as a browser of which nobody reads the answer, and writes when it began, then each status; 0 is no answer.
func visitAsClient(text string) {
	var o clientOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(time.Now().UnixNano())
	var all sync.WaitGroup
	for range o.Many {
		all.Go(func() {
			c := http.Client{Timeout: o.Within, Transport: &http.Transport{}}
			for i := 0; o.Visits == 0 || i < o.Visits; i++ {
				q, _ := http.NewRequest("GET", "http://"+o.At+"/", nil)
				q.Host = o.Host
				q.Header.Set("Accept", "text/html")
				code := 0
				if a, err := c.Do(q); err == nil {
					a.Body.Close()
					code = a.StatusCode
				}
				if o.Visits > 0 {
					fmt.Println(code)
				}
			}
		})
	}
	all.Wait()
}
