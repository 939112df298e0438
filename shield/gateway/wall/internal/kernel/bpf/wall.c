/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program before an edge: TCP from an address that is held, to an address and port at which the edge listens, is dropped until the
 * address's end. All else passes, what cannot be read too. Types, helpers and the reading of headers are those of the programs at guests'
 * ports (instrument/port/internal/kernel/bpf).
 *
 * The licence below is ours. The kernel lets programs under any licence use the helpers that are used here.
 */
#include "parse.h"

char ek_license[] SEC("license") = "Apache-2.0";

/* An address as it stands on the wire. Of IPv4 the first half is zero and the last four bytes are set. */
struct ek_address {
	u64 first, last;
};

struct ek_target {
	struct ek_address address;
	u64 port;
};

/* What the time is by: the kernel's clock that nobody sets, as of its last tick, which costs least; or, before Linux 5.11, as of now. */
const volatile u32 ek_precise = 0;

static u64 (*const ek_ktime_get_coarse)(void) = (void *)160;

/* Who is held, and until when by that clock, in ns. */
struct {
	ek_uint(type, EK_MAP_HASH);
	ek_uint(max_entries, 65536);
	ek_type(key, struct ek_address);
	ek_type(value, u64);
} ek_held SEC(".maps");

/* Where the edge listens. */
struct {
	ek_uint(type, EK_MAP_HASH);
	ek_uint(max_entries, 4096);
	ek_type(key, struct ek_target);
	ek_type(value, u64);
} ek_targets SEC(".maps");

/* Packets that were dropped. */
struct {
	ek_uint(type, EK_MAP_PERCPU_ARRAY);
	ek_uint(max_entries, 1);
	ek_type(key, u32);
	ek_type(value, u64);
} ek_dropped SEC(".maps");

/* Names of types for the Go side. */
struct ek_target *ek_target_form;

__attribute__((noinline)) u32 ek_walk_xdp(struct xdp_md *xdp, u32 offset, u32 room, u32 next)
{
	return ek_walk(xdp, 1, offset, room, next);
}

inlined struct ek_address ek_address_of(const u64 *a, u8 family)
{
	struct ek_address out = { a[0], a[1] };
	if (family == EK_V4)
		out.last |= 0xffffffffULL << 32;
	return out;
}

SEC("xdp")
int ek_wall(struct xdp_md *xdp)
{
	struct ek_packet p;
	u8 *at = (u8 *)(long)xdp->data, *end = (u8 *)(long)xdp->data_end;
	ek_parse_frame(xdp, 1, &p, at, end, end - at, 0);
	if (p.protocol != 6 || !(p.marks & P_PORTS))
		return EK_XDP_PASS;
	struct ek_address from = ek_address_of(p.src, p.family);
	u64 *until = ek_map_lookup(&ek_held, &from);
	if (likely(!until) || *until <= (ek_precise ? ek_ktime_get() : ek_ktime_get_coarse()))
		return EK_XDP_PASS;
	struct ek_target to = { ek_address_of(p.dst, p.family), p.dport };
	if (!ek_map_lookup(&ek_targets, &to))
		return EK_XDP_PASS;
	u32 zero = 0;
	u64 *n = ek_map_lookup(&ek_dropped, &zero);
	if (n)
		(*n)++;
	return EK_XDP_DROP;
}
