// Command ferretdb is a server that speaks MongoDB's protocol and keeps its data in SQLite files: as near to MongoDB as
// comes without MongoDB's own binaries. It has no replica sets and no transactions.
//
// FerretDB's own command does not start when it is built as part of another module (it wants a version file that its
// release makes); the package for embedding it does.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	address := flag.String("listen", "0.0.0.0:27017", "address to listen on")
	folder := flag.String("data", "/data", "folder of the SQLite files")
	flag.Parse()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: *address},
		Handler:   "sqlite",
		SQLiteURL: "file:" + *folder + "/",
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
