// Client calls a server over mutual TLS of its own, each so many seconds, and tells what it was answered. It talks to the
// server of the SPIFFE ID it is given and to no other.
//
//	client URL SPIFFE_ID SECONDS
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: client URL SPIFFE_ID SECONDS, with SPIFFE_ENDPOINT_SOCKET in the environment")
	}
	url := os.Args[1]
	server, err := spiffeid.FromString(os.Args[2])
	if err != nil {
		log.Fatalf("client: %q: %v", os.Args[2], err)
	}
	seconds, err := strconv.Atoi(os.Args[3])
	if err != nil || seconds < 1 {
		log.Fatalf("client: %q is no number of seconds", os.Args[3])
	}
	source, err := workloadapi.NewX509Source(context.Background())
	if err != nil {
		log.Fatalf("client: no SVID: %v", err)
	}
	defer source.Close()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig:   tlsconfig.MTLSClientConfig(source, source, tlsconfig.AuthorizeID(server)),
		DisableKeepAlives: true, // Each call shows its certificate again, so a new one is seen to work.
	}}
	for ; ; time.Sleep(time.Duration(seconds) * time.Second) {
		call(client, url)
	}
}

func call(client *http.Client, url string) {
	response, err := client.Get(url)
	if err != nil {
		log.Print(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	if err != nil {
		log.Print(err)
		return
	}
	log.Printf("%s: %s", response.Status, body)
}
