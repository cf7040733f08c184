package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/lib/pq"
)

// openStores makes the four questions. Nothing is connected yet: a store that is down now may be up at the next question.
func openStores() (map[string]store, error) {
	for _, name := range []string{"ORDERS_URL", "CATALOG_DSN", "SESSIONS_ADDRESS", "SESSIONS_PASSWORD", "SHIPPING_URL"} {
		if os.Getenv(name) == "" {
			return nil, fmt.Errorf("the environment has no %s", name)
		}
	}
	orders, err := table("postgres", os.Getenv("ORDERS_URL"), "select count(*) from orders")
	if err != nil {
		return nil, err
	}
	catalog, err := table("mysql", os.Getenv("CATALOG_DSN"), "select count(*) from books")
	if err != nil {
		return nil, err
	}
	return map[string]store{
		"orders":   orders,
		"catalog":  catalog,
		"sessions": keys(os.Getenv("SESSIONS_ADDRESS"), os.Getenv("SESSIONS_PASSWORD")),
		"shipping": func(ctx context.Context) (int64, error) { return queueDepth(ctx, os.Getenv("SHIPPING_URL")) },
	}, nil
}

func table(driver, source, query string) (store, error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2)
	// Short, so that a database that came back at another address is found again soon.
	db.SetConnMaxLifetime(30 * time.Second)
	return func(ctx context.Context) (count int64, err error) {
		err = db.QueryRowContext(ctx, query).Scan(&count)
		return count, err
	}, nil
}

// keys asks Redis for the number of its keys. Two inline commands are all that is needed of the protocol.
func keys(address, password string) store {
	return func(ctx context.Context) (int64, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		if deadline, ok := ctx.Deadline(); ok {
			_ = conn.SetDeadline(deadline)
		}
		fmt.Fprintf(conn, "AUTH %s\r\nDBSIZE\r\n", password)
		reader := bufio.NewReader(conn)
		for _, wanted := range []string{"+OK", ":"} {
			line, err := reader.ReadString('\n')
			if err != nil {
				return 0, err
			}
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, wanted) {
				return 0, fmt.Errorf("redis answered %q", line)
			}
			if wanted == ":" {
				return strconv.ParseInt(line[1:], 10, 64)
			}
		}
		return 0, nil
	}
}
