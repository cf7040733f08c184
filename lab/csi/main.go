// Command labcsi is the storage of the lab: a CSI driver whose volumes and snapshots are btrfs subvolumes of one pool on one
// node. It is test equipment. A snapshot is atomic and takes milliseconds, so that a database in the middle of its work comes
// back as after a power loss, which is what a restore has to cope with.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// version is set at link time (-ldflags "-X main.version=…"); CSI wants one that is not empty.
var version = "0.1.0"

// settings is what the command line says.
type settings struct {
	driverName  string
	pool        string
	endpoint    string
	kubeletRoot string
	node        string
	owner       string
	forget      bool
}

func main() {
	var s settings
	flag.StringVar(&s.driverName, "driver-name", "csi.lab.rekindle.dev", "name of the CSIDriver object and of the StorageClass's provisioner")
	flag.StringVar(&s.pool, "pool", "", "root of the mounted btrfs pool")
	flag.StringVar(&s.endpoint, "endpoint", "", "path of the CSI socket")
	flag.StringVar(&s.kubeletRoot, "kubelet-root", "/var/lib/kubelet", "the kubelet's --root-dir")
	flag.StringVar(&s.node, "node", "", "name of this node")
	flag.StringVar(&s.owner, "owner", "", "on another lab's pool, the name of this one: it mounts and deletes only what it made")
	flag.BoolVar(&s.forget, "forget", false, "delete everything in the pool that --owner made, and end")
	flag.Parse()
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "labcsi: "+err.Error())
		os.Exit(1)
	}
}

func run(s settings) error {
	wanted := map[string]string{"pool": s.pool, "endpoint": s.endpoint, "node": s.node}
	if s.forget {
		// Without an owner it would be the pool's own lab that loses everything.
		wanted = map[string]string{"pool": s.pool, "owner": s.owner}
	}
	for name, value := range wanted {
		if value == "" {
			return fmt.Errorf("--%s is missing", name)
		}
	}
	disk, err := openPool(s.pool, s.owner, btrfs{})
	if err != nil {
		return err
	}
	if s.forget {
		gone, err := disk.forget()
		slog.Info("forgotten", "owner", s.owner, "objects", gone)
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	driver := grpc.NewServer(grpc.UnaryInterceptor(logCalls))
	csi.RegisterIdentityServer(driver, &identity{name: s.driverName})
	csi.RegisterControllerServer(driver, &controller{pool: disk})
	csi.RegisterNodeServer(driver, &node{pool: disk, id: s.node, root: s.kubeletRoot})

	// The kubelet finds the driver by this second socket: it watches the folder and asks each socket in it who it is.
	plugin := grpc.NewServer()
	registration.RegisterRegistrationServer(plugin, &registrar{name: s.driverName, endpoint: s.endpoint})
	registry := filepath.Join(s.kubeletRoot, "plugins_registry", s.driverName+"-reg.sock")

	failed := make(chan error, 2)
	go serve(driver, s.endpoint, failed)
	go serve(plugin, registry, failed)
	slog.Info("ready", "driver", s.driverName, "pool", s.pool, "endpoint", s.endpoint)
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	plugin.Stop()
	driver.GracefulStop()
	return err
}

// serve listens on a Unix socket, taking the place of one that an earlier process left behind.
func serve(server *grpc.Server, path string, failed chan<- error) {
	listener, err := listen(path)
	if err == nil {
		err = server.Serve(listener)
	}
	if err != nil {
		failed <- fmt.Errorf("socket %s: %w", path, err)
	}
}

func listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return net.Listen("unix", path)
}

// logCalls writes one line for each call that changes something or fails; the sidecars probe too often to log it all.
func logCalls(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	answer, err := next(ctx, req)
	if err != nil {
		slog.Warn(filepath.Base(info.FullMethod), "error", err)
	} else if changes(info.FullMethod) {
		slog.Info(filepath.Base(info.FullMethod))
	}
	return answer, err
}

func changes(method string) bool {
	switch filepath.Base(method) {
	case "CreateVolume", "DeleteVolume", "CreateSnapshot", "DeleteSnapshot", "NodePublishVolume", "NodeUnpublishVolume":
		return true
	}
	return false
}

// registrar answers the kubelet's plugin watcher.
type registrar struct {
	registration.UnimplementedRegistrationServer
	name     string
	endpoint string
}

func (r *registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type:              registration.CSIPlugin,
		Name:              r.name,
		Endpoint:          r.endpoint,
		SupportedVersions: []string{"1.0.0"}, // the protocol's major version, which is all that the kubelet compares
	}, nil
}

func (r *registrar) NotifyRegistrationStatus(_ context.Context, status *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if status.PluginRegistered {
		slog.Info("the kubelet registered the driver")
	} else {
		slog.Error("the kubelet refused the driver", "reason", status.Error)
	}
	return &registration.RegistrationStatusResponse{}, nil
}
