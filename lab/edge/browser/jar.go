package browser

import (
	"net/http"
	"strings"
	"sync"
)

// MostCookies is how many cookies a Jar keeps; the oldest make room.
const MostCookies = 50

// Jar keeps the cookies of one person for one host. Any number of goroutines may use it.
type Jar struct {
	mu   sync.Mutex
	list []Field
}

// Set keeps a cookie.
func (j *Jar) Set(name, value string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.drop(name)
	if len(j.list) == MostCookies {
		j.list = j.list[1:]
	}
	j.list = append(j.list, Field{name, value})
}

func (j *Jar) drop(name string) {
	for i, c := range j.list {
		if c.Name == name {
			j.list = append(j.list[:i:i], j.list[i+1:]...)
			return
		}
	}
}

// Learn keeps what an answer sets, and forgets what it takes back.
func (j *Jar) Learn(r *Response) {
	for _, f := range r.Fields {
		if f.Name != "set-cookie" {
			continue
		}
		c, err := http.ParseSetCookie(f.Value)
		if err != nil {
			continue
		}
		if c.MaxAge < 0 {
			j.mu.Lock()
			j.drop(c.Name)
			j.mu.Unlock()
			continue
		}
		j.Set(c.Name, c.Value)
	}
}

// Line is the value of the Cookie field, the oldest first.
func (j *Jar) Line() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var b strings.Builder
	for i, c := range j.list {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.Name + "=" + c.Value)
	}
	return b.String()
}
