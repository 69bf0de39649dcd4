// Server answers over mutual TLS of its own: its SVID comes from the Workload API, and it takes calls from the SPIFFE IDs
// it is given and from nobody else.
//
//	server ADDRESS SPIFFE_ID...
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: server ADDRESS SPIFFE_ID..., with SPIFFE_ENDPOINT_SOCKET in the environment")
	}
	var allowed []spiffeid.ID
	for _, text := range os.Args[2:] {
		id, err := spiffeid.FromString(text)
		if err != nil {
			log.Fatalf("server: %q: %v", text, err)
		}
		allowed = append(allowed, id)
	}
	source, err := workloadapi.NewX509Source(context.Background())
	if err != nil {
		log.Fatalf("server: no SVID: %v", err)
	}
	defer source.Close()
	server := &http.Server{
		Addr:              os.Args[1],
		Handler:           http.HandlerFunc(answer),
		TLSConfig:         tlsconfig.MTLSServerConfig(source, source, tlsconfig.AuthorizeOneOf(allowed...)),
		ReadHeaderTimeout: 5 * time.Second,
	}
	log.Fatal(server.ListenAndServeTLS("", ""))
}

// answer tells the caller as whom it was seen.
func answer(w http.ResponseWriter, r *http.Request) {
	id, err := x509svid.IDFromCert(r.TLS.PeerCertificates[0])
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	fmt.Fprintf(w, "%s %s from %s\n", r.Method, r.URL.Path, id)
	log.Printf("%s %s from %s", r.Method, r.URL.Path, id)
}
