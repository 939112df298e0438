/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a packet is dropped, and by what. mirror/act.go says the same in Go. What is most specific is
 * asked first, so that what it refuses costs the others nothing: a flow, a destination, SYNs, new flows,
 * packets, bits.
 */
#ifndef EK_ACT_H
#define EK_ACT_H

#include "count.h"

#define EK_PULL 256
#define EK_TRIES 8 /* to take from a bucket that other CPUs take from */

struct {
	ek_uint(type, EK_MAP_ARRAY);
	ek_uint(max_entries, EK_INDEXES);
	ek_type(key, u32);
	ek_type(value, u32);
} ek_indexes SEC(".maps");

struct {
	ek_uint(type, EK_MAP_PERCPU_ARRAY);
	ek_uint(max_entries, EK_PORTS);
	ek_type(key, u32);
	ek_type(value, struct ek_seen);
} ek_counts SEC(".maps");

struct {
	ek_uint(type, EK_MAP_ARRAY);
	ek_uint(max_entries, EK_PORTS);
	ek_uint(map_flags, EK_F_MMAPABLE);
	ek_type(key, u32);
	ek_type(value, struct ek_port);
} ek_ports SEC(".maps");

struct {
	ek_uint(type, EK_MAP_HASH);
	ek_uint(max_entries, 262144);
	ek_uint(map_flags, EK_F_NO_PREALLOC);
	ek_type(key, struct ek_flow4);
	ek_type(value, struct ek_drop);
} ek_flows4 SEC(".maps");

struct {
	ek_uint(type, EK_MAP_HASH);
	ek_uint(max_entries, 262144);
	ek_uint(map_flags, EK_F_NO_PREALLOC);
	ek_type(key, struct ek_flow6);
	ek_type(value, struct ek_drop);
} ek_flows6 SEC(".maps");

struct {
	ek_uint(type, EK_MAP_ARRAY);
	ek_uint(max_entries, 1);
	ek_uint(map_flags, EK_F_MMAPABLE);
	ek_type(key, u32);
	ek_type(value, struct ek_flow_bits);
} ek_flow_bitmap SEC(".maps");

struct {
	ek_uint(type, EK_MAP_LRU_HASH);
	ek_uint(max_entries, 65536);
	ek_type(key, struct ek_destination);
	ek_type(value, struct ek_buckets);
} ek_destinations SEC(".maps");

struct {
	ek_uint(type, EK_MAP_LPM_TRIE);
	ek_uint(max_entries, 4096);
	ek_uint(map_flags, EK_F_NO_PREALLOC);
	ek_type(key, struct ek_prefix);
	ek_type(value, u32);
} ek_guard SEC(".maps");

struct {
	ek_uint(type, EK_MAP_ARRAY);
	ek_uint(max_entries, 1);
	ek_uint(map_flags, EK_F_MMAPABLE);
	ek_type(key, u32);
	ek_type(value, struct ek_guarded);
} ek_guard_bits SEC(".maps");

struct {
	ek_uint(type, EK_MAP_RINGBUF);
	ek_uint(max_entries, 524288);
} ek_samples SEC(".maps");

/* Set before the program is loaded. */
const volatile u32 ek_clock = 0; /* 0: boot clock, asked once in a tick; 1: boot; 2: monotonic; 3: a test's */
volatile u64 ek_test_now = 0;

/* ns of the boot clock, which is asked once in a tick: to look at the tick costs next to nothing. */
inlined u64 ek_now(struct ek_seen *seen)
{
	if (ek_clock == 3)
		return ek_test_now;
	if (ek_clock == 2)
		return ek_ktime_get();
	if (ek_clock == 1)
		return ek_ktime_get_boot();
	u64 tick = ek_ticks();
	if (unlikely(tick != seen->tick)) {
		seen->tick = tick;
		seen->boot = ek_ktime_get_boot();
	}
	return seen->boot;
}

/* The rules in force. */
inlined struct ek_rules *ek_rules_of(struct ek_port *port)
{
	return &port->rules[*(volatile u32 *)&port->active & 1];
}

