// Command bookstore-web is the shop's web service: it reads the shop's four stores and says on /healthz what each of them
// answered. Its other commands fill the shipping queue and take its digest, since the broker itself offers no way to do so.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// A store that does not answer within this time counts as down; readiness probes ask every few seconds.
const storeTimeout = 3 * time.Second

// answer is what one store said.
type answer struct {
	OK    bool   `json:"ok"`
	Count int64  `json:"count"`
	Error string `json:"error,omitempty"`
}

// store counts what it holds: rows, keys or messages.
type store func(ctx context.Context) (int64, error)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bookstore-web: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		return serve()
	case args[0] == "queue-fill" && len(args) == 2:
		count, err := strconv.Atoi(args[1])
		if err != nil || count < 1 {
			return fmt.Errorf("queue-fill: %q is not a number of messages", args[1])
		}
		return printed(fillQueue(context.Background(), os.Getenv("SHIPPING_URL"), count))
	case args[0] == "queue-digest" && len(args) == 1:
		return printed(digestQueue(context.Background(), os.Getenv("SHIPPING_URL")))
	default:
		return errors.New("usage: bookstore-web [queue-fill COUNT | queue-digest]")
	}
}

func printed(value any, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(value)
}

func serve() error {
	stores, err := openStores()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { health(w, r, stores) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, os.Getenv("SHOP_NAME")) })
	server := &http.Server{Addr: ":8080", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	slog.Info("listening", "address", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// health asks all stores at once and answers 200 only if every one of them answered.
func health(w http.ResponseWriter, r *http.Request, stores map[string]store) {
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	answers := make(map[string]answer, len(stores))
	var lock sync.Mutex
	var group sync.WaitGroup
	for name, ask := range stores {
		group.Add(1)
		go func() {
			defer group.Done()
			count, err := ask(ctx)
			got := answer{OK: err == nil, Count: count}
			if err != nil {
				got.Error = err.Error()
			}
			lock.Lock()
			answers[name] = got
			lock.Unlock()
		}()
	}
	group.Wait()
	all := true
	for _, got := range answers {
		all = all && got.OK
	}
	w.Header().Set("Content-Type", "application/json")
	if !all {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"ok": all, "stores": answers})
}
