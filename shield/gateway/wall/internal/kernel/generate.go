package kernel

//go:generate env GOFLAGS=-mod=mod go run github.com/cilium/ebpf/cmd/bpf2go@v0.22.0 -cc clang -target bpfel -go-package kernel -output-stem ek -type ek_target ek bpf/wall.c -- -O2 -g -Wall -Werror -mcpu=v3 -I../../../../../instrument/port/internal/kernel/bpf