/*
 * Takes the cost of a packet out of a bucket, which is kept as the time at which it is full again. A
 * packet that costs more than the whole bucket passes when the bucket is full.
 */
inlined int ek_take(u64 *full_at, u64 now, u64 cost, u64 burst)
{
	u64 least = cost < burst ? cost : burst;
	for (int i = 0; i < EK_TRIES; i++) {
		u64 at = *(volatile u64 *)full_at, from = at;
		if ((s64)(at - now) < 0)
			from = now;
		if (from - now + least > burst)
			return 0;
		if (likely(__sync_val_compare_and_swap(full_at, at, from + cost) == at))
			return 1;
	}
	return 0; /* many CPUs send at once: a limit that cannot tell refuses */
}

inlined u64 ek_cost_bits(u64 cost, u32 bytes)
{
	return (cost * bytes) >> 16;
}

inlined int ek_is_guarded(u32 family, const u64 a[2])
{
	u32 zero = 0;
	struct ek_guarded *g = ek_map_lookup(&ek_guard_bits, &zero);
	if (!g || !family)
		return 0;
	u32 first = family == EK_V4 ? ek_swap16((u16)a[1]) : ek_swap16((u16)a[0]);
	u64 word = g->bits[family == EK_V4 ? 0 : 1][(first >> 6) & 1023];
	if (likely(!(word >> (first & 63) & 1)))
		return 0;
	struct ek_prefix k = {};
	k.family[0] = family;
	if (family == EK_V4) {
		k.bits = 64;
		*(u32 *)k.address = a[1];
	} else {
		k.bits = 160;
		__builtin_memcpy(k.address, a, 16);
	}
	return ek_map_lookup(&ek_guard, &k) != 0;
}

/*
 * The sort of what a guest needs to keep its address, from one on, or 0. DHCP from the guest goes to
 * everybody on its link and nowhere else, so that no flood leaves as DHCP.
 */
inlined u32 ek_need_of(const struct ek_packet *p, u32 in)
{
	if (p->marks & P_ARP)
		return 1;
	if (p->family == EK_V6 && (p->marks & P_ICMP) && p->protocol == 58)
		return p->sport >= 133 && p->sport <= 136 ? 2 : 0;
	if (p->protocol != 17 || !(p->marks & P_PORTS))
		return 0;
	if (p->family == EK_V4) {
		if (in)
			return p->sport == 67 && p->dport == 68 ? 3 : 0;
		return p->sport == 68 && p->dport == 67 && (u32)p->dst[1] == 0xffffffff ? 3 : 0;
	}
	if (in)
		return p->sport == 547 && p->dport == 546 ? 4 : 0;
	/* ff02::1:2, as it lies in the packet */
	return p->sport == 546 && p->dport == 547 && p->dst[0] == 0x02ff && p->dst[1] == 0x0200010000000000ULL ? 4 : 0;
}

/* Whether the guest needs a packet, and has not had too many of its sort. */
inlined int ek_is_needed(struct ek_seen *seen, struct ek_port *port, const struct ek_packet *p, u32 in, u64 now)
{
	u32 need = ek_need_of(p, in);
	if (likely(!need))
		return 0;
	u32 at = ((need - 1) << 1 | in) & (2 * EK_NEEDS - 1);
	if (!ek_take(&port->needs_at[at], now << 6, EK_NEED_COST * p->packets, EK_NEED_BURST))
		return 0;
	seen->counters[C_SPARED] += p->packets;
	return 1;
}

/*
 * A packet that is to be dropped passes after all if the guest needs it and it is of no flow that is cut, or, up to
 * the floor, if its other end is never touched. Only what is to be dropped pays for being asked about.
 */
inlined u32 ek_spare(struct ek_seen *seen, struct ek_port *port, const struct ek_rules *r, const struct ek_packet *p,
		     u32 in, u64 now, u32 cause)
{
	if (cause != EK_BY_FLOW && ek_is_needed(seen, port, p, in, now))
		return EK_BY_NOTHING;
	if (likely(!ek_is_guarded(p->family, in ? p->src : p->dst)))
		return cause;
	if (r->floor.cost && !ek_take(&port->full_at[EK_FLOOR], now << 6, r->floor.cost * p->packets, r->floor.burst))
		return cause;
	seen->counters[C_SPARED] += p->packets;
	return EK_BY_NOTHING;
}

