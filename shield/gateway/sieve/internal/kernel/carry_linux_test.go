package kernel

import (
	"bytes"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// pair returns two ends of a connection of TCP.
func pair(t *testing.T) (a, b *net.TCPConn) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if b, err = l.AcceptTCP(); err != nil {
		t.Fatal(err)
	}
	a = c.(*net.TCPConn)
	for _, c := range []*net.TCPConn{a, b} {
		c.SetDeadline(time.Now().Add(30 * time.Second))
		t.Cleanup(func() { c.Close() })
	}
	return a, b
}

func descriptors(t *testing.T) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(d)
}

func TestWhatIsCarriedIsWholeHoweverSlowlyItIsRead(t *testing.T) {
	visitor, front := pair(t)
	back, gateway := pair(t)
	sent := make([]byte, 8<<20)
	for i := range sent {
		sent[i] = byte(i * i >> 8)
	}
	moved := make(chan int64, 1)
	go func() {
		n, err := Carry(back, front)
		if err != nil {
			t.Error(err)
		}
		back.CloseWrite()
		moved <- n
	}()
	go func() {
		visitor.Write(sent)
		visitor.CloseWrite()
	}()
	var got bytes.Buffer
	for size := 1; ; size = size%8191 + 977 {
		n, err := io.CopyN(&got, gateway, int64(size))
		if n < int64(size) || err != nil {
			break
		}
	}
	if !bytes.Equal(got.Bytes(), sent) || <-moved != int64(len(sent)) {
		t.Error("what came is not what was sent")
	}
}

// TestWhatIsLeftInAPipeIsNobodys resets an end while a pipe has bytes for it, and carries for others afterwards.
func TestWhatIsLeftInAPipeIsNobodys(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // nothing is closed only because it was collected
	before := descriptors(t)
	for range 20 {
		visitor, front := pair(t)
		back, gateway := pair(t)
		done := make(chan error, 1)
		go func() {
			_, err := Carry(back, front)
			done <- err
		}()
		go visitor.Write(bytes.Repeat([]byte("secret"), 4<<20)) // more than all buffers take
		if _, err := io.ReadFull(gateway, make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		gateway.SetLinger(0)
		gateway.Close()
		if err := <-done; err == nil {
			t.Fatal("a reset was not told")
		}
		for _, c := range []*net.TCPConn{visitor, front, back} {
			c.Close()
		}

		other, front := pair(t)
		back, gateway = pair(t)
		go Carry(back, front)
		io.WriteString(other, "mine")
		other.CloseWrite()
		b := make([]byte, 4)
		if _, err := io.ReadFull(gateway, b); err != nil || string(b) != "mine" {
			t.Fatalf("%q, %v", b, err)
		}
		for _, c := range []*net.TCPConn{other, front, back, gateway} {
			c.Close()
		}
	}
	if got := descriptors(t) - before; got > 20 {
		t.Errorf("%d descriptors are left of 20 resets", got)
	}
}

func TestAConnectionOnWhichNothingMovesHasNoPipe(t *testing.T) {
	before := descriptors(t)
	const conns = 50
	for range conns {
		visitor, front := pair(t)
		back, gateway := pair(t)
		go Carry(back, front)
		go Carry(front, back)
		for range 3 {
			io.WriteString(visitor, "asked")
			if _, err := io.ReadFull(gateway, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			io.WriteString(gateway, "answered")
			if _, err := io.ReadFull(visitor, make([]byte, 8)); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := 0
	for range 100 { // pipes that rest in the pool are closed by the collector
		runtime.GC()
		if got = descriptors(t) - before - 4*conns; got <= conns {
			return
		}
	}
	t.Errorf("%d descriptors beside those of sockets", got)
}

func TestItIsToldWhenSomethingMoved(t *testing.T) {
	a, b := pair(t)
	io.WriteString(a, "12345")
	if _, err := io.ReadFull(b, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	i, err := Of(b)
	if err != nil || i.Received != 5 || i.Quiet > 20*time.Second {
		t.Errorf("%+v, %v", i, err)
	}
	b.Close()
	if _, err := Of(b); err == nil {
		t.Error("a closed connection was told of")
	}
}
