package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// controller makes and removes volumes and snapshots. Sizes are recorded and answered, not enforced.
type controller struct {
	csi.UnimplementedControllerServer
	pool *pool
}

func (c *controller) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	answer := &csi.ControllerGetCapabilitiesResponse{}
	for _, can := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
	} {
		answer.Capabilities = append(answer.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: can}},
		})
	}
	return answer, nil
}

func (c *controller) CreateVolume(_ context.Context, req *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	if req.GetName() == "" || len(req.GetVolumeCapabilities()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "a volume needs a name and capabilities")
	}
	if reason := unsupported(req.GetVolumeCapabilities()); reason != "" {
		return nil, status.Error(codes.InvalidArgument, reason)
	}
	source := ""
	if from := req.GetVolumeContentSource().GetSnapshot(); from != nil {
		source = "snapshot/" + from.GetSnapshotId()
	} else if from := req.GetVolumeContentSource().GetVolume(); from != nil {
		source = "volume/" + from.GetVolumeId()
	}
	made, err := c.pool.makeVolume(req.GetName(), source, req.GetCapacityRange().GetRequiredBytes())
	if err != nil {
		return nil, asStatus(err, req.GetName())
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId:      made.ID,
		CapacityBytes: made.SizeBytes,
		ContentSource: req.GetVolumeContentSource(),
	}}, nil
}

func (c *controller) DeleteVolume(_ context.Context, req *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	if req.GetVolumeId() == "" {
		return nil, status.Error(codes.InvalidArgument, "the volume id is missing")
	}
	if err := c.pool.remove("volumes", req.GetVolumeId()); err != nil {
		return nil, asStatus(err, req.GetVolumeId())
	}
	return &csi.DeleteVolumeResponse{}, nil
}

func (c *controller) ValidateVolumeCapabilities(_ context.Context, req *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if req.GetVolumeId() == "" || len(req.GetVolumeCapabilities()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "the volume id or its capabilities are missing")
	}
	if _, err := c.pool.find("volumes", req.GetVolumeId()); err != nil {
		return nil, asStatus(err, req.GetVolumeId())
	}
	if reason := unsupported(req.GetVolumeCapabilities()); reason != "" {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: reason}, nil
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeCapabilities: req.GetVolumeCapabilities(),
	}}, nil
}

func (c *controller) CreateSnapshot(_ context.Context, req *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	if req.GetName() == "" || req.GetSourceVolumeId() == "" {
		return nil, status.Error(codes.InvalidArgument, "a snapshot needs a name and a source volume")
	}
	made, err := c.pool.makeSnapshot(req.GetName(), req.GetSourceVolumeId())
	if err != nil {
		return nil, asStatus(err, req.GetName())
	}
	return &csi.CreateSnapshotResponse{Snapshot: snapshotOf(made)}, nil
}

func (c *controller) DeleteSnapshot(_ context.Context, req *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	if req.GetSnapshotId() == "" {
		return nil, status.Error(codes.InvalidArgument, "the snapshot id is missing")
	}
	if err := c.pool.remove("snapshots", req.GetSnapshotId()); err != nil {
		return nil, asStatus(err, req.GetSnapshotId())
	}
	return &csi.DeleteSnapshotResponse{}, nil
}

// ListSnapshots is how the snapshot sidecar learns whether a snapshot that a backup names (and nobody here made) is there.
func (c *controller) ListSnapshots(_ context.Context, req *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	all, err := c.pool.snapshots()
	if err != nil {
		return nil, asStatus(err, "snapshots")
	}
	var wanted []*csi.ListSnapshotsResponse_Entry
	for _, one := range all {
		snapshot := snapshotOf(one)
		if id := req.GetSnapshotId(); id != "" && id != snapshot.SnapshotId {
			continue
		}
		if id := req.GetSourceVolumeId(); id != "" && id != snapshot.SourceVolumeId {
			continue
		}
		wanted = append(wanted, &csi.ListSnapshotsResponse_Entry{Snapshot: snapshot})
	}
	return page(wanted, req.GetStartingToken(), int(req.GetMaxEntries()))
}

// page cuts a list; the token is the index of the first entry that was not given.
func page(all []*csi.ListSnapshotsResponse_Entry, token string, most int) (*csi.ListSnapshotsResponse, error) {
	start := 0
	if token != "" {
		parsed, err := strconv.Atoi(token)
		if err != nil || parsed < 0 || parsed > len(all) {
			return nil, status.Errorf(codes.Aborted, "starting token %q is not one of ours", token)
		}
		start = parsed
	}
	end := len(all)
	answer := &csi.ListSnapshotsResponse{}
	if most > 0 && start+most < end {
		end = start + most
		answer.NextToken = strconv.Itoa(end)
	}
	answer.Entries = all[start:end]
	return answer, nil
}

func snapshotOf(found record) *csi.Snapshot {
	const prefix = len("volume/")
	return &csi.Snapshot{
		SnapshotId:     found.ID,
		SourceVolumeId: found.Source[min(prefix, len(found.Source)):],
		SizeBytes:      found.SizeBytes,
		CreationTime:   timestamppb.New(found.Made),
		ReadyToUse:     true,
	}
}

// unsupported says why these capabilities cannot be had: the driver has folders on one node, nothing else.
func unsupported(capabilities []*csi.VolumeCapability) string {
	for _, one := range capabilities {
		if one.GetBlock() != nil {
			return "block volumes are not supported: this driver has folders only"
		}
		switch one.GetAccessMode().GetMode() {
		case csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_MULTI_WRITER:
		default:
			return "access mode " + one.GetAccessMode().GetMode().String() + " is not supported: the volumes live on one node"
		}
	}
	return ""
}

// asStatus gives an error of the pool the code that the CSI specification asks for.
func asStatus(err error, what string) error {
	switch {
	case errors.Is(err, errMissing):
		return status.Errorf(codes.NotFound, "%s: %v", what, err)
	case errors.Is(err, errConflict):
		return status.Errorf(codes.AlreadyExists, "%s: %v", what, err)
	case errors.Is(err, errForeign):
		return status.Errorf(codes.FailedPrecondition, "%s: %v", what, err)
	case errors.Is(err, errTooSmall):
		return status.Errorf(codes.OutOfRange, "%s: %v", what, err)
	default:
		return status.Errorf(codes.Internal, "%s: %v", what, err)
	}
}
