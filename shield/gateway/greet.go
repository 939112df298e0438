package gateway

import (
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// handshakeWait is after how long a handshake for which there was no budget asks again.
const handshakeWait = 100 * time.Millisecond

// Hot says whether the edge is short of processor time: its own loop came late within the last second, or its threads waited for processors. Budgets of handshakes count then alone:
// while there is time for all, nobody is held off for another.
func (e *Edge) Hot() bool { return e.c.Clock().UnixNano() < e.hot.Load() }

// Greet says what happens to a connection whose hello was read, before anything is signed: names that nobody has are refused with
// an alert, of addresses that failed repeatedly at the site all connections are dropped but one each tellEvery, on which they are told why, and each tenant's names have a budget of handshakes of their own, and
// another one for those who came before the flood. Whoever shakes hands again and again and asks for nothing is left a few.
func (e *Edge) Greet(v *door.Visitor) door.Decision {
	now := e.c.Clock()
	from := v.Remote.Addr().Unmap().WithZone("")
	if !v.Secure {
		return door.Decision{Do: door.Pass}
	}
	s, ok := e.Directory().Of(v.Name)
	if v.Naming != door.Named || !ok {
		e.handshakes.Take(e.ticks(now), "", prefixOf(from)) // so that whoever tries names uses up what its network has
		return door.Decision{Do: door.Refuse, Alert: door.UnrecognizedName}
	}
	tenant, d := string(s.Tenant), e.domain(s)
	few := func() door.Decision {
		if e.idlers.Take(e.ticks(now), tenant, prefixOf(from)) == admit.Granted {
			e.shook(d, shakeCPU)
			return door.Decision{Do: door.Pass, Tenant: tenant}
		}
		e.shook(d, dropCPU)
		return door.Decision{Do: door.Drop}
	}
	if _, refused := e.bans.of(s.ID, from, evenkeel.MomentOf(now)); refused {
		if !e.bans.tell(s.ID, from, evenkeel.MomentOf(now)) {
			e.shook(d, dropCPU)
			return door.Decision{Do: door.Drop}
		}
		return few()
	}
	if e.scribe.calm.has(s.ID, from) && e.regulars.Take(e.ticks(now), tenant, prefixOf(from)) == admit.Granted {
		e.shook(d, shakeCPU)
		return door.Decision{Do: door.Pass, Tenant: tenant} // whoever came in calm has a budget that no flood uses up
	}
	if e.scribe.shook.again(s.ID, from) && !e.scribe.fresh.has(s.ID, from) { // it shook hands before and asked for nothing
		return few()
	}
	if e.handshakes.Take(e.ticks(now), tenant, prefixOf(from)) == admit.Granted || !e.Hot() {
		e.shook(d, shakeCPU)
		return door.Decision{Do: door.Pass, Tenant: tenant}
	}
	return door.Decision{Do: door.Hold, Wait: handshakeWait}
}

// Asked says that whoever came from an address asked a site for something, where what it was is not seen here, because somebody behind decrypts it:
// it is none of those who shake hands and ask for nothing.
func (e *Edge) Asked(name string, from netip.Addr) {
	if s, ok := e.Directory().Of(name); ok {
		e.scribe.fresh.put(s.ID, from.Unmap().WithZone(""))
	}
}

// GreetUnknown decides on a connection for a name that no site has, where somebody behind knows more names: all such names together have
// one tenant's budget.
func (e *Edge) GreetUnknown(v *door.Visitor) door.Decision {
	now := e.c.Clock()
	switch e.handshakes.Take(e.ticks(now), "", prefixOf(v.Remote.Addr())) {
	case admit.Granted:
		return door.Decision{Do: door.Pass}
	case admit.OverPrefix:
		return door.Decision{Do: door.Drop}
	}
	return door.Decision{Do: door.Hold, Wait: handshakeWait}
}
