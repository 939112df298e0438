package challenge

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// noon is the first moment of an epoch of tokens.
var noon = time.UnixMilli(int64(tokenEpoch/time.Millisecond) * 2_000_000).UTC()

var (
	shop  = DomainOf("shop.example")
	alice = Scope{shop, 0xa11ce}
	any1  = Demand{Bits: 1, Seconds: 1}
)

func seed(t testing.TB, with byte) Seed {
	t.Helper()
	s, err := NewSeed(bytes.Repeat([]byte{with}, LeastSeed))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keys(t testing.TB, with ...byte) *Keys {
	t.Helper()
	var seeds []Seed
	for _, w := range with {
		seeds = append(seeds, seed(t, w))
	}
	k, err := NewKeys(seeds...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func issued(t testing.TB, k *Keys, s Scope, a Ask, lot uint64, at time.Time) string {
	t.Helper()
	token, err := k.Issue(s, a, lot, at)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func solved(t testing.TB, token string, bits uint8) Answer {
	t.Helper()
	nonce, ok := Solve(token, bits, 0, 1<<24)
	if !ok {
		t.Fatal("no nonce is found")
	}
	return Answer{token, nonce}
}

func ticket(t testing.TB, k *Keys, s Scope, lot uint64, at time.Time) Ticket {
	t.Helper()
	got, err := k.Check(s, solved(t, issued(t, k, s, Ask{FormWork, 4}, lot, at), 4), any1, at)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func granted(t testing.TB, k *Keys, s Scope, lot uint64, long time.Duration, at time.Time) Pass {
	t.Helper()
	p, err := k.Grant(ticket(t, k, s, lot, at), long, at)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cookie is what a browser sends of what it was told to keep.
func cookie(j Jar, p Pass) string {
	pair, _, _ := strings.Cut(j.SetCookie(&p), ";")
	return pair
}

func TestAVisitorWhoWorksIsLetIn(t *testing.T) {
	k := keys(t, 1)
	token := issued(t, k, alice, Ask{FormWork, 8}, 7, noon)
	if len(token) != TokenSize || token != issued(t, k, alice, Ask{FormWork, 8}, 7, noon) {
		t.Fatalf("the token is %q; expected the same %d characters each time", token, TokenSize)
	}
	at := noon.Add(3 * time.Second)
	got, err := k.Check(alice, solved(t, token, 8), Demand{Bits: 8}, at)
	if err != nil || got.Ask != (Ask{FormWork, 8}) || !got.At.Equal(noon) {
		t.Fatalf("%+v, %v", got, err)
	}
	p, err := k.Grant(got, time.Hour, at)
	if err != nil || p.ID != got.ID() || !p.Until.Equal(at.Add(time.Hour)) {
		t.Fatalf("%+v, %v", p, err)
	}
	line := SecureJar.SetCookie(&p)
	if want := fmt.Sprintf("__Host-ek-%08x=", uint32(p.ID>>32)); !strings.HasPrefix(line, want) ||
		!strings.HasSuffix(line, "; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure") {
		t.Errorf("the cookie is %q", line)
	}
	back, err := k.Admit(SecureJar, alice, []string{"theme=dark; " + cookie(SecureJar, p)}, at.Add(59*time.Minute))
	if err != nil || back != p {
		t.Errorf("it comes back as %+v, %v; expected %+v", back, err, p)
	}
	if _, err := k.Admit(SecureJar, alice, []string{cookie(SecureJar, p)}, p.Until); !errors.Is(err, ErrNoPass) {
		t.Errorf("at its end: %v", err)
	}
}

func TestAVisitorWithoutAScriptWaits(t *testing.T) {
	k := keys(t, 1)
	answer := Answer{Token: issued(t, k, alice, Ask{FormWait, 5}, 7, noon)}
	for _, c := range []struct {
		name  string
		after time.Duration
		want  error
	}{
		{"an edge whose clock is behind asks to wait on with the same token", -20 * time.Second, ErrEarly},
		{"one that does not wait is early", 4999 * time.Millisecond, ErrEarly},
		{"one that waited is let in", 5 * time.Second, nil},
		{"one that comes late is let in", TokenFor - time.Millisecond, nil},
		{"one that comes too late is asked again", TokenFor, ErrExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := k.Check(alice, answer, Demand{Seconds: 5}, noon.Add(c.after))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if errors.Is(err, ErrEarly) {
				if !got.From().Equal(noon.Add(5 * time.Second)) {
					t.Errorf("it becomes good at %v", got.From())
				}
				if _, err := k.Grant(got, time.Hour, noon); err == nil {
					t.Error("there is a pass for what was early")
				}
			}
		})
	}
}

// TestANonceIsATextAndNoNumber is Anubis's fault of August 2025: its workers made fractions where the
// number of cores is odd, and its server wanted whole numbers.
func TestANonceIsATextAndNoNumber(t *testing.T) {
	k := keys(t, 1)
	token := issued(t, k, alice, Ask{FormWork, 1}, 1, noon)
	for _, form := range []string{"%d", "%d.5", "0%d", "-%d", "%de21", "w3-of-5_%d", "90071992547409%d", "%dNaN"} {
		found := false
		for i := range 64 {
			nonce := fmt.Sprintf(form, i)
			if _, err := k.Check(alice, Answer{token, nonce}, any1, noon); err == nil {
				found = true
			} else if !errors.Is(err, ErrUnsolved) {
				t.Errorf("%q: %v", nonce, err)
			}
		}
		if !found {
			t.Errorf("none of the form %s is taken", form)
		}
	}
	for _, nonce := range []string{"", "1 ", "1\n", "1%", "ä", strings.Repeat("1", MaxNonce+1)} {
		if _, err := k.Check(alice, Answer{token, nonce}, any1, noon); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", nonce, err)
		}
	}
}

// TestWhatIsOfAnotherIsNeverBelieved changes one thing at a time of what a token or a pass is bound to.
func TestWhatIsOfAnotherIsNeverBelieved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := mustKeys(t, rapid.SliceOfN(rapid.Byte(), 32, 64).Draw(t, "seed"))
		s := Scope{DomainOf(rapid.String().Draw(t, "domain")), rapid.Uint64().Draw(t, "client")}
		at := time.UnixMilli(rapid.Int64Range(1, latest/2).Draw(t, "at"))
		lot := rapid.Uint64().Draw(t, "lot")
		bits := rapid.Uint8Range(1, 6).Draw(t, "bits")
		token, err := k.Issue(s, Ask{FormWork, bits}, lot, at)
		if err != nil {
			t.Fatal(err)
		}
		nonce, _ := Solve(token, bits, 0, 1<<20)
		a := Answer{token, nonce}
		got, err := k.Check(s, a, Demand{Bits: bits}, at)
		if err != nil {
			t.Fatal(err)
		}
		p, err := k.Grant(got, time.Hour, at)
		if err != nil {
			t.Fatal(err)
		}
		line := []string{cookie(PlainJar, p)}
		if _, err := k.Admit(PlainJar, s, line, at); err != nil {
			t.Fatal(err)
		}

		none := func(name string, k *Keys, s Scope, at time.Time) {
			if _, err := k.Check(s, a, any1, at); err == nil {
				t.Errorf("the token is believed of another %s", name)
			}
			if _, err := k.Admit(PlainJar, s, line, at); err == nil {
				t.Errorf("the pass is believed of another %s", name)
			}
		}
		other := s
		other.Domain[rapid.IntRange(0, 15).Draw(t, "byte of the domain")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit of the domain")
		none("domain", k, other, at)
		other = s
		other.Client ^= 1 << rapid.IntRange(0, 63).Draw(t, "bit of the client")
		none("client", k, other, at)
		none("seed", mustKeys(t, bytes.Repeat([]byte{0xee}, 64)), s, at)
		none("epoch", k, s, at.Add(time.Duration(rapid.Int64Range(1, 300).Draw(t, "epochs on"))*passEpoch))
		none("epoch", k, s, at.Add(-time.Duration(rapid.Int64Range(1, 300).Draw(t, "epochs back"))*passEpoch))
		if _, err := k.Check(s, a, Demand{Bits: bits + 1}, at); !errors.Is(err, ErrWeak) {
			t.Errorf("more bits are demanded: %v", err)
		}
		if _, err := k.Check(s, a, Demand{Seconds: 1}, at); !errors.Is(err, ErrWeak) {
			t.Errorf("only waiting is taken: %v", err)
		}
	})
}

func mustKeys(t *rapid.T, secrets ...[]byte) *Keys {
	var seeds []Seed
	for _, b := range secrets {
		s, err := NewSeed(b)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, s)
	}
	k, err := NewKeys(seeds...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestNoBitOfATokenMayChange: whoever lowers the difficulty, moves the time or names another form is found out.
func TestNoBitOfATokenMayChange(t *testing.T) {
	k := keys(t, 1)
	token := issued(t, k, alice, Ask{FormWork, 1}, 3, noon)
	raw, err := encoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * tokenBytes {
		b := bytes.Clone(raw)
		b[bit/8] ^= 1 << (bit % 8)
		forged := encoding.EncodeToString(b)
		nonce, _ := Solve(forged, 1, 0, 64)
		for _, n := range []string{nonce, ""} {
			if _, err := k.Check(alice, Answer{forged, n}, any1, noon); err == nil {
				t.Errorf("bit %d may change", bit)
			}
		}
	}
	p := granted(t, k, alice, 3, time.Hour, noon)
	value := p.value[:]
	raw, err = encoding.DecodeString(string(value))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * passBytes {
		b := bytes.Clone(raw)
		b[bit/8] ^= 1 << (bit % 8)
		copy(p.value[:], encoding.EncodeToString(b))
		if _, err := k.Admit(PlainJar, alice, []string{cookie(PlainJar, p)}, noon); err == nil {
			t.Errorf("bit %d of a pass may change", bit)
		}
	}
}

func TestAWrongClockRefusesNobodyForLong(t *testing.T) {
	k := keys(t, 1)
	answer := solved(t, issued(t, k, alice, Ask{FormWork, 4}, 1, noon), 4)
	p := granted(t, k, alice, 1, time.Hour, noon)
	line := []string{cookie(SecureJar, p)}
	for _, c := range []struct {
		name  string
		by    time.Duration
		token error
		pass  error
	}{
		{"the edges agree", 0, nil, nil},
		{"another edge is half a minute behind", -Skew, nil, nil},
		{"it is further behind", -Skew - time.Millisecond, ErrFuture, ErrNoPass},
		{"the last millisecond of a token", TokenFor - time.Millisecond, nil, nil},
		{"a token has ended, a pass has not", TokenFor, ErrExpired, nil},
		{"the clock jumps ten years on", 87600 * time.Hour, ErrExpired, ErrNoPass},
		{"and ten years back", -87600 * time.Hour, ErrFuture, ErrNoPass},
		{"and is right again", time.Second, nil, nil},
		{"it stands at 1970", time.Unix(0, 0).Sub(noon), ErrFuture, ErrNoPass},
		{"before it, even", time.Unix(-1e9, 0).Sub(noon), ErrFuture, ErrNoPass},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := noon.Add(c.by)
			if _, err := k.Check(alice, answer, any1, at); !errors.Is(err, c.token) {
				t.Errorf("the token: %v, want %v", err, c.token)
			}
			if _, err := k.Admit(SecureJar, alice, line, at); !errors.Is(err, c.pass) {
				t.Errorf("the pass: %v, want %v", err, c.pass)
			}
		})
	}
}

// TestKeysChangeWithoutAGap walks through the epochs of tokens and of passes, and from one seed to the next.
func TestKeysChangeWithoutAGap(t *testing.T) {
	k := keys(t, 1)
	for at := noon; at.Before(noon.Add(2 * passEpoch)); at = at.Add(7 * time.Minute) {
		answer := solved(t, issued(t, k, alice, Ask{FormWork, 2}, 1, at), 2)
		for _, later := range []time.Duration{-Skew, 0, TokenFor / 2, TokenFor - 1} {
			if _, err := k.Check(alice, answer, any1, at.Add(later)); err != nil {
				t.Fatalf("issued at %v, %v later: %v", at, later, err)
			}
		}
		p := granted(t, k, alice, 1, MostPassFor, at)
		for _, later := range []time.Duration{-Skew, 0, MostPassFor / 2, MostPassFor - 1} {
			if _, err := k.Admit(PlainJar, alice, []string{cookie(PlainJar, p)}, at.Add(later)); err != nil {
				t.Fatalf("granted at %v, %v later: %v", at, later, err)
			}
		}
	}

	old, both, young := keys(t, 1), keys(t, 2, 1), keys(t, 2)
	answer := solved(t, issued(t, old, alice, Ask{FormWork, 2}, 1, noon), 2)
	line := []string{cookie(PlainJar, granted(t, old, alice, 1, time.Hour, noon))}
	fresh := solved(t, issued(t, both, alice, Ask{FormWork, 2}, 1, noon), 2)
	for _, c := range []struct {
		name string
		k    *Keys
		a    Answer
		want error
	}{
		{"the old seed's while both are there", both, answer, nil},
		{"the new seed's", young, fresh, nil},
		{"the new seed's by one that has both", both, fresh, nil},
		{"the old seed's after it is gone", young, answer, ErrForged},
	} {
		if _, err := c.k.Check(alice, c.a, any1, noon); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := both.Admit(PlainJar, alice, line, noon); err != nil {
		t.Errorf("a pass of the old seed: %v", err)
	}
	if _, err := young.Admit(PlainJar, alice, line, noon); err == nil {
		t.Error("a pass of a seed that is gone is believed")
	}
}

func TestSeedsOfOneMarkAreBothTried(t *testing.T) {
	one := seed(t, 0)
	for i := range 1 << 16 {
		secret := bytes.Repeat([]byte{0xff}, LeastSeed)
		secret[0], secret[1] = byte(i), byte(i>>8)
		two, err := NewSeed(secret)
		if err != nil {
			t.Fatal(err)
		}
		if two.mark != one.mark {
			continue
		}
		a, err := NewKeys(one, two)
		if err != nil {
			t.Fatal(err)
		}
		b, err := NewKeys(two, one)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Check(alice, solved(t, issued(t, b, alice, Ask{FormWork, 2}, 1, noon), 2), any1, noon); err != nil {
			t.Error(err)
		}
		if _, err := a.Admit(PlainJar, alice, []string{cookie(PlainJar, granted(t, b, alice, 1, time.Hour, noon))}, noon); err != nil {
			t.Error(err)
		}
		return
	}
	t.Fatal("no two seeds have one mark")
}

// TestNoCookieReplacesAnother is Anubis's loops (520, 1375, 1481, 1946, 1952): what is answered side by side.
func TestNoCookieReplacesAnother(t *testing.T) {
	k := keys(t, 1)
	names := map[string]bool{}
	var lines []string
	for lot := range uint64(6) {
		p := granted(t, k, alice, lot, time.Hour, noon)
		pair := cookie(SecureJar, p)
		name, _, _ := strings.Cut(pair, "=")
		names[name] = true
		lines = append(lines, pair)
	}
	if len(names) != 6 {
		t.Fatalf("six challenges have the names %v", names)
	}
	forged := "__Host-ek-00000000=" + strings.Repeat("A", passSize)
	other := cookie(SecureJar, granted(t, k, Scope{shop, 2}, 1, time.Hour, noon))
	for _, c := range []struct {
		name  string
		lines []string
		want  bool
	}{
		{"any one of them", lines[:1], true},
		{"all in one line", []string{strings.Join(lines, "; ")}, true},
		{"each in a line, as HTTP/2 sends them", lines, true},
		{"a good one among bad ones", []string{forged + "; " + lines[0] + ";" + other, forged}, true},
		{"the newest, which stands last, behind many old ones", []string{strings.Repeat(forged+"; ", 40) + lines[0]}, true},
		{"one that more than eight bad ones stand behind", []string{lines[0] + strings.Repeat("; "+forged, MaxTried)}, false},
		{"one of another client", []string{other}, false},
		{"one with a piece cut off", []string{lines[0][:len(lines[0])-1]}, false},
		{"one under a longer name", []string{"x" + lines[0]}, false},
		{"beyond the lines that are read", []string{lines[0], strings.Repeat("a", MaxCookies)}, false},
		{"nothing", nil, false},
		{"semicolons", []string{";;; ;", ""}, false},
	} {
		if _, err := k.Admit(SecureJar, alice, c.lines, noon); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := k.Admit(PlainJar, alice, lines, noon); err == nil {
		t.Error("a cookie of the secure jar counts in the plain one")
	}
}

func TestAPassLastsAtMostADay(t *testing.T) {
	k := keys(t, 1)
	for long, want := range map[time.Duration]time.Duration{
		-time.Hour: time.Second, 0: time.Second, 1500 * time.Millisecond: time.Second, time.Hour: time.Hour, 1000 * time.Hour: MostPassFor,
	} {
		p := granted(t, k, alice, 1, long, noon)
		if got := p.Until.Sub(p.From); got != want {
			t.Errorf("%v lasts %v, want %v", long, got, want)
		}
		back, err := k.Admit(PlainJar, alice, []string{cookie(PlainJar, p)}, noon)
		if err != nil || !back.Until.Equal(p.Until) {
			t.Errorf("%v comes back until %v, %v", long, back.Until, err)
		}
	}
}

func TestATicketIsFirstOnce(t *testing.T) {
	k := keys(t, 1)
	spent := NewSpent(100)
	for round := range uint64(50) {
		tk := ticket(t, k, alice, round, noon)
		var wait sync.WaitGroup
		uses := make([]Use, 16)
		start := make(chan struct{})
		for i := range uses {
			wait.Go(func() {
				<-start
				uses[i] = spent.Take(&tk)
			})
		}
		close(start)
		wait.Wait()
		first := 0
		for _, u := range uses {
			if u == First {
				first++
			} else if u != Again {
				t.Fatalf("a use is %v", u)
			}
		}
		if first != 1 {
			t.Fatalf("%d of 16 at once are the first", first)
		}
	}
}

// TestUseIsAsASetSays holds the filter to a set, over the epochs, as far as it has room.
func TestUseIsAsASetSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spent, used := NewSpent(LeastRoom), map[[17]byte]bool{}
		ms := noon.UnixMilli()
		for range rapid.IntRange(0, LeastRoom).Draw(t, "uses") {
			ms += rapid.Int64Range(0, int64(time.Minute/time.Millisecond)).Draw(t, "ms on")
			tk := Ticket{ms: ms - rapid.Int64Range(0, int64(TokenFor/time.Millisecond)).Draw(t, "age")}
			id, place := rapid.Byte().Draw(t, "id"), rapid.Byte().Draw(t, "place")
			tk.sum = [16]byte{0: id, 1: place, 7: 1, 15: place}
			name := [17]byte(append(tk.sum[:], byte(epochOf(tk.ms, tokenEpoch))))
			want := First
			if used[name] {
				want = Again
			}
			if got := spent.Take(&tk); got != want {
				t.Fatalf("the use of %x is %v, want %v", name, got, want)
			}
			used[name] = true
		}
	})
}

