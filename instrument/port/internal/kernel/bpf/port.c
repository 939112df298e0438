/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs at a guest's port. "Out" is what the guest sends: it arrives at the host's end of the
 * port, at its ingress. "In" is what it is sent. Reading order: layout.h, parse.h, count.h, act.h,
 * talk.h, stratum.h, and here, where they are put together.
 *
 * The licence below is ours. The kernel lets programs under any licence use the helpers that are used
 * here; it keeps others for the GPL.
 */
#include "stratum.h"

/* Not used: it brings the description of a sample into the object. */
struct ek_sample *ek_sample_form;

char ek_license[] SEC("license") = "Apache-2.0";

/* The slot of the port, plus one; zero where this interface is not ours. */
inlined u32 ek_slot_of(u32 index)
{
	u32 at = index & (EK_INDEXES - 1);
	u32 *slot = ek_map_lookup(&ek_indexes, &at);
	return slot ? *slot : 0;
}

inlined void ek_sample(void *ctx, int xdp, struct ek_seen *seen, const struct ek_rules *r, u32 slot,
		       const struct ek_packet *p, u32 cause, u32 in)
{
	seen->since_sample = 0;
	struct ek_sample *s = ek_ring_reserve(&ek_samples, sizeof(*s), 0);
	if (!s) {
		seen->counters[C_OVERRUNS]++;
		return;
	}
	u32 n = p->headers + r->payload;
	if (n > p->length)
		n = p->length;
	if (n > EK_SAMPLE)
		n = EK_SAMPLE;
	if (n < 1)
		n = 1;
	n = ek_some(n, EK_SAMPLE);
	long failed = xdp ? ek_xdp_load(ctx, 0, s->data, n) : ek_skb_load(ctx, 0, s->data, n);
	s->at = ek_now(seen);
	s->slot = slot;
	s->bytes = p->bytes;
	s->caught = failed ? 0 : n;
	s->in = in;
	s->cause = cause;
	seen->counters[C_SAMPLES]++;
	ek_ring_submit(s, 0);
}

inlined int ek_out(void *ctx, int xdp, u32 index, struct ek_packet *p)
{
	u32 slot = ek_slot_of(index);
	if (unlikely(slot == 0))
		return 0;
	slot--;
	struct ek_seen *seen = ek_map_lookup(&ek_counts, &slot);
	struct ek_port *port = ek_map_lookup(&ek_ports, &slot);
	if (unlikely(!seen || !port))
		return 0;
	struct ek_rules *r = ek_rules_of(port);
	u32 has = r->has, epoch = port->epoch;

	int reflects = ek_count_out(seen, p);
	struct ek_flow flow = {};
	int fresh = 0, udp = 0;
	u64 h = 0;
	if (likely(p->family)) {
		if ((has & (p->family == EK_V4 ? EK_KNOWS_OWN4 : EK_KNOWS_OWN6)) && unlikely(ek_is_spoofed(seen, r, p))) {
			seen->counters[C_SPOOFED_OUT] += p->packets;
			if (ek_public(p->family, p->src))
				seen->counters[C_SPOOFED_PUBLIC] += p->packets;
		}
		h = ek_hash(p->dst, port->seed);
		ek_top_count(seen, p, h, epoch);
		u32 place = ek_talk_count(port, p, h, epoch);
		if (unlikely(has & EK_READS) && place)
			seen->counters[C_LOOKED] += xdp ? ek_look_xdp(ctx, port, p, place - 1) : ek_look_skb(ctx, port, p, place - 1);
		fresh = !!(p->marks & P_SYN);
		if (unlikely(fresh))
			ek_syn_count(seen, port, p, h, epoch);
		if (unlikely(reflects) && ek_public(p->family, p->dst))
			ek_set_bit(port->victims, h);
		if (p->protocol == 17 && (p->marks & P_PORTS)) {
			udp = 1;
			ek_flow_find(port, &flow, ek_hash_more(h, (u32)p->sport << 16 | p->dport), epoch);
			fresh = !flow.known;
		}
		if (unlikely(fresh))
			seen->counters[C_FLOWS_OUT] += p->marks & P_SYN ? p->packets : 1;
		if (unlikely((udp && fresh) || ek_is_echo(p, 8, 128)) && ek_public(p->family, p->dst))
			ek_set_bit(port->probed, h);
	}

	u32 cause = EK_BY_NOTHING;
	if (unlikely(has & EK_ACTS)) {
		/* Pings ask for answers as SYNs do, and no ports tell one exchange from another: each counts as a new flow. */
		int ping = p->family && (p->protocol == 1 || p->protocol == 58);
		cause = ek_judge_out(seen, port, p, h, slot << 1 | (fresh || (udp && !flow.admitted) || ping));
		if (cause) {
			seen->counters[C_REFUSED + ((cause - 1) & 15)] += p->packets;
			seen->counters[C_DROPPED_BYTES] += p->bytes;
		}
	}
	if (udp)
		ek_flow_keep(port, &flow, epoch, cause != EK_BY_NOTHING);
	if (unlikely(r->sample)) {
		seen->since_sample += 1;
		if (seen->since_sample >= r->sample)
			ek_sample(ctx, xdp, seen, r, slot, p, cause, 0);
	}
	return cause;
}

