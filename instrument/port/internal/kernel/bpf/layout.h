/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in the maps. User space writes the same bytes (layout.go), and a test compares sizes and
 * places. A change here needs a new version of the pinned names.
 */
#ifndef EK_LAYOUT_H
#define EK_LAYOUT_H

#include "kernel.h"

#define EK_PORTS 1024        /* ports that one set of maps can hold, unless user space says less */
#define EK_INDEXES 65536     /* places for numbers of interfaces, which are taken modulo this */
#define EK_NETS 16           /* prefixes of one family in one list */
#define EK_BITS 4096         /* of a bitmap of distinct values */
#define EK_DROP_BITS 1024    /* of the bitmap of destinations of flows to be dropped, of a port */
#define EK_FLOW_BITS 4194304 /* of that of all ports */
#define EK_RECENT 1024       /* remembered UDP flows of a port, four in a set */
#define EK_TOPS 4            /* candidates for the top destination, of a port and CPU */
#define EK_SERVICES 4        /* candidates for the port that got most SYNs, of a port and CPU */
#define EK_TALKS 16          /* conversations that are followed at a port, four in a set */
#define EK_SAMPLE 128        /* bytes of a sampled packet */

/* Families of addresses, as they are written in keys. */
enum { EK_NONE = 0, EK_V4 = 4, EK_V6 = 6 };

/* What is counted, per port and CPU. The order is that of layout.go. */
enum {
	C_PACKETS_OUT,
	C_BYTES_OUT,
	C_PACKETS_IN,
	C_BYTES_IN,
	C_SYNS_OUT,
	C_SYNACKS_IN,
	C_RSTS_IN,
	C_SMALL_OUT,
	C_UDP_OUT,
	C_UDP_IN,
	C_FRAGMENTS_OUT,
	C_MALFORMED_OUT,
	C_SPOOFED_OUT,
	C_FLOWS_OUT,
	C_TUNNELS_OUT,
	C_MAIL_25,
	C_MAIL_465,
	C_MAIL_587,
	C_SAMPLES,
	C_OVERRUNS,
	C_SPARED,     /* would have been dropped, and is never touched, or needed by the guest */
	C_UNTRACKED,  /* a destination had no room in the table, so its own limit was not asked */
	C_DROPPED_BYTES,
	C_REFUSED,    /* by cause: C_REFUSED + EK_BY_... - 1 */
	C_SERVED_OUT = C_REFUSED + 11, /* bytes from the guest's own reflection port, by port */
	C_SERVED_IN = C_SERVED_OUT + 11,
	C_ASKED_OUT = C_SERVED_IN + 11, /* bytes to others' reflection ports, by port */
	C_LOGINS = C_ASKED_OUT + 11,    /* SYNs to login ports of public addresses */
	C_SPOOFED_PUBLIC,               /* of the spoofed, from public addresses */
	C_ICMP_OUT,
	C_ECHOES_IN,                    /* answers to pings */
	C_LOOKED,                       /* packets whose payload was looked at */
	C_COUNTERS = C_ASKED_OUT + 16,  /* a multiple of eight */
};

/* Why a packet was dropped. */
enum {
	EK_BY_NOTHING,
	EK_BY_FLOW,
	EK_BY_TO_SYNS,
	EK_BY_TO_FLOWS,
	EK_BY_TO_PACKETS,
	EK_BY_TO_BITS,
	EK_BY_SYNS,
	EK_BY_FLOWS,
	EK_BY_PACKETS,
	EK_BY_BITS,
	EK_BY_ISOLATE,
	EK_BY_ISOLATE_IN,
};

/* Kinds of limits. The floor is what always goes to addresses that are never touched. */
enum { EK_SYNS, EK_FLOWS, EK_PACKETS, EK_BITRATE, EK_KINDS, EK_FLOOR = EK_KINDS };

/*
 * What a guest needs to keep its address: ARP, neighbour discovery, DHCP of each version. Each sort has
 * a hundred packets a second in each direction, and as many at once. Times in 1/64 ns.
 */
#define EK_NEEDS 4
#define EK_NEED_COST (64 * 10000000ULL)
#define EK_NEED_BURST (64 * 1000000000ULL)

/* What there is to ask, so that nothing else is looked up. */
enum {
	EK_HAS_LIMIT = 0xf,       /* one bit per kind */
	EK_HAS_LIMIT_TO = 0xf0,   /* the same, per destination */
	EK_HAS_EXACT = 0x100,     /* flows with a port to be dropped */
	EK_HAS_ANY = 0x200,       /* flows with any port to be dropped */
	EK_HAS_ISOLATE = 0x400,
	EK_ACTS = 0x7ff,
	EK_KNOWS_OWN4 = 0x1000,   /* the guest's own addresses of IPv4 are known */
	EK_READS = 0x2000,        /* the first payload of conversations is looked at, for Stratum */
	EK_KNOWS_OWN6 = 0x4000,   /* those of IPv6 are */
};

/*
 * A limit: each packet costs so much time, and a bucket may be in debt for burst. Times here are in
 * 1/64 ns; cost is for one packet, or for one byte in 1/65536 of that. until is ns of the boot clock.
 */
struct ek_limit {
	u64 until, cost, burst;
};

struct ek_net4 {
	u32 address, mask; /* as in the packet */
};