func TestAFilterThatIsFullSaysSo(t *testing.T) {
	spent := NewSpent(LeastRoom)
	var last Use
	for i := range uint64(200) {
		tk := Ticket{ms: noon.UnixMilli()}
		tk.sum[0], tk.sum[7] = byte(i), byte(i)+1
		last = spent.Take(&tk)
		if i < LeastRoom && last != First {
			t.Fatalf("of %d there is no room for number %d: %v", LeastRoom, i, last)
		}
	}
	if last != Uncounted {
		t.Fatalf("the 200th is %v", last)
	}
	tk := Ticket{ms: noon.Add(tokenEpoch).UnixMilli()}
	tk.sum[7] = 9
	if got := spent.Take(&tk); got != First {
		t.Errorf("in the next epoch there is no room: %v", got)
	}
	old := Ticket{ms: noon.UnixMilli()}
	old.sum[7] = 1
	if got := spent.Take(&old); got != Again {
		t.Errorf("what was used before is forgotten while it may be used: %v", got)
	}
	if got := NewSpent(1 << 30).mask; got != 1<<21-1 {
		t.Errorf("the largest has %d places", got+1)
	}
}

func TestAFilterHasTheRoomThatItSays(t *testing.T) {
	const room = 1 << 16
	spent, lot := NewSpent(room), sha256.Sum256(nil)
	for i := range room {
		lot = sha256.Sum256(lot[:])
		tk := Ticket{ms: noon.UnixMilli(), sum: [16]byte(lot[:])}
		if one, two := spent.Take(&tk), spent.Take(&tk); one != First || two != Again {
			t.Fatalf("number %d of %d is %v, then %v", i, room, one, two)
		}
	}
}

