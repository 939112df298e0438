/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs need of the kernel's interface: a few types, two contexts, helper numbers and
 * flags, written down from the interface that the kernel promises to keep (linux/bpf.h). Nothing
 * here is read out of one kernel, so the objects need no relocation against another.
 */
#ifndef EK_KERNEL_H
#define EK_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define inlined static inline __attribute__((always_inline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Descriptions of maps, in the form that loaders read from BTF. */
#define ek_uint(name, value) int (*name)[value]
#define ek_type(name, value) typeof(value) *name

enum {
	EK_MAP_HASH = 1,
	EK_MAP_ARRAY = 2,
	EK_MAP_PERCPU_ARRAY = 6,
	EK_MAP_LRU_HASH = 9,
	EK_MAP_LPM_TRIE = 11,
	EK_MAP_RINGBUF = 27,

	EK_F_NO_PREALLOC = 1,
	EK_F_MMAPABLE = 1024,

	EK_TC_NEXT = -1, /* go on with the next program at the hook */
	EK_TC_DROP = 2,
	EK_XDP_DROP = 1,
	EK_XDP_PASS = 2,

	EK_ANY = 0, /* of an update: whether or not the key is there */
	EK_NOEXIST = 1,
};

/* The context of a program at a traffic control hook. Names and order are the kernel's. */
struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority;
	u32 ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end, napi_id, family;
	u32 remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, data_meta;
	u64 flow_keys, tstamp;
	u32 wire_len, gso_segs;
	u64 sk;
	u32 gso_size;
};

struct xdp_md {
	u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

/* Helpers, by the numbers of the kernel's interface. None is kept for programs under the GPL. */
static void *(*const ek_map_lookup)(void *map, const void *key) = (void *)1;
static long (*const ek_map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*const ek_ktime_get)(void) = (void *)5;
static long (*const ek_skb_load)(const void *skb, u32 offset, void *to, u32 len) = (void *)26;
static long (*const ek_skb_pull)(void *skb, u32 len) = (void *)39;
static u64 (*const ek_ticks)(void) = (void *)118;
static u64 (*const ek_ktime_get_boot)(void) = (void *)125;
static void *(*const ek_ring_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*const ek_ring_submit)(void *data, u64 flags) = (void *)132;
static long (*const ek_xdp_load)(const void *xdp, u32 offset, void *to, u32 len) = (void *)189;

#define ek_swap16(x) __builtin_bswap16(x)

/* The same number, of 1 to most, which is a power of two: verifiers before Linux 6.4 do not learn from n != 0 that it is not 0. */
inlined u32 ek_some(u32 n, u32 most)
{
	n--;
	asm volatile("" : "+r"(n));
	return (n & (most - 1)) + 1;
}

#endif
