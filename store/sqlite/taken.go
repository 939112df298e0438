package sqlite

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// Taken says whether a key was put before.
func (x *tx) Taken(key string) (taken bool, err error) {
	_, err = x.one(context.Background(), []any{&taken}, "SELECT EXISTS (SELECT 1 FROM taken WHERE key = ?)", key)
	return taken, told(fmt.Sprintf("look whether %q was taken", key), err)
}

func (x *tx) keepTaken(ctx context.Context, c *docket.Changes) error {
	for _, key := range c.Taken {
		if err := x.exec(ctx, "INSERT OR FAIL INTO taken (key) VALUES (?)", key); err != nil {
			return told(fmt.Sprintf("take key %q", key), err)
		}
	}
	return nil
}
