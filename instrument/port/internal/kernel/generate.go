package kernel

//go:generate env GOFLAGS=-mod=mod go run github.com/cilium/ebpf/cmd/bpf2go@v0.22.0 -cc clang -target bpfel -go-package kernel -output-stem ek -type ek_port -type ek_seen -type ek_rules -type ek_flow4 -type ek_flow6 -type ek_drop -type ek_destination -type ek_buckets -type ek_prefix -type ek_flow_bits -type ek_guarded -type ek_sample ek bpf/port.c -- -O2 -g -Wall -Werror -mcpu=v3
