package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// folders stands in for btrfs: the rules of the pool (names, records, repeated calls) do not depend on the file system.
type folders struct{}

func (folders) check(string) error       { return nil }
func (folders) create(path string) error { return os.Mkdir(path, 0o755) }
func (folders) remove(path string) error { return os.RemoveAll(path) }
func (folders) snapshot(from, to string, _ bool) error {
	return os.CopyFS(to, os.DirFS(from))
}

func newPool(t *testing.T) *pool {
	t.Helper()
	p, err := openPool(t.TempDir(), "", folders{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, p *pool, volume, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.path("volumes", volume), "data"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, p *pool, volume string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.path("volumes", volume), "data"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestVolumeFromSnapshotHoldsTheDataOfItsMoment(t *testing.T) {
	p := newPool(t)
	must[record](t)(p.makeVolume("pvc-1", "", 100))
	write(t, p, "pvc-1", "before")
	must[record](t)(p.makeSnapshot("snapshot-1", "pvc-1"))
	write(t, p, "pvc-1", "after")

	restored := must[record](t)(p.makeVolume("pvc-2", "snapshot/snapshot-1", 0))

	if got := read(t, p, "pvc-2"); got != "before" || restored.SizeBytes != 100 {
		t.Fatalf("restored %q with %d bytes", got, restored.SizeBytes)
	}
}

func TestAskingTwiceMakesOneVolume(t *testing.T) {
	p := newPool(t)
	must[record](t)(p.makeVolume("pvc-1", "", 100))
	write(t, p, "pvc-1", "kept")

	must[record](t)(p.makeVolume("pvc-1", "", 100))

	if got := read(t, p, "pvc-1"); got != "kept" {
		t.Fatalf("the second call replaced the data: %q", got)
	}
}

func TestDataWithoutRecordIsMadeAgain(t *testing.T) {
	p := newPool(t)
	if err := os.Mkdir(p.path("volumes", "pvc-1"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, p, "pvc-1", "half a copy, left by a crash")

	must[record](t)(p.makeVolume("pvc-1", "", 100))

	if _, err := os.Stat(filepath.Join(p.path("volumes", "pvc-1"), "data")); !os.IsNotExist(err) {
		t.Fatalf("the leftover is still there: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	p := newPool(t)
	must[record](t)(p.makeVolume("pvc-1", "", 100))
	must[record](t)(p.makeSnapshot("snapshot-1", "pvc-1"))
	cases := map[string]struct {
		want error
		ask  func() error
	}{
		"same name, bigger":   {errConflict, func() error { _, err := p.makeVolume("pvc-1", "", 200); return err }},
		"same name, a source": {errConflict, func() error { _, err := p.makeVolume("pvc-1", "snapshot/snapshot-1", 100); return err }},
		"smaller than source": {errTooSmall, func() error { _, err := p.makeVolume("pvc-2", "snapshot/snapshot-1", 50); return err }},
		"unknown snapshot":    {errMissing, func() error { _, err := p.makeVolume("pvc-2", "snapshot/none", 100); return err }},
		"a path as an id":     {errMissing, func() error { _, err := p.makeVolume("pvc-2", "volume/../volumes/pvc-1", 100); return err }},
		"unknown volume":      {errMissing, func() error { _, err := p.makeSnapshot("snapshot-2", "none"); return err }},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			if err := one.ask(); !errors.Is(err, one.want) {
				t.Fatalf("got %v, want %v", err, one.want)
			}
		})
	}
}

func TestSnapshotOutlivesItsVolume(t *testing.T) {
	p := newPool(t)
	must[record](t)(p.makeVolume("pvc-1", "", 100))
	must[record](t)(p.makeSnapshot("snapshot-1", "pvc-1"))

	if err := p.remove("volumes", "pvc-1"); err != nil {
		t.Fatal(err)
	}

	again := must[record](t)(p.makeSnapshot("snapshot-1", "pvc-1"))
	all := must[[]record](t)(p.snapshots())
	if again.ID != "snapshot-1" || len(all) != 1 {
		t.Fatalf("got %+v of %+v", again, all)
	}
}

func TestRemovingWhatIsNotThereIsFine(t *testing.T) {
	p := newPool(t)
	for _, id := range []string{"none", "../volumes"} {
		if err := p.remove("volumes", id); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
	}
	if _, err := os.Stat(filepath.Join(p.root, "volumes")); err != nil {
		t.Fatal("the folder of the volumes is gone")
	}
}

// twoLabs are the drivers of a pool's own lab and of one that is joined to it.
func twoLabs(t *testing.T) (home, guest *pool) {
	t.Helper()
	home = newPool(t)
	guest, err := openPool(home.root, "dr", folders{})
	if err != nil {
		t.Fatal(err)
	}
	return home, guest
}

func TestAnotherLabCopiesASnapshotAndLeavesItAlone(t *testing.T) {
	home, guest := twoLabs(t)
	must[record](t)(home.makeVolume("pvc-1", "", 100))
	write(t, home, "pvc-1", "before")
	must[record](t)(home.makeSnapshot("snapshot-1", "pvc-1"))

	must[record](t)(guest.makeVolume("pvc-2", "snapshot/snapshot-1", 0))
	write(t, guest, "pvc-2", "written by the other lab")

	if err := guest.remove("snapshots", "snapshot-1"); !errors.Is(err, errForeign) {
		t.Fatalf("deleting the snapshot of the pool's own lab: %v", err)
	}
	if err := guest.remove("volumes", "pvc-1"); !errors.Is(err, errForeign) {
		t.Fatalf("deleting its volume: %v", err)
	}
	if _, err := guest.own("volumes", "pvc-1"); !errors.Is(err, errForeign) {
		t.Fatalf("mounting its volume: %v", err)
	}
	if err := home.remove("volumes", "pvc-2"); !errors.Is(err, errForeign) {
		t.Fatalf("the other way round: %v", err)
	}
	if got := read(t, home, "pvc-1"); got != "before" {
		t.Fatalf("the volume now holds %q", got)
	}
	if all := must[[]record](t)(guest.snapshots()); len(all) != 1 {
		t.Fatalf("the other lab sees %+v", all)
	}
}

func TestALabThatLeavesTakesOnlyItsOwn(t *testing.T) {
	home, guest := twoLabs(t)
	must[record](t)(home.makeVolume("pvc-1", "", 100))
	must[record](t)(home.makeSnapshot("snapshot-1", "pvc-1"))
	must[record](t)(guest.makeVolume("pvc-2", "snapshot/snapshot-1", 0))
	must[record](t)(guest.makeSnapshot("snapshot-2", "pvc-2"))

	if gone := must[int](t)(guest.forget()); gone != 2 {
		t.Fatalf("%d objects are gone", gone)
	}

	for _, id := range []string{"volumes/pvc-2", "volumes/pvc-2.json", "snapshots/snapshot-2", "snapshots/snapshot-2.json"} {
		if _, err := os.Stat(filepath.Join(home.root, id)); !os.IsNotExist(err) {
			t.Fatalf("%s is still there: %v", id, err)
		}
	}
	must[record](t)(home.find("volumes", "pvc-1"))
	must[record](t)(home.find("snapshots", "snapshot-1"))
}