struct ek_net6 {
	u64 address[2], mask[2];
};

struct ek_nets {
	u32 n4, n6;
	struct ek_net4 v4[EK_NETS];
	struct ek_net6 v6[EK_NETS];
};

struct ek_rules {
	u32 generation;
	u32 has;
	u32 sample;  /* one of so many packets, 0 for none */
	u32 payload; /* bytes that a sample keeps behind the headers */
	u64 isolate_until;
	struct ek_limit limit[EK_KINDS];
	struct ek_limit to[EK_KINDS];
	struct ek_limit floor;
	struct ek_nets own;
	struct ek_nets allow;
	u64 dropped[EK_DROP_BITS / 64]; /* where the hashes of destinations lead to which flows are dropped */
	u64 told[2 * EK_KINDS][2]; /* rate and burst of the limits, for whoever reads them back */
};

/*
 * A conversation (TCP, to one port of one public address) that is followed: its place, of which a set of four is one
 * line of the cache, and what went there. What is counted only grows, and
 * wraps: whoever reads takes differences.
 */
struct ek_talk_at {
	u32 tag;         /* of the hash; zero where nobody has the place */
	u32 first, last; /* epochs of its packets */
	u32 now;         /* packets in the last one */
};

struct ek_talk {
	u64 to[2];
	u32 what; /* port << 16 | protocol << 8 | family */
	u32 packets, bytes;
	u16 syns;
	u8 looks; /* at payload, where that is asked for */
	u8 stratum;
};

/* A port: what it is, the state of its buckets, what it saw, and two sets of rules, one of them in force. */
struct ek_port {
	u32 active;
	u32 index;
	u64 space;       /* the network namespace, by its inode */
	u64 since;       /* ns of the boot clock */
	u8 name[16];
	u8 mac[8];
	u64 seed;        /* of hashes, so that nobody can choose what collides */
	u32 epoch;       /* moved on by whoever reads, once a second */
	u32 taken;       /* whether the slot is in use */
	u64 full_at[EK_KINDS + 1]; /* when each bucket is full again, in 1/64 ns */
	u64 needs_at[2 * EK_NEEDS]; /* the same, of what the guest needs: out and in of each sort */
	u64 pad[2];
	u64 probed[EK_BITS / 64];     /* public addresses that got the first datagram of a UDP flow, or a ping */
	u64 hosts[EK_BITS / 64];      /* public addresses that got a SYN */
	u64 host_ports[EK_BITS / 64]; /* and pairs of such an address and a port */
	u64 victims[EK_BITS / 64];    /* public addresses that got packets from a reflection port */
	u32 recent[EK_RECENT];
	struct ek_talk_at talk_at[EK_TALKS];
	struct ek_talk talks[EK_TALKS];
	struct ek_rules rules[2];
};

/*
 * A candidate for the address that gets most, and within it one for the flow. What the address got in
 * other flows is in rest, so that a packet of the flow is counted once. Votes are what was counted less what was lost.
 */
struct ek_top {
	u64 to[2];
	u32 what; /* port << 16 | protocol << 8 | family */
	u32 epoch, syns, lost_flow;
	u64 packets, bytes;
	u64 rest_packets, rest_bytes;
	u64 lost;
	u32 rest_syns;
	u32 mixed; /* 1: several ports or protocols, 2: several protocols */
};

/* Destination ports of SYNs: how many SYNs are counted for a port, and how many of these may have been others'. */
struct ek_service {
	u32 port, syns, others;
};

struct ek_seen {
	u64 counters[C_COUNTERS];
	u64 tick, boot; /* the boot clock when the tick was last another */
	u64 own[2];       /* the last source that was the guest's own */
	u32 own_generation, own_family;
	u32 since_sample;
	u32 service_epoch; /* of service */
	struct ek_top top[EK_TOPS];
	struct ek_service service[EK_SERVICES];
};

/* A flow to be dropped. kind: exact, any port, or later fragments, which show no port. */
enum { EK_EXACT, EK_ANY_PORT, EK_FRAGMENTS };

struct ek_flow4 {
	u32 slot;
	u16 port;
	u8 protocol, kind;
	u32 to;
};

struct ek_flow6 {
	u32 slot;
	u16 port;
	u8 protocol, kind;
	u64 to[2];
};

/* In force for generations of the port's rules from first on and before gone (0: no end), until then. */
struct ek_drop {
	u64 until;
	u32 first, gone;
};

/*
 * Where the hashes of destinations lead to which some port's flows are dropped: each port hashes with a seed of its
 * own. With 131,072 destinations, as many as the tables hold, 3 % of other packets are looked up for nothing.
 */
struct ek_flow_bits {
	u64 bits[EK_FLOW_BITS / 64];
};

struct ek_destination {
	u32 slot, family;
	u64 to[2];
};

struct ek_buckets {
	u64 full_at[EK_KINDS];
};

struct ek_prefix {
	u32 bits; /* of family and address together */
	u8 family[4];
	u8 address[16];
};

struct ek_sample {
	u64 at; /* ns of the boot clock */
	u32 slot, bytes;
	u16 caught;
	u8 in, cause;
	u32 pad;
	u8 data[EK_SAMPLE];
};

struct ek_guarded {
	u64 bits[2][65536 / 64]; /* first sixteen bits of addresses of which some are never touched: IPv4, IPv6 */
};

#endif
