// Plain is a service that knows nothing of the mesh: plaintext on loopback, its sidecar does the rest.
//
//	plain http NAME ADDRESS       answers with its name and host, and what it was asked
//	plain tcp NAME ADDRESS        greets, then sends back each line
//	plain calls NAME URL SECONDS  calls a URL each so many seconds and tells what it was answered
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: plain http|tcp NAME ADDRESS, or plain calls NAME URL SECONDS")
	}
	kind, name, target := os.Args[1], os.Args[2], os.Args[3]
	host, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	who := name + " on " + host
	switch {
	case kind == "http":
		log.Fatal(http.ListenAndServe(target, answers(who)))
	case kind == "tcp":
		log.Fatal(greet(who, target))
	case kind == "calls" && len(os.Args) == 5:
		seconds, err := strconv.Atoi(os.Args[4])
		if err != nil || seconds < 1 {
			log.Fatalf("plain: %q is no number of seconds", os.Args[4])
		}
		call(target, time.Duration(seconds)*time.Second)
	default:
		log.Fatalf("plain: no kind %q of that many arguments", kind)
	}
}

// answers tells the caller who answered, what was asked, and whom the sidecar saw ask.
func answers(who string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s\n%s %s\n%s\n", who, r.Method, r.URL.Path, r.Header.Get("X-Forwarded-Client-Cert"))
	}
}

func greet(who, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			fmt.Fprintf(conn, "%s\n", who)
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				fmt.Fprintf(conn, "%s\n", lines.Text())
			}
		}()
	}
}

func call(url string, every time.Duration) {
	client := &http.Client{Timeout: 5 * time.Second}
	for ; ; time.Sleep(every) {
		response, err := client.Get(url)
		if err != nil {
			log.Print(err)
			continue
		}
		body, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		response.Body.Close()
		log.Printf("%s: %s", response.Status, body)
	}
}