inlined int ek_drop_holds(const struct ek_drop *d, const struct ek_rules *r, u64 now)
{
	return d && now < d->until && (s64)(int)(r->generation - d->first) >= 0 &&
	       (d->gone == 0 || (s64)(int)(r->generation - d->gone) < 0);
}

/*
 * Whether flows to where a hash leads may be dropped. The port's own bitmap lies with its rules and tells
 * apart some hundred destinations; that of all ports is asked only where the first says yes.
 */
inlined int ek_may_be_dropped(const struct ek_rules *r, u64 h)
{
	u32 bit = h >> 54;
	if (likely(!(r->dropped[(bit >> 6) & (EK_DROP_BITS / 64 - 1)] >> (bit & 63) & 1)))
		return 0;
	u32 zero = 0;
	bit = (h >> 30) & (EK_FLOW_BITS - 1);
	struct ek_flow_bits *f = ek_map_lookup(&ek_flow_bitmap, &zero);
	return !f || f->bits[bit >> 6] >> (bit & 63) & 1;
}

inlined int ek_is_flow_dropped(const struct ek_rules *r, u32 has, u32 slot, const struct ek_packet *p, u64 now)
{
	u32 kind = EK_EXACT;
	u16 port = p->dport;
	if (p->marks & P_LATER) {
		kind = EK_FRAGMENTS;
		port = 0;
	} else if (!(has & EK_HAS_EXACT) || !(p->marks & P_PORTS)) {
		if (!(has & EK_HAS_ANY))
			return 0;
		kind = EK_ANY_PORT;
		port = 0;
	}
	if (p->family == EK_V4) {
		struct ek_flow4 k = {.slot = slot, .port = port, .protocol = p->protocol, .kind = kind, .to = p->dst[1]};
		if (ek_drop_holds(ek_map_lookup(&ek_flows4, &k), r, now))
			return 1;
		if (kind != EK_EXACT || !(has & EK_HAS_ANY))
			return 0;
		k.kind = EK_ANY_PORT;
		k.port = 0;
		return ek_drop_holds(ek_map_lookup(&ek_flows4, &k), r, now);
	}
	struct ek_flow6 k = {.slot = slot, .port = port, .protocol = p->protocol, .kind = kind, .to = {p->dst[0], p->dst[1]}};
	if (ek_drop_holds(ek_map_lookup(&ek_flows6, &k), r, now))
		return 1;
	if (kind != EK_EXACT || !(has & EK_HAS_ANY))
		return 0;
	k.kind = EK_ANY_PORT;
	k.port = 0;
	return ek_drop_holds(ek_map_lookup(&ek_flows6, &k), r, now);
}

/* Asks up to four buckets with one end each; what kind refused, or EK_KINDS. */
inlined u32 ek_ask(u64 *full_at, const struct ek_limit *limit, u32 bits, const struct ek_packet *p, int syn, int fresh, u64 now)
{
	u64 fine = now << 6;
	if (syn && (bits & 1 << EK_SYNS) && now < limit[EK_SYNS].until &&
	    !ek_take(&full_at[EK_SYNS], fine, limit[EK_SYNS].cost * p->packets, limit[EK_SYNS].burst))
		return EK_SYNS;
	if (fresh && (bits & 1 << EK_FLOWS) && now < limit[EK_FLOWS].until &&
	    !ek_take(&full_at[EK_FLOWS], fine, limit[EK_FLOWS].cost, limit[EK_FLOWS].burst))
		return EK_FLOWS;
	if ((bits & 1 << EK_PACKETS) && now < limit[EK_PACKETS].until &&
	    !ek_take(&full_at[EK_PACKETS], fine, limit[EK_PACKETS].cost * p->packets, limit[EK_PACKETS].burst))
		return EK_PACKETS;
	if ((bits & 1 << EK_BITRATE) && now < limit[EK_BITRATE].until &&
	    !ek_take(&full_at[EK_BITRATE], fine, ek_cost_bits(limit[EK_BITRATE].cost, p->bytes), limit[EK_BITRATE].burst))
		return EK_BITRATE;
	return EK_KINDS;
}

