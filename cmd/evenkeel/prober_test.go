package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"os"
)

// prober is a program of its own in scripts: a receiver of orders that answers probes. It writes its address
// into the file url, takes a way that the file cut names for one that brings nothing, and answers nothing
// but errors where there is a file named down.
func prober() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		err = os.WriteFile("url.part", []byte("http://"+l.Addr().String()), 0o600)
	}
	if err == nil {
		err = os.Rename("url.part", "url")
	}
	if err == nil {
		err = http.Serve(l, http.HandlerFunc(answerProbe))
	}
	println(err.Error())
	os.Exit(1)
}

func answerProbe(w http.ResponseWriter, r *http.Request) {
	type line struct {
		Way  string `json:"way"`
		Hash string `json:"sha256,omitempty"`
		Size int    `json:"size,omitempty"`
		Why  string `json:"why,omitempty"`
	}
	var p struct {
		Type, ID string
		Ways     []string
		Object   []byte
	}
	_, down := os.Stat("down")
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil || p.Type != "evenkeel.probe.v1" || down == nil {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	cut, _ := os.ReadFile("cut") // there may be none
	sum := sha256.Sum256(p.Object)
	var all []line
	for _, way := range p.Ways {
		one := line{Way: way, Hash: hex.EncodeToString(sum[:]), Size: len(p.Object)}
		if way == string(cut) {
			one = line{Way: way, Why: "timed out"}
		}
		all = append(all, one)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"probe": p.ID, "fetched": all}) // whoever is gone needs no answer
}