func TestEdgesTellEachOtherWhatWasUsed(t *testing.T) {
	k := keys(t, 1)
	one, two := NewSpent(100), NewSpent(200)
	tk, other := ticket(t, k, alice, 1, noon), ticket(t, k, alice, 2, noon)
	if one.Take(&tk) != First || !two.Learn(tk.Used(), noon) || !two.Learn(tk.Used(), noon) {
		t.Fatal("the use is not told")
	}
	if got := two.Take(&tk); got != Again {
		t.Errorf("at the other edge it is %v", got)
	}
	if got := two.Take(&other); got != First {
		t.Errorf("another ticket is %v", got)
	}
	for _, by := range []time.Duration{TokenFor, -Skew - time.Millisecond, 3 * tokenEpoch, -3 * tokenEpoch} {
		if two.Learn(other.Used(), noon.Add(by)) {
			t.Errorf("what was issued %v ago is learnt", by)
		}
	}
	if got := two.Take(&tk); got != Again {
		t.Errorf("after that it is %v", got)
	}
}

// TestARepeatedAnswerIsTheSameVisitor: where single use could not be counted, the id does it.
func TestARepeatedAnswerIsTheSameVisitor(t *testing.T) {
	k := keys(t, 1)
	one, two := granted(t, k, alice, 9, time.Hour, noon), granted(t, k, alice, 9, time.Hour, noon)
	if one.ID != two.ID || one != two {
		t.Errorf("one answer gives %+v and %+v", one, two)
	}
	if other := granted(t, k, alice, 10, time.Hour, noon); other.ID == one.ID {
		t.Error("two challenges have one id")
	}
}
