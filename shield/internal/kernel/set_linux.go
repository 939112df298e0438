package kernel

import (
	"errors"
	"slices"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
)

// chunk is how many elements one message takes; more than fit into 64 KiB are lost without an error.
const chunk = 1000

// buffer is how much a socket holds: a thousand ports of guests, or a set of 65,536 addresses, in one transaction.
const buffer = 32 << 20

// Conn is a connection for one transaction, in a network namespace; 0: that of the caller.
func Conn(netns int) (*nftables.Conn, error) {
	options := []nftables.ConnOption{nftables.WithSockOptions(func(c *netlink.Conn) error {
		return errors.Join(c.SetWriteBuffer(buffer), c.SetReadBuffer(buffer))
	})}
	if netns != 0 {
		options = append(options, nftables.WithNetNSFd(netns))
	}
	return nftables.New(options...)
}

// Add fills a set, in messages that are not too large.
func Add(c *nftables.Conn, s *nftables.Set, elements []nftables.SetElement) error {
	for part := range slices.Chunk(elements, chunk) {
		if err := c.SetAddElements(s, part); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes elements out of a set, likewise.
func Remove(c *nftables.Conn, s *nftables.Set, elements []nftables.SetElement) error {
	for part := range slices.Chunk(elements, chunk) {
		if err := c.SetDeleteElements(s, part); err != nil {
			return err
		}
	}
	return nil
}
