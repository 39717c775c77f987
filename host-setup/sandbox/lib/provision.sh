# shellcheck shell=bash
# From a blank Debian to generation 1: the stand-in nixpkgs, Croft's own flake and the template are laid into the box, locked,
# committed and switched to. Running it again after any of them changed keeps the box's state.json.

SHARE=usr/share/croft-sandbox

# The channel's public key is made by `croft up` before the sandbox starts.
channel_key() { echo "$DATA/console/channel_ed25519.pub"; }

# What the box is provisioned from, in the order in which the hash takes it.
provision_sources() {
  local path
  for path in "$SANDBOX_HOME/nixpkgs" "$SANDBOX_HOME/image/rootfs" "$SANDBOX_HOME/image/host.nix" "$REPOSITORY/nix" "$REPOSITORY/host-setup/host" \
    "$REPOSITORY/host-setup/helper" "$(channel_key)"; do
    [ ! -e "$path" ] || printf '%s\0' "$path"
  done
}

copy_excludes() { printf '%s\n' --exclude=__pycache__ --exclude='*.pyc' --exclude=tests --exclude='result*'; }

provision_key() {
  local excludes
  mapfile -t excludes < <(copy_excludes)
  provision_sources |
    tar -c "${excludes[@]}" --absolute-names --sort=name --mtime=@0 --owner=0 --group=0 --null --files-from=- |
    sha256sum | cut -c1-16
}

provision_is_current() { [ "$(cat "$BOX_DIR/provisioned" 2>/dev/null)" = "$(provision_key)" ]; }

install_rootfs_files() { tar -C "$SANDBOX_HOME/image/rootfs" -c --owner=0 --group=0 . | tar -C "$BOX_ROOT" -xp --no-overwrite-dir; }

# One source tree, replaced as a whole so that a file removed here goes away there.
install_tree() { # SOURCE TARGET
  local excludes
  mapfile -t excludes < <(copy_excludes)
  rm -rf -- "${BOX_ROOT:?}/$2"
  mkdir -p "$BOX_ROOT/$2"
  tar -C "$1" -c --owner=0 --group=0 "${excludes[@]}" . | tar -C "$BOX_ROOT/$2" -xp
}

provision() {
  local key
  key=$(provision_key)
  [ -e "$(channel_key)" ] || fail "The sandbox host was not provisioned." \
    "The console's public key, $(channel_key), does not exist, so nobody could be let in." \
    "Make it: ssh-keygen -t ed25519 -N '' -f ${DATA}/console/channel_ed25519"
  say "Laying down the configuration."
  install_rootfs_files
  install_tree "$SANDBOX_HOME/nixpkgs" "$SHARE/nixpkgs"
  install_tree "$REPOSITORY/nix" "$SHARE/croft/nix"
  install_tree "$REPOSITORY/host-setup/host" "$SHARE/croft/host-setup/host"
  install_tree "$REPOSITORY/host-setup/helper" "$SHARE/croft/host-setup/helper"
  install -m 644 "$(channel_key)" "$BOX_ROOT/$SHARE/channel_ed25519.pub"
  install -m 644 "$SANDBOX_HOME/image/host.nix" "$BOX_ROOT/$SHARE/host.nix"

  say "Building and switching to the configuration."
  if ! box_exec /usr/local/lib/croft-sandbox/provision </dev/null >"$BOX_DIR/provision.log" 2>&1; then
    tail -n 40 "$BOX_DIR/provision.log" >&2
    fail "The sandbox host was not provisioned." "Its first system could not be built or activated; the last words are above." \
      "All of them are in $BOX_DIR/provision.log. Repair the cause and start again."
  fi
  printf '%s\n' "$key" >"$BOX_DIR/provisioned"
}
