package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// node brings a volume into a pod: a bind mount of its folder onto the path that the kubelet chose.
type node struct {
	csi.UnimplementedNodeServer
	pool *pool
	id   string
	root string
}

func (n *node) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: n.id}, nil
}

func (n *node) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	return &csi.NodeGetCapabilitiesResponse{}, nil // no staging, no statistics
}

func (n *node) NodePublishVolume(_ context.Context, req *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	if req.GetVolumeCapability() == nil {
		return nil, status.Error(codes.InvalidArgument, "the volume capability is missing")
	}
	target, err := n.target(req.GetTargetPath())
	if err != nil {
		return nil, err
	}
	found, err := n.pool.own("volumes", req.GetVolumeId())
	if err != nil {
		return nil, asStatus(err, req.GetVolumeId())
	}
	mounted, err := isMounted(target)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if mounted {
		return &csi.NodePublishVolumeResponse{}, nil
	}
	if err := bind(n.pool.path("volumes", found.ID), target, req.GetReadonly()); err != nil {
		return nil, status.Errorf(codes.Internal, "mount of %s: %v", found.ID, err)
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func (n *node) NodeUnpublishVolume(_ context.Context, req *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	target, err := n.target(req.GetTargetPath())
	if err != nil {
		return nil, err
	}
	// EINVAL: nothing is mounted there, which is what was asked for.
	if err := unix.Unmount(target, 0); err != nil && err != unix.EINVAL && err != unix.ENOENT {
		return nil, status.Errorf(codes.Internal, "unmount of %s: %v", target, err)
	}
	// os.Remove takes an empty folder only: were the mount still there, no data could be lost.
	if err := os.Remove(target); err != nil && !os.IsNotExist(err) {
		return nil, status.Errorf(codes.Internal, "removal of %s: %v", target, err)
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

// target refuses a path outside the kubelet's folder: this process is root and would mount over anything.
func (n *node) target(path string) (string, error) {
	clean := filepath.Clean(path)
	if !filepath.IsAbs(path) || !strings.HasPrefix(clean, filepath.Clean(n.root)+string(filepath.Separator)) {
		return "", status.Errorf(codes.InvalidArgument, "target path %q is not below %s", path, n.root)
	}
	return clean, nil
}

func bind(from, to string, readOnly bool) error {
	if err := os.MkdirAll(to, 0o750); err != nil {
		return err
	}
	if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	if !readOnly {
		return nil
	}
	// A bind mount takes its flags only when it is mounted once more.
	err := unix.Mount("", to, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	if err != nil {
		_ = unix.Unmount(to, 0) // the error that matters is the one before
	}
	return err
}

// isMounted looks the path up among this process's mount points (field 5 of mountinfo, with blanks as \040).
func isMounted(path string) (bool, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 4 && strings.ReplaceAll(fields[4], `\040`, " ") == path {
			return true, nil
		}
	}
	return false, nil
}
