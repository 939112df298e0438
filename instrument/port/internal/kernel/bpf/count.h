/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of a packet. mirror/count.go says the same in Go. */
#ifndef EK_COUNT_H
#define EK_COUNT_H

#include "parse.h"

/* Odd constants of about half ones, for multiplicative hashing. */
#define EK_K1 0x9e3779b97f4a7c15ULL
#define EK_K2 0xc2b2ae3d27d4eb4fULL
#define EK_K3 0x165667b19e3779f9ULL

inlined u64 ek_hash(const u64 a[2], u64 seed)
{
	u64 h = (a[1] ^ seed) * EK_K1;
	h ^= h >> 32;
	h = (h + a[0]) * EK_K2;
	return h ^ (h >> 29);
}

inlined u64 ek_hash_more(u64 h, u32 more)
{
	h = (h + more) * EK_K3;
	return h ^ (h >> 31);
}

/* Sets one bit of a bitmap that user space takes away by exchanging whole words. */
inlined void ek_set_bit(u64 *bitmap, u64 h)
{
	u32 bit = h >> 52;
	u64 mask = 1ULL << (bit & 63);
	u64 *word = &bitmap[(bit >> 6) & (EK_BITS / 64 - 1)];
	if (!(*(volatile u64 *)word & mask))
		__sync_fetch_and_or(word, mask);
}

/* The place of a port in the lists of those that reflect, or 11. */
inlined u32 ek_reflection(u16 port)
{
	switch (port) {
	case 19: return 0;
	case 53: return 1;
	case 111: return 2;
	case 123: return 3;
	case 161: return 4;
	case 389: return 5;
	case 427: return 6;
	case 1900: return 7;
	case 3702: return 8;
	case 5353: return 9;
	case 11211: return 10;
	}
	return 11;
}

inlined int ek_in_nets(const struct ek_nets *n, u32 family, const u64 a[2])
{
	if (family == EK_V4) {
		u32 address = a[1];
		for (u32 i = 0; i < EK_NETS; i++) {
			if (i >= n->n4)
				break;
			if ((address & n->v4[i].mask) == n->v4[i].address)
				return 1;
		}
		return 0;
	}
	for (u32 i = 0; i < EK_NETS; i++) {
		if (i >= n->n6)
			break;
		if ((a[0] & n->v6[i].mask[0]) == n->v6[i].address[0] && (a[1] & n->v6[i].mask[1]) == n->v6[i].address[1])
			return 1;
	}
	return 0;
}

/*
 * Whether a source is not the guest's own. Link-local addresses are everybody's, and who has no
 * address yet asks for one without (DHCP; neighbour and listener discovery).
 */
inlined int ek_is_spoofed(struct ek_seen *seen, const struct ek_rules *r, const struct ek_packet *p)
{
	if (seen->own[1] == p->src[1] && seen->own[0] == p->src[0] &&
	    seen->own_generation == r->generation && seen->own_family == p->family)
		return 0;
	if (p->family == EK_V4) {
		u32 a = p->src[1];
		if ((a & 0xffff) == 0xfea9) /* 169.254, as it lies in the packet */
			return 0;
		if (a == 0 && (p->marks & P_PORTS) && p->protocol == 17 && p->dport == 67)
			return 0;
	} else {
		if ((p->src[0] & 0xc0ff) == 0x80fe) /* fe80::/10 */
			return 0;
		if (p->src[0] == 0 && p->src[1] == 0 && p->protocol == 58)
			return 0;
	}
	if (!ek_in_nets(&r->own, p->family, p->src))
		return 1;
	seen->own[0] = p->src[0];
	seen->own[1] = p->src[1];
	seen->own_family = p->family;
	seen->own_generation = r->generation;
	return 0;
}

/*
 * The recent UDP flows of a port: sets of four. An entry has 23 bits of the flow's hash, whether a limit
 * refused it, and the low eight bits of the epoch in which it was last seen. A refused flow never takes
 * the place of one that was let through less than EK_FORGET epochs ago.
 */
#define EK_FORGET 64

struct ek_flow {
	u32 tag;      /* in the upper 23 bits, never zero */
	u32 at;       /* index of the entry that is, or would be, this flow's; EK_RECENT if there is none */
	u32 known;    /* seen lately */
	u32 admitted; /* and not refused */
};

