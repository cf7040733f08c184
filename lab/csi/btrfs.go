package main

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The three ioctls of linux/btrfs.h that the driver needs; each takes one 4096-byte argument.
const (
	ioctlSubvolCreate = 0x5000940e // BTRFS_IOC_SUBVOL_CREATE
	ioctlSnapDestroy  = 0x5000940f // BTRFS_IOC_SNAP_DESTROY
	ioctlSnapCreateV2 = 0x50009417 // BTRFS_IOC_SNAP_CREATE_V2
	flagReadOnly      = 1 << 1     // BTRFS_SUBVOL_RDONLY
	maxNameLength     = 255
)

// volArgs is struct btrfs_ioctl_vol_args.
type volArgs struct {
	fd   int64
	name [4088]byte
}

// volArgsV2 is struct btrfs_ioctl_vol_args_v2.
type volArgsV2 struct {
	fd      int64
	transID uint64
	flags   uint64
	unused  [4]uint64
	name    [4040]byte
}

// btrfs makes and removes subvolumes by the kernel's own calls, so that no program has to be on the machine.
type btrfs struct{}

// check fails unless dir lies on a btrfs file system: on any other one a copy of a running database would be torn.
func (btrfs) check(dir string) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return fmt.Errorf("pool %s: %w", dir, err)
	}
	if stat.Type != unix.BTRFS_SUPER_MAGIC {
		return fmt.Errorf("pool %s is not a btrfs file system; mount the lab's pool there first", dir)
	}
	return nil
}

func (btrfs) create(path string) error {
	var args volArgs
	copy(args.name[:maxNameLength], filepath.Base(path))
	return inFolderOf(path, ioctlSubvolCreate, unsafe.Pointer(&args))
}

func (btrfs) snapshot(from, to string, readOnly bool) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	args := volArgsV2{fd: int64(source.Fd())}
	if readOnly {
		args.flags = flagReadOnly
	}
	copy(args.name[:maxNameLength], filepath.Base(to))
	return inFolderOf(to, ioctlSnapCreateV2, unsafe.Pointer(&args))
}

func (btrfs) remove(path string) error {
	if _, err := os.Lstat(path); os.IsNotExist(err) {
		return nil
	}
	var args volArgs
	copy(args.name[:maxNameLength], filepath.Base(path))
	return inFolderOf(path, ioctlSnapDestroy, unsafe.Pointer(&args))
}

// inFolderOf calls an ioctl on the folder that holds (or shall hold) path.
func inFolderOf(path string, request uintptr, args unsafe.Pointer) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, folder.Fd(), request, uintptr(args)); errno != 0 {
		return &os.PathError{Op: fmt.Sprintf("btrfs ioctl %#x", request), Path: path, Err: errno}
	}
	return nil
}
