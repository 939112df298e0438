package evenkeel

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxID is the longest id in bytes. Ids are opaque: we compare them, nothing else.
const MaxID = 256

// TenantID names a customer of the cloud.
type TenantID string

// AssetID names what a tenant may hold: a VM, pod, address, domain, namespace, account or
// API key. It is unique over the whole cloud.
type AssetID string

// CheckID says what is wrong with an id, or nil. An id has 1 to MaxID bytes of valid UTF-8
// without control characters. The name of the field goes into the error.
func CheckID(field, id string) error {
	switch {
	case id == "":
		return Invalid("%s is empty; expected 1 to %d bytes", field, MaxID)
	case len(id) > MaxID:
		return Invalid("%s has %d bytes; expected at most %d", field, len(id), MaxID)
	case !utf8.ValidString(id):
		return Invalid("%s is not valid UTF-8", field)
	}
	for _, r := range id {
		if unicode.IsControl(r) {
			return Invalid("%s %q has a control character", field, id)
		}
	}
	return nil
}

// Partitions is the number of partitions of the intake stream and of the watch engine's
// state. It is fixed for ever: a key's partition is part of stored state.
const Partitions = 64

// PartitionOf returns the partition of a routing key (see Batch.Route), 0 to Partitions-1:
// the FNV-1a hash of 64 bits, modulo Partitions.
func PartitionOf(key string) int {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h ^= uint64(key[i])
		h *= 1099511628211
	}
	return int(h % Partitions)
}

// digest derives an id: SHA-256 over what it is for and its parts, each text with its length
// before it, so that no two lists of parts are the same bytes.
type digest struct{ hash.Hash }

func newDigest(what string) digest {
	d := digest{sha256.New()}
	d.text(what)
	return d
}

func (d digest) number(v uint64) { d.Write(binary.LittleEndian.AppendUint64(nil, v)) }

func (d digest) text(s string) {
	d.number(uint64(len(s)))
	d.Write([]byte(s))
}

// id returns the prefix and 130 bits in base 32 (RFC 4648, lower case).
func (d digest) id(prefix string) string {
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(d.Sum(nil))[:26])
}

// deriveID derives an id from texts.
func deriveID(prefix, what string, parts ...string) string {
	d := newDigest(what)
	for _, p := range parts {
		d.text(p)
	}
	return d.id(prefix)
}

// Subject is what a finding is about.
type Subject struct {
	Kind SubjectKind
	// Asset is set for SubjectAsset; Tenant for the other kinds, and for an asset once it
	// is attributed; Principal for SubjectPrincipal.
	Asset     AssetID
	Tenant    TenantID
	Principal string
	// Since is when the tenancy began that an asset is meant in; 0 where nobody was known to
	// hold it. An asset that changes hands is another subject.
	Since Moment
}

// SubjectKind says which state a rule keeps: one per asset, tenant or principal.
type SubjectKind uint8

// The kinds of subject.
const (
	SubjectAsset     SubjectKind = iota + 1 // one machine, pod, address …
	SubjectTenant                           // one customer
	SubjectPrincipal                        // one user, key or service account of a customer
)

var subjectKinds = [...]string{SubjectAsset: "asset", SubjectTenant: "tenant", SubjectPrincipal: "principal"}

// String returns the word that rules use: asset, tenant or principal.
func (k SubjectKind) String() string { return word(subjectKinds[:], int(k)) }

// ParseSubjectKind reads the word of a rule document.
func ParseSubjectKind(s string) (SubjectKind, error) {
	return parseWord[SubjectKind]("subject", subjectKinds[:], s)
}

// MarshalText writes String.
func (k SubjectKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word.
func (k *SubjectKind) UnmarshalText(b []byte) error { return readWord(k, b, ParseSubjectKind) }

// String returns the kind and the id, such as "asset vm-17".
func (s Subject) String() string {
	switch s.Kind {
	case SubjectAsset:
		return "asset " + string(s.Asset)
	case SubjectPrincipal:
		return fmt.Sprintf("principal %s of %s", s.Principal, s.Tenant)
	default:
		return "tenant " + string(s.Tenant)
	}
}
