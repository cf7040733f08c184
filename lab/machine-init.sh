#!/bin/sh
# The first process inside a lab's own namespaces. It sets up what the lab sees of the machine, says that it is ready,
# and then only stays: when it is killed the kernel ends every process of the lab and drops its mounts and interfaces.
#
# usage: machine-init.sh HOST_NAME READY_FILE [FOLDER=PLACE ...]
#   Each FOLDER of the host is to be seen at PLACE inside; PLACE may be the same path.
set -eu

host_name=$1
ready=$2
shift 2

hostname "$host_name"
mount -t proc -o nosuid,nodev,noexec proc /proc
ip link set lo up

# What the host keeps in these folders is not the lab's, and what the lab writes there must not stay on the host.
# The folders that shall be seen may lie below them, so they are held in another place meanwhile.
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
number=0
for pair in "$@"; do
  number=$((number + 1))
  mkdir -p "/dev/shm/held/$number"
  mount --bind "${pair%%=*}" "/dev/shm/held/$number"
done
for folder in /run /var /tmp; do
  mount -t tmpfs -o mode=755 tmpfs "$folder"
done
chmod 1777 /tmp
mkdir -p /var/lib /var/log /var/tmp /run/netns
ln -s /run /var/run
ln -s /run/lock /var/lock
mkdir -p /run/lock
number=0
for pair in "$@"; do
  number=$((number + 1))
  place=${pair#*=}
  mkdir -p "$place"
  mount --bind "/dev/shm/held/$number" "$place"
  umount "/dev/shm/held/$number"
done
rm -r /dev/shm/held

# The kubelet insists on these settings and would write them for the whole machine. It is shown them as set.
show() {
  if [ -e "/proc/sys/$1" ]; then
    mkdir -p "/run/kernel-settings/$(dirname "$1")"
    echo "$2" > "/run/kernel-settings/$1"
    mount --bind "/run/kernel-settings/$1" "/proc/sys/$1"
  fi
}
show vm/overcommit_memory 1
show vm/panic_on_oom 0
show kernel/panic 10
show kernel/panic_on_oops 1
show kernel/keys/root_maxkeys 1000000
show kernel/keys/root_maxbytes 25000000

# Mounts that the kubelet makes later must be seen by the containers that already run.
mount --make-rshared /

echo ready > "$ready"

# The shell also collects every orphan of the lab while it waits.
while :; do
  sleep 3600 &
  wait $! || true
done
