# shellcheck shell=bash
# The image: Debian trixie with the packages of image/packages, built once and cached under the hash of its inputs.

SUITE=trixie
# Only for what its successor does not have any more: older major versions of PostgreSQL and MariaDB, to upgrade from.
OLD_SUITE=bookworm
IMAGE_CACHE=${CROFT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/croft}/sandbox

image_packages() { sed 's/#.*//' "$SANDBOX_HOME/image/packages" | xargs | tr ' ' ','; }

# Everything that decides what is in the image, and nothing else: where it was downloaded from does not.
image_key() {
  { echo "$SUITE" "$OLD_SUITE" "$(dpkg --print-architecture 2>/dev/null || uname -m)"; image_packages; cat "$SANDBOX_HOME/image/finish"; } |
    sha256sum | cut -c1-16
}

image_file() { echo "$IMAGE_CACHE/$(image_key).tar"; }

# The mirror this machine itself was set up with, when it runs Debian; the public one otherwise.
debian_mirror() {
  local mirror=''
  if [ -n "${CROFT_DEBIAN_MIRROR:-}" ]; then
    echo "$CROFT_DEBIAN_MIRROR"
    return
  fi
  # shellcheck source=/dev/null
  if [ "$(. /etc/os-release && echo "${ID:-}")" = debian ]; then
    mirror=$(
      awk '/^URIs:/ && uri == "" { uri = $2 } /^$/ { uri = "" } /^Components:/ && / main/ && uri != "" { print uri }' \
        /etc/apt/sources.list.d/*.sources 2>/dev/null || true
      sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) +[^ ]+ +(.* )?main( .*)?$/\2/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true
    )
    # The security archive has the updates only. Third parties have a component "main", too, but not that path.
    mirror=$(printf '%s\n' "$mirror" | grep -E 'debian/?$' | head -n 1 || true)
  fi
  echo "${mirror:-http://deb.debian.org/debian}"
}

# How this machine's apt reaches its mirror (proxy, clock checks) holds for the image as well.
apt_options() { apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::Proxy|Check-(Valid-Until|Date)|http::No-Cache|Retries)' || true; }

image_ensure() {
  local image
  image=$(image_file)
  [ -d "$BOX_ROOT" ] && return 0
  if [ -e "$image" ]; then
    touch "$image"
    return 0
  fi
  mkdir -p "$IMAGE_CACHE"
  local lock
  exec {lock}>"$IMAGE_CACHE/.lock"
  flock "$lock"
  if [ ! -e "$image" ]; then
    # Left over from a build that was interrupted (holding the lock, nobody builds), or of an older description of the box. Who unpacks
    # one of those has it open.
    rm -rf --one-file-system -- "$IMAGE_CACHE"/build.*
    find "$IMAGE_CACHE" -maxdepth 1 -name '*.tar' -printf '%T@ %p\0' | but_newest 2 | xargs -0 -r rm -f --
    image_build "$image"
  fi
  exec {lock}>&-
}

# Of lines "TIME PATH", each ended by NUL: the paths without the newest COUNT ones, which a checkout beside this one may need again.
but_newest() { sort -z -rn | tail -z -n "+$(($1 + 1))" | sed -z 's/^[^ ]* //'; }

image_build() {
  local image=$1 work option mirror options=()
  mirror=$(debian_mirror)
  while IFS= read -r option; do
    [ -z "$option" ] || options+=("--aptopt=$option")
  done < <(apt_options)
  work=$(mktemp -d "$IMAGE_CACHE/build.XXXXXX")

  say "Building the image from $mirror (some hundred MB to download; once, one or two minutes)."
  # The essential hook: the JDK's post-installation script fails where the manual pages' directory is missing.
  # Without PostgreSQL's compiler of queries (LLVM, 250 MB) every query is interpreted, as most are anyway.
  # shellcheck disable=SC2016 # mmdebstrap hands the root to the hook as $1
  if ! TMPDIR=$work mmdebstrap --variant=minbase "${options[@]}" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/go-*/test/*' \
    --dpkgopt='path-exclude=/usr/lib/*/libLLVM*' --dpkgopt='path-exclude=/usr/lib/postgresql/*/lib/*llvmjit*' \
    --dpkgopt='path-exclude=/usr/lib/postgresql/*/lib/bitcode/*' \
    --essential-hook='mkdir -p "$1/usr/share/man/man1"' \
    --include="$(image_packages)" --customize-hook="$SANDBOX_HOME/image/finish" \
    "$SUITE" "$work/image.tar" "deb $mirror $SUITE main" "deb $mirror $OLD_SUITE main" </dev/null > >(image_progress "$work/log") 2>&1; then
    tail -n 20 "$work/log" >&2
    mv "$work/log" "$IMAGE_CACHE/failed.log"
    rm -rf -- "$work"
    fail "The sandbox's image could not be built." \
      "mmdebstrap failed; its last words are above, all of them in $IMAGE_CACHE/failed.log." \
      "Check that $mirror can be reached and offers $SUITE and $OLD_SUITE (another mirror: CROFT_DEBIAN_MIRROR=URL), then repeat."
  fi
  mv "$work/image.tar" "$image"
  rm -rf -- "$work"
  say "The image is ready ($(du -h "$image" | cut -f1), kept in $IMAGE_CACHE)."
}

# mmdebstrap's own phases are the progress; the rest goes to the log.
image_progress() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$1"
    case $line in
      'I: running apt-get update'* | 'I: downloading'* | 'I: extracting'* | 'I: installing'* | 'I: creating tarball'*)
        say "  ${line#I: }"
        ;;
    esac
  done
}

# The box's own files: unpacked from the image once, then kept.
root_ensure() {
  if [ -d "$BOX_ROOT" ]; then
    [ "$(cat "$BOX_DIR/image" 2>/dev/null)" = "$(image_key)" ] ||
      say "This sandbox was made from an older image; 'sandbox destroy' and 'start' give it the current one."
    return 0
  fi
  say "Unpacking the image."
  unpacking_drop
  mkdir -p "$BOX_DIR/unpacking"
  [ -z "$DISK" ] || disk_make "$BOX_DIR/unpacking"
  tar -C "$BOX_DIR/unpacking" -xpf "$(image_file)" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*' ||
    fail "The image could not be unpacked." "See tar's words above; is the disk full?" "Free some space and repeat."
  # Made here and not in the image: two sandboxes must not share an identity.
  ssh-keygen -q -t ed25519 -N '' -C root@sandbox -f "$BOX_DIR/unpacking/etc/ssh/ssh_host_ed25519_key"
  image_key >"$BOX_DIR/image"
  [ -z "$DISK" ] || disk_made "$BOX_DIR/unpacking"
  mv "$BOX_DIR/unpacking" "$BOX_ROOT"
}

# What a start that was given up left there.
unpacking_drop() {
  if mountpoint --quiet "$BOX_DIR/unpacking"; then umount "$BOX_DIR/unpacking"; fi
  rm -rf --one-file-system -- "$BOX_DIR/unpacking"
}
