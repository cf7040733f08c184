package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"
)

var (
	errMissing  = errors.New("there is no such object in the pool")
	errConflict = errors.New("an object of that name exists and differs")
	errTooSmall = errors.New("the asked size is below that of the source")
	errForeign  = errors.New("another lab on this pool made it: only that one mounts or deletes it")
)

// subvolumes is what the pool needs of the file system; the tests have one made of plain folders.
type subvolumes interface {
	check(dir string) error
	create(path string) error
	snapshot(from, to string, readOnly bool) error
	remove(path string) error
}

// record is what the pool knows of a volume or snapshot. It lies beside the data as <id>.json and is written last: data without
// a record is what a crash left behind, and is made again.
type record struct {
	ID        string    `json:"id"`
	SizeBytes int64     `json:"sizeBytes"`
	Source    string    `json:"source,omitempty"` // "volume/<id>", "snapshot/<id>" or nothing
	Made      time.Time `json:"made"`
	Owner     string    `json:"owner,omitempty"` // the lab that made it; nothing for the pool's own lab
}

// pool is a folder with volumes/ and snapshots/. One lock is enough: each act takes milliseconds. Drivers of two labs may work
// on one pool: their ids follow from the names of their clusters' objects, which hold UIDs, so they never make the same object.
type pool struct {
	root  string
	disk  subvolumes
	owner string
	lock  sync.Mutex
}

func openPool(root, owner string, disk subvolumes) (*pool, error) {
	if err := disk.check(root); err != nil {
		return nil, err
	}
	for _, folder := range []string{"volumes", "snapshots"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o711); err != nil {
			return nil, err
		}
	}
	return &pool{root: root, disk: disk, owner: owner}, nil
}

var plainName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$`)

// idOf makes an id out of the name that the caller chose: the same name is the same object, whoever asks again after a crash.
func idOf(name string) string {
	if plainName.MatchString(name) && !strings.HasSuffix(name, ".json") {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

func (p *pool) path(kind, id string) string { return filepath.Join(p.root, kind, id) }

// find reads a record. An id that the pool cannot have made is missing, not an error: it never becomes a path.
func (p *pool) find(kind, id string) (record, error) {
	var found record
	if id != idOf(id) {
		return found, errMissing
	}
	text, err := os.ReadFile(p.path(kind, id) + ".json")
	if os.IsNotExist(err) {
		return found, errMissing
	}
	if err != nil {
		return found, err
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return found, fmt.Errorf("record of %s/%s: %w", kind, id, err)
	}
	return found, nil
}

// own is find for those who would write: what another lab made may be copied and listed here, and no more. A restore that
// brings another cluster's volume along by its handle would otherwise run a second database on the living one's files.
func (p *pool) own(kind, id string) (record, error) {
	found, err := p.find(kind, id)
	if err == nil && found.Owner != p.owner {
		return found, errForeign
	}
	return found, err
}

// make returns the object of that name, making it by fill if it is not there yet.
func (p *pool) make(kind, name, source string, size int64, fill func(path string) error) (record, error) {
	id := idOf(name)
	found, err := p.find(kind, id)
	if err == nil {
		if found.Source != source || found.SizeBytes < size || found.Owner != p.owner {
			return found, errConflict
		}
		return found, nil
	}
	if !errors.Is(err, errMissing) {
		return found, err
	}
	path := p.path(kind, id)
	if err := p.disk.remove(path); err != nil {
		return found, err
	}
	if err := fill(path); err != nil {
		return found, err
	}
	made := record{ID: id, SizeBytes: size, Source: source, Made: time.Now().UTC(), Owner: p.owner}
	return made, writeRecord(path+".json", made)
}

func (p *pool) makeVolume(name, source string, size int64) (record, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if source == "" {
		return p.make("volumes", name, source, size, p.disk.create)
	}
	kind, id, _ := strings.Cut(source, "/")
	origin, err := p.find(kind+"s", id)
	if err != nil {
		return origin, err
	}
	if size == 0 {
		size = origin.SizeBytes
	}
	if size < origin.SizeBytes {
		return origin, errTooSmall
	}
	return p.make("volumes", name, source, size, func(path string) error {
		return p.disk.snapshot(p.path(kind+"s", id), path, false)
	})
}

func (p *pool) makeSnapshot(name, volume string) (record, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	origin, err := p.find("volumes", volume)
	if errors.Is(err, errMissing) {
		// The volume may be gone while its snapshot of that name stays; asking again must still find the snapshot.
		if found, again := p.find("snapshots", idOf(name)); again == nil && found.Source == "volume/"+volume {
			return found, nil
		}
	}
	if err != nil {
		return origin, err
	}
	return p.make("snapshots", name, "volume/"+volume, origin.SizeBytes, func(path string) error {
		return p.disk.snapshot(p.path("volumes", volume), path, true)
	})
}

// remove is the reverse of make: the record goes first, so that half a removal is never taken for an object.
func (p *pool) remove(kind, id string) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	if _, err := p.own(kind, id); errors.Is(err, errForeign) {
		return err
	}
	return p.drop(kind, id)
}

func (p *pool) drop(kind, id string) error {
	if id != idOf(id) {
		return nil
	}
	if err := os.Remove(p.path(kind, id) + ".json"); err != nil && !os.IsNotExist(err) {
		return err
	}
	return p.disk.remove(p.path(kind, id))
}

func (p *pool) snapshots() ([]record, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.records("snapshots")
}

// forget removes all that this lab made, and tells how much that was: another lab's pool outlives it.
func (p *pool) forget() (int, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	gone := 0
	for _, kind := range []string{"volumes", "snapshots"} {
		all, err := p.records(kind)
		if err != nil {
			return gone, err
		}
		for _, one := range all {
			if one.Owner != p.owner {
				continue
			}
			if err := p.drop(kind, one.ID); err != nil {
				return gone, err
			}
			gone++
		}
	}
	return gone, nil
}

func (p *pool) records(kind string) ([]record, error) {
	files, err := filepath.Glob(filepath.Join(p.root, kind, "*.json"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	all := make([]record, 0, len(files))
	for _, file := range files {
		found, err := p.find(kind, strings.TrimSuffix(filepath.Base(file), ".json"))
		if errors.Is(err, errMissing) {
			continue // the other lab's driver removed it meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	return all, nil
}

// writeRecord replaces the file in one step and brings it to the disk first.
func writeRecord(path string, what record) error {
	text, err := json.Marshal(what)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".record-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err = file.Write(text); err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