inlined void ek_flow_find(const struct ek_port *port, struct ek_flow *f, u64 h, u32 epoch)
{
	u32 set = (u32)h & (EK_RECENT / 4 - 1);
	f->tag = (u32)(h >> 32) & ~511u;
	if (f->tag == 0)
		f->tag = 512;
	f->known = f->admitted = 0;
	f->at = EK_RECENT;
	u32 worst = 0;
	for (u32 i = 0; i < 4; i++) {
		u32 at = (set * 4 + i) & (EK_RECENT - 1);
		u32 e = port->recent[at];
		u32 age = (epoch - e) & 255;
		if (e != 0 && age < EK_FORGET && (e & ~511u) == f->tag) {
			f->at = at;
			f->known = 1;
			f->admitted = !(e & 256);
			return;
		}
		/* How willingly an entry goes: empty and forgotten first, refused next, then the oldest. */
		u32 worth = e == 0 || age >= EK_FORGET ? 1000 : (e & 256) ? 500 + age : age + 1;
		if (worth > worst) {
			worst = worth;
			f->at = at;
		}
	}
	f->admitted = worst < 500; /* for now: whether only admitted flows are there */
}

inlined void ek_flow_keep(struct ek_port *port, const struct ek_flow *f, u32 epoch, int refused)
{
	if (!f->known && refused && f->admitted)
		return;
	u32 e = f->tag | (refused ? 256 : 0) | (epoch & 255);
	u32 *entry = &port->recent[f->at & (EK_RECENT - 1)];
	if (*entry != e)
		*entry = e;
}

/*
 * The candidate for the address that gets most: the majority, if there is one, of those that share a
 * place; and for the flow: the majority of the packets to that address.
 */
inlined void ek_top_count(struct ek_seen *seen, const struct ek_packet *p, u64 h, u32 epoch)
{
	struct ek_top *t = &seen->top[h & (EK_TOPS - 1)];
	u32 what = (u32)p->dport << 16 | (u32)p->protocol << 8 | p->family;
	u32 syns = p->marks & P_SYN ? p->packets : 0;
	if (likely(t->epoch == epoch)) {
		if (likely(t->to[1] == p->dst[1] && t->to[0] == p->dst[0] && (u8)t->what == p->family)) {
			if (likely(t->what == what)) {
				t->syns += syns;
				t->packets += p->packets;
				t->bytes += p->bytes;
				return;
			}
			t->mixed |= (u8)(t->what >> 8) == p->protocol ? 1 : 3;
			if (t->packets > (u64)t->lost_flow + p->packets) {
				t->lost_flow += p->packets;
				t->rest_packets += p->packets;
				t->rest_bytes += p->bytes;
				t->rest_syns += syns;
				return;
			}
			t->rest_packets += t->packets;
			t->rest_bytes += t->bytes;
			t->rest_syns += t->syns;
			goto flow;
		}
		if (t->packets + t->rest_packets > t->lost + p->packets) {
			t->lost += p->packets;
			return;
		}
	}
	t->to[0] = p->dst[0];
	t->to[1] = p->dst[1];
	t->epoch = epoch;
	t->rest_packets = t->rest_bytes = t->lost = 0;
	t->rest_syns = t->mixed = 0;
flow:
	t->what = what;
	t->lost_flow = 0;
	t->syns = syns;
	t->packets = p->packets;
	t->bytes = p->bytes;
}

/*
 * The destination ports of SYNs (space-saving; Metwally, Agrawal, El Abbadi 2005): a port without a place
 * takes that of the least, and what that had is known to be others'.
 */
inlined void ek_service_count(struct ek_seen *seen, u32 port, u32 n, u32 epoch)
{
	if (unlikely(seen->service_epoch != epoch)) {
		__builtin_memset(seen->service, 0, sizeof(seen->service));
		seen->service_epoch = epoch;
	}
	struct ek_service *least = &seen->service[0];
#pragma unroll
	for (u32 i = 0; i < EK_SERVICES; i++) {
		struct ek_service *s = &seen->service[i];
		if (s->port == port && s->syns) {
			s->syns += n;
			return;
		}
		if (s->syns < least->syns)
			least = s;
	}
	least->port = port;
	least->others = least->syns;
	least->syns += n;
}

