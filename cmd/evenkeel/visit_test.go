package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

// visit is a visitor with a browser in scripts: it asks an edge at an address for the page of a site, in a language, and prints what it gets.
func visit() {
	err := visitOf(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func visitOf(at, site, language string) error {
	q, err := http.NewRequest(http.MethodGet, "http://"+at+"/", nil)
	if err != nil {
		return err
	}
	q.Host = site
	q.Header.Set("Accept", "text/html")
	q.Header.Set("Accept-Language", language)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	fmt.Println(a.StatusCode, "Retry-After", a.Header.Get("Retry-After"))
	_, err = io.Copy(os.Stdout, a.Body)
	return err
}
