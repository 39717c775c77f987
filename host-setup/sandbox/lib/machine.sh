# shellcheck shell=bash
# What this machine must bring along, and how to get it.

# program:package
SANDBOX_PROGRAMS='mmdebstrap:mmdebstrap systemd-nspawn:systemd-container ip:iproute2 nft:nftables nsenter:util-linux jq:jq
  ssh-keygen:openssh-client git:git flock:util-linux mkfs.ext4:e2fsprogs'

require_root() {
  [ "$(id -u)" = 0 ] || fail "The sandbox host cannot be managed." \
    "It is a real machine with its own PID 1, network and users, so making it needs root." \
    "Run the same command with sudo, or give Croft a host of your own (--host ssh://…)."
  [ -d "$(cgroup_root)" ] || fail "The sandbox host cannot run here." \
    "This machine has no cgroup v2 hierarchy, which systemd inside the sandbox needs." \
    "Mount one: mount -t cgroup2 none /sys/fs/cgroup/unified"
}

# What no package can bring along.
require_machine() {
  [ "$(uname -m)" = x86_64 ] || fail "The sandbox host cannot be made here." \
    "It is made for x86-64, and this machine is $(uname -m)." "Give Croft a host of your own (--host ssh://…)."
  unshare --mount --net --pid --fork true 2>/dev/null || fail "The sandbox host cannot be made here." \
    "This machine does not let root make namespaces, as in a container without privileges." \
    "Run this on the machine itself, or start the container with --privileged."
}

require_programs() {
  local entry missing=() packages=()
  for entry in $SANDBOX_PROGRAMS; do
    command -v "${entry%%:*}" >/dev/null || { missing+=("${entry%%:*}"); packages+=("${entry#*:}"); }
  done
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || packages+=(debian-archive-keyring)
  [ ${#packages[@]} -gt 0 ] || return 0

  command -v apt-get >/dev/null || fail "The sandbox host cannot be made." \
    "These programs are missing: ${missing[*]}, and this machine has no apt-get to install them with." \
    "Install what your distribution calls: ${packages[*]}"
  say "Installing what is missing: ${packages[*]}"
  {
    apt-get -qq update &&
      DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${packages[@]}"
  } </dev/null >&2 || fail "The missing programs could not be installed." "apt-get failed; its words are above." \
    "Repair it, then: apt-get install ${packages[*]}"
}

# The v2 hierarchy: all of /sys/fs/cgroup, or beside a v1 one.
cgroup_root() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo /sys/fs/cgroup; else echo /sys/fs/cgroup/unified; fi
}

# One command at a time changes an instance. Children that outlive this process must not inherit the descriptor.
with_instance_lock() {
  exec {LOCK_FD}>"$DATA/.sandbox.lock"
  flock --nonblock "$LOCK_FD" && return 0
  say "Waiting for another command that works on this sandbox."
  flock --timeout 600 "$LOCK_FD" || fail "The sandbox host is busy." \
    "Another 'croft sandbox' command has held it for ten minutes." "Look at 'fuser $DATA/.sandbox.lock'."
}
