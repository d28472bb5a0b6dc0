#!/bin/sh
# enter.sh ROOT CHECKOUT TARGET FOLDER COMMAND...
# Runs COMMAND in FOLDER, as seen from the system under ROOT. Started by `unshare --mount`: what is mounted here is seen
# by nobody else, and is gone with the last process, however that ends. The checkout is read-only inside.
set -eu
root=$1 checkout=$2 target=$3 folder=$4
shift 4
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root$checkout"
mount --bind -o ro "$checkout" "$root$checkout"
# The target folder may lie inside the checkout; it exists, so that nothing has to be made there.
[ -d "$root$target" ] || mkdir -p "$root$target"
mount --bind "$target" "$root$target"
exec chroot "$root" sh -c 'cd "$1"; shift; exec "$@"' sh "$folder" "$@"
