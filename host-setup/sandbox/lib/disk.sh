# shellcheck shell=bash
# A disk of its own (`start --disk SIZE`): the root file system lies in an image of that size, so that the box can run out of space
# while this machine does not. Without one it is a directory, and as large as this machine's disk.

DISK_IMAGE=disk.img

disk_is_there() { [ -e "$BOX_DIR/$DISK_IMAGE" ]; }

disk_bytes() {
  numfmt --from=iec -- "$1" 2>/dev/null || usage_error "'$1' is not a size: a number of bytes, or one like 4G."
}

# A disk is chosen when a box is made; another size later would be another box.
require_same_disk() {
  local wanted
  [ -n "$DISK" ] || return 0
  wanted=$(disk_bytes "$DISK")
  [ "$wanted" -ge "$DISK_LEAST" ] || usage_error "A disk of $DISK is too small: the machine alone takes $(numfmt --to=iec "$DISK_LEAST")."
  [ -d "$BOX_ROOT" ] || return 0
  [ "$(stat -c %s "$BOX_DIR/$DISK_IMAGE" 2>/dev/null)" = "$wanted" ] ||
    fail "The sandbox host does not get a disk of $DISK." "It was made with another one." \
      "Make it anew: ./croft sandbox destroy --data $DATA"
}
DISK_LEAST=$((3 << 30))

# Makes the disk, empty, and mounts it at a directory. Its name comes last, so that a disk that is there is a whole one.
disk_make() { # DIRECTORY
  local image=$BOX_DIR/$DISK_IMAGE.new
  rm -f -- "$image"
  truncate --size="$(disk_bytes "$DISK")" "$image"
  # Without blocks set apart for root: everything that fills the box's disk is root there.
  mkfs.ext4 -q -m 0 -E lazy_itable_init=1,lazy_journal_init=1 "$image" ||
    fail "The sandbox host got no disk." "mkfs.ext4 failed; its words are above." "Repair the cause and repeat, or leave out --disk."
  mkdir -p "$1"
  disk_attach "$image" "$1"
  rmdir "$1/lost+found"
}

disk_made() { # DIRECTORY
  umount "$1"
  mv "$BOX_DIR/$DISK_IMAGE.new" "$BOX_DIR/$DISK_IMAGE"
}

# Shared: a copy that another box carried away when it started must go when this one does.
disk_attach() { # IMAGE DIRECTORY
  mount -o loop,noatime,nobarrier --make-shared "$1" "$2" ||
    fail "The sandbox host's disk was not mounted." "mount failed; its words are above." \
      "This machine needs loop devices for --disk; without it, leave the option out."
}

disk_mount() {
  if disk_is_there && ! mountpoint --quiet "$BOX_ROOT"; then disk_attach "$BOX_DIR/$DISK_IMAGE" "$BOX_ROOT"; fi
}

# The files of a disk can be seen from outside while the box runs.
disk_unmount() {
  if disk_is_there && mountpoint --quiet "$BOX_ROOT"; then umount "$BOX_ROOT"; fi
}