/* The buckets of one destination. A new one begins full. */
inlined struct ek_buckets *ek_destination_of(u32 slot, const struct ek_packet *p)
{
	struct ek_destination k = {.slot = slot, .family = p->family, .to = {p->dst[0], p->dst[1]}};
	struct ek_buckets *b = ek_map_lookup(&ek_destinations, &k);
	if (likely(b))
		return b;
	struct ek_buckets full = {};
	ek_map_update(&ek_destinations, &k, &full, EK_NOEXIST);
	return ek_map_lookup(&ek_destinations, &k);
}

/*
 * Why a packet of the guest is dropped. syn also stands for what cannot be read, where SYNs are
 * limited: a header that we do not understand must not be a way round. Functions that are not inlined are
 * verified once, and not after each way that leads to them.
 */
__attribute__((noinline)) u32 ek_judge_out(struct ek_seen *seen, struct ek_port *port, const struct ek_packet *p, u64 h,
					   u32 slot_and_fresh)
{
	if (!seen || !port || !p)
		return EK_BY_NOTHING;
	struct ek_rules *r = ek_rules_of(port);
	u32 slot = slot_and_fresh >> 1, fresh = slot_and_fresh & 1;
	u32 has = r->has, cause = EK_BY_NOTHING;
	u64 now = ek_now(seen);
	int syn = !!(p->marks & (P_SYN | P_MALFORMED));

	if ((has & EK_HAS_ISOLATE) && now < r->isolate_until &&
	    !(p->family && ek_in_nets(&r->allow, p->family, p->dst))) {
		cause = EK_BY_ISOLATE;
		goto drop;
	}
	if ((has & (EK_HAS_EXACT | EK_HAS_ANY)) && p->family && unlikely(ek_may_be_dropped(r, h)) &&
	    ek_is_flow_dropped(r, has, slot, p, now)) {
		cause = EK_BY_FLOW;
		goto drop;
	}
	if ((has & EK_HAS_LIMIT_TO) && p->family) {
		u32 bits = (has & EK_HAS_LIMIT_TO) >> 4;
		/* Where only SYNs or new flows are limited, other packets need no look at the table. */
		if ((bits & (1 << EK_PACKETS | 1 << EK_BITRATE)) || (syn && (bits & 1 << EK_SYNS)) || (fresh && (bits & 1 << EK_FLOWS))) {
			struct ek_buckets *b = ek_destination_of(slot, p);
			if (likely(b)) {
				u32 kind = ek_ask(b->full_at, r->to, bits, p, syn, fresh, now);
				if (kind != EK_KINDS) {
					cause = EK_BY_TO_SYNS + kind;
					goto drop;
				}
			} else {
				seen->counters[C_UNTRACKED] += p->packets;
			}
		}
	}
	if (has & EK_HAS_LIMIT) {
		u32 kind = ek_ask(port->full_at, r->limit, has & EK_HAS_LIMIT, p, syn, fresh, now);
		if (kind != EK_KINDS) {
			cause = EK_BY_SYNS + kind;
			goto drop;
		}
	}
	return EK_BY_NOTHING;
drop:
	return ek_spare(seen, port, r, p, 0, now, cause);
}

/* Why a packet to the guest is dropped: only where the guest is isolated. */
__attribute__((noinline)) u32 ek_judge_in(struct ek_seen *seen, struct ek_port *port, const struct ek_packet *p)
{
	if (!seen || !port || !p)
		return EK_BY_NOTHING;
	struct ek_rules *r = ek_rules_of(port);
	u64 now = ek_now(seen);
	if (now >= r->isolate_until || (p->family && ek_in_nets(&r->allow, p->family, p->src)))
		return EK_BY_NOTHING;
	return ek_spare(seen, port, r, p, 1, now, EK_BY_ISOLATE_IN);
}

#endif