/* Whether an address is somebody's on the internet: not private, shared, of a link, a loop or a group. */
inlined int ek_public4(u32 a)
{
	u32 top = a >> 24;
	return a != 0 && a != 0xffffffff && top != 10 && top != 127 && a >> 28 != 14 && a >> 20 != 0xac1 &&
	       a >> 16 != 0xc0a8 && a >> 16 != 0xa9fe && a >> 22 != 0x191;
}

inlined int ek_public(u32 family, const u64 a[2])
{
	if (family == EK_V4)
		return ek_public4(__builtin_bswap32((u32)a[1]));
	u64 hi = __builtin_bswap64(a[0]), lo = __builtin_bswap64(a[1]);
	if (hi == 0)
		return lo >> 32 == 0xffff ? ek_public4((u32)lo) : lo > 1;
	return hi >> 56 != 0xff && hi >> 54 != 0x3fa && hi >> 57 != 0x7e;
}

/* What is counted of a SYN alone. */
inlined void ek_syn_count(struct ek_seen *seen, struct ek_port *port, const struct ek_packet *p, u64 h, u32 epoch)
{
	u32 to = p->dport;
	ek_service_count(seen, to, p->packets, epoch);
	if (!ek_public(p->family, p->dst))
		return;
	ek_set_bit(port->hosts, h);
	ek_set_bit(port->host_ports, ek_hash_more(h, to));
	if (to == 22 || to == 23 || to == 3389 || to == 5900)
		seen->counters[C_LOGINS] += p->packets;
}

/* Whether a packet is a ping or an answer to one, by the type that it has in IPv4 and in IPv6. */
inlined int ek_is_echo(const struct ek_packet *p, u32 v4, u32 v6)
{
	return (p->marks & P_ICMP) && p->sport == (p->family == EK_V4 ? v4 : v6);
}

/* Counts what needs no look behind the headers. Returns whether the packet is from a reflection port. */
inlined int ek_count_out(struct ek_seen *seen, const struct ek_packet *p)
{
	u64 *c = seen->counters;
	int reflects = 0;
	c[C_PACKETS_OUT] += p->packets;
	c[C_BYTES_OUT] += p->bytes;
	if (p->size <= 128)
		c[C_SMALL_OUT] += p->packets;
	u32 marks = p->marks;
	if (marks & P_SYN) {
		c[C_SYNS_OUT] += p->packets;
		if (unlikely(p->dport == 25))
			c[C_MAIL_25] += p->packets;
		if (unlikely(p->dport == 465))
			c[C_MAIL_465] += p->packets;
		if (unlikely(p->dport == 587))
			c[C_MAIL_587] += p->packets;
	}
	if (p->protocol == 17) {
		c[C_UDP_OUT] += p->packets;
		if (marks & P_PORTS) {
			u32 i = ek_reflection(p->sport);
			if (i < 11) {
				c[C_SERVED_OUT + i] += p->bytes;
				reflects = 1;
			}
			i = ek_reflection(p->dport);
			if (i < 11)
				c[C_ASKED_OUT + i] += p->bytes;
		}
	}
	if (unlikely(marks & (P_FRAGMENT | P_MALFORMED | P_TUNNEL | P_ICMP))) {
		if (marks & P_ICMP)
			c[C_ICMP_OUT] += p->packets;
		if (marks & P_FRAGMENT)
			c[C_FRAGMENTS_OUT] += p->packets;
		if (marks & P_MALFORMED)
			c[C_MALFORMED_OUT] += p->packets;
		if (marks & P_TUNNEL)
			c[C_TUNNELS_OUT] += p->packets;
	}
	return reflects;
}

inlined void ek_count_in(struct ek_seen *seen, const struct ek_packet *p)
{
	u64 *c = seen->counters;
	c[C_PACKETS_IN] += p->packets;
	c[C_BYTES_IN] += p->bytes;
	if (p->marks & P_SYNACK)
		c[C_SYNACKS_IN] += p->packets;
	if (p->marks & P_RST)
		c[C_RSTS_IN] += p->packets;
	if (unlikely(ek_is_echo(p, 0, 129)))
		c[C_ECHOES_IN] += p->packets;
	if (p->protocol == 17) {
		c[C_UDP_IN] += p->packets;
		if (p->marks & P_PORTS) {
			u32 i = ek_reflection(p->dport);
			if (i < 11)
				c[C_SERVED_IN + i] += p->bytes;
		}
	}
}

#endif
