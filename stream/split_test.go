package stream

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/packed"
	"pgregory.net/rapid"
)

// drawBatch draws a batch with records of several kinds about few assets and tenants.
func drawBatch(t *rapid.T) *evenkeel.Batch {
	b := evenkeel.NewBatch(rapid.StringN(0, 8, 40).Draw(t, "source"), evenkeel.Moment(rapid.Int64().Draw(t, "arrived")))
	name := rapid.SampledFrom([]string{"", "a", "b", "vm-1", "vm-2", "vm-3", "tenant-1", "tenant-2", strings.Repeat("long", 3000)})
	b.Intern("not named by any record")
	for i := range rapid.IntRange(0, 60).Draw(t, "records") {
		id := uint64(i + 1)
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			b.AddUsage(evenkeel.Usage{ID: id, Asset: evenkeel.AssetID(name.Draw(t, "asset")), Line: rapid.Uint64().Draw(t, "line"), Value: rapid.Float64().Draw(t, "value")})
		case 1:
			b.AddLifecycle(evenkeel.Lifecycle{ID: id, Asset: evenkeel.AssetID(name.Draw(t, "asset")), Tenant: evenkeel.TenantID(name.Draw(t, "tenant")), Image: name.Draw(t, "image"), Principal: name.Draw(t, "principal")})
		case 2:
			b.AddFlow(evenkeel.Flow{ID: id, Asset: evenkeel.AssetID(name.Draw(t, "asset")), Remote: name.Draw(t, "remote"), Name: name.Draw(t, "name"), App: name.Draw(t, "app"), Protocol: name.Draw(t, "protocol")})
		}
	}
	return b
}

// texts is a record with its strings in the place of Syms.
type texts struct {
	record evenkeel.Record
	names  [7]string
}

func textsOf(b *evenkeel.Batch, r evenkeel.Record) texts {
	v := texts{names: [7]string{b.Text(r.Asset), b.Text(r.Tenant), b.Text(r.Names[0]), b.Text(r.Names[1]), b.Text(r.Names[2]), b.Text(r.Names[3]), b.Text(r.Names[4])}}
	r.Asset, r.Tenant, r.Names = 0, 0, [5]evenkeel.Sym{}
	v.record = r
	return v
}

func TestPartsHoldTheRecordsByPartitionInOrder(t *testing.T) {
	s, u := new(splitter), new(packed.Reader) // used again for each batch, as in life
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t)
		var want [evenkeel.Partitions][]texts
		for _, r := range b.Records {
			p := evenkeel.PartitionOf(b.Route(&r))
			want[p] = append(want[p], textsOf(b, r))
		}
		parts, err := s.split(b)
		if err != nil {
			t.Fatal(err)
		}
		var got [evenkeel.Partitions][]texts
		for _, p := range parts {
			sub, err := u.Batch(p.data)
			if err != nil {
				t.Fatal(err)
			}
			if sub.Source != b.Source || sub.Arrived != b.Arrived {
				t.Fatalf("a part is from %q at %d; expected %q and %d", sub.Source, sub.Arrived, b.Source, b.Arrived)
			}
			for _, r := range sub.Records {
				got[p.partition] = append(got[p.partition], textsOf(sub, r))
			}
			for _, text := range sub.Strings {
				if strings.HasPrefix(text, "not named") {
					t.Fatal("a part carries a string that none of its records names")
				}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("the parts hold %v; expected %v", got, want)
		}
	})
}

func TestStampsSurviveTheirOwnOverflow(t *testing.T) {
	s := new(splitter)
	b := evenkeel.NewBatch("source", 1)
	b.AddUsage(evenkeel.Usage{ID: 1, Asset: "vm-1"})
	for range 3 {
		if _, err := s.split(b); err != nil {
			t.Fatal(err)
		}
		s.round = ^uint32(0)
	}
	parts, err := s.split(b)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := new(packed.Reader).Batch(parts[0].data)
	if err != nil || sub.Text(sub.Records[0].Asset) != "vm-1" {
		t.Errorf("the part holds %v (%v); expected the record about vm-1", sub, err)
	}
}

// TestStoredMessagesAreRead reads messages that were stored once. The files never change.
func TestStoredMessagesAreRead(t *testing.T) {
	for _, name := range []string{"message-eks1.hex", "message-ekb1.hex"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		data, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		if err != nil {
			t.Fatal(err)
		}
		b, err := new(packed.Reader).Batch(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b.Source != "source" || b.Arrived != 7 || len(b.Records) != 3 || b.Text(b.Records[2].Asset) != "vm-3" || b.Records[2].Value != 0.5 {
			t.Errorf("%s holds %+v; expected three records about vm-1 to vm-3", name, b)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	b := evenkeel.NewBatch("source", 7)
	b.AddUsage(evenkeel.Usage{ID: 1, Asset: "vm-1", Value: 0.5})
	plain := evenkeel.AppendBatch(nil, b)
	f.Add(plain)
	f.Add(packed.Append(nil, plain))
	f.Add([]byte(packed.Magic + "\xff\xff\xff\xff\x0f"))
	f.Add([]byte(packed.Magic))
	f.Add([]byte("EKB"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		b, err := new(packed.Reader).Batch(data)
		if (b == nil) == (err == nil) {
			t.Errorf("unpacking gives %v and %v; expected one of both", b, err)
		}
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("unpacking says %v; expected an error of kind invalid", err)
		}
		if !bytes.Equal(before, data) {
			t.Error("unpacking changed what it read")
		}
	})
}