inlined int ek_in(void *ctx, u32 index, struct ek_packet *p)
{
	u32 slot = ek_slot_of(index);
	if (unlikely(slot == 0))
		return 0;
	slot--;
	struct ek_seen *seen = ek_map_lookup(&ek_counts, &slot);
	struct ek_port *port = ek_map_lookup(&ek_ports, &slot);
	if (unlikely(!seen || !port))
		return 0;
	struct ek_rules *r = ek_rules_of(port);

	ek_count_in(seen, p);
	u32 cause = EK_BY_NOTHING;
	if (unlikely(r->has & EK_HAS_ISOLATE)) {
		cause = ek_judge_in(seen, port, p);
		if (cause) {
			seen->counters[C_REFUSED + ((cause - 1) & 15)] += p->packets;
			seen->counters[C_DROPPED_BYTES] += p->bytes;
		}
	}
	if (p->protocol == 17 && (p->marks & P_PORTS) && !cause) { /* an answer is no new flow */
		struct ek_flow flow;
		u32 epoch = port->epoch;
		u64 h = ek_hash(p->src, port->seed);
		ek_flow_find(port, &flow, ek_hash_more(h, (u32)p->dport << 16 | p->sport), epoch);
		ek_flow_keep(port, &flow, epoch, 0);
	}
	return cause;
}

__attribute__((noinline)) u32 ek_walk_skb(struct __sk_buff *skb, u32 offset, u32 room, u32 next)
{
	return ek_walk(skb, 0, offset, room, next);
}

__attribute__((noinline)) u32 ek_walk_xdp(struct xdp_md *xdp, u32 offset, u32 room, u32 next)
{
	return ek_walk(xdp, 1, offset, room, next);
}

/*
 * Reads a frame; where the kernel has its headers in pieces, they are put together first. These are
 * functions of their own for the verifier, which else would follow each shape of a packet through all
 * that comes after.
 */
__attribute__((noinline)) int ek_read(struct __sk_buff *skb, struct ek_packet *p)
{
	if (!p)
		return 0;
	u32 len = skb->len, gso = skb->gso_size;
	ek_parse_frame(skb, 0, p, (u8 *)(unsigned long)skb->data, (void *)(unsigned long)skb->data_end, len, gso);
	if (unlikely(p->marks & P_SHORT)) {
		ek_skb_pull(skb, len < EK_PULL ? len : EK_PULL);
		ek_parse_frame(skb, 0, p, (u8 *)(unsigned long)skb->data, (void *)(unsigned long)skb->data_end, len, gso);
		if (p->marks & P_SHORT)
			p->marks = (p->marks & ~P_SHORT) | P_MALFORMED;
	}
	ek_measure(p, len, skb->gso_segs, gso);
	return 0;
}

__attribute__((noinline)) int ek_read_xdp(struct xdp_md *xdp, struct ek_packet *p)
{
	if (!p)
		return 0;
	u32 len = xdp->data_end - xdp->data;
	ek_parse_frame(xdp, 1, p, (u8 *)(unsigned long)xdp->data, (void *)(unsigned long)xdp->data_end, len, 0);
	if (p->marks & P_SHORT)
		p->marks = (p->marks & ~P_SHORT) | P_MALFORMED;
	ek_measure(p, len, 0, 0);
	return 0;
}

SEC("tc")
int ek_tc_out(struct __sk_buff *skb)
{
	struct ek_packet p;
	__builtin_memset(&p, 0, sizeof(p));
	ek_read(skb, &p);
	return ek_out(skb, 0, skb->ifindex, &p) ? EK_TC_DROP : EK_TC_NEXT;
}

SEC("tc")
int ek_tc_in(struct __sk_buff *skb)
{
	struct ek_packet p;
	__builtin_memset(&p, 0, sizeof(p));
	ek_read(skb, &p);
	return ek_in(skb, skb->ifindex, &p) ? EK_TC_DROP : EK_TC_NEXT;
}

SEC("xdp")
int ek_xdp_out(struct xdp_md *xdp)
{
	struct ek_packet p;
	__builtin_memset(&p, 0, sizeof(p));
	ek_read_xdp(xdp, &p);
	return ek_out(xdp, 1, xdp->ingress_ifindex, &p) ? EK_XDP_DROP : EK_XDP_PASS;
}
