# shellcheck shell=bash
# The running machine: systemd-nspawn with the box's own PID 1, in its own network namespace and its own cgroup.
#
# The cgroup is also how an instance is recognised: a process is the box's if and only if it lives below it. No pid file can go
# stale, and a second instance never lands in the first one's cgroup.

box_cgroup() { echo "$(cgroup_root)/$INSTANCE"; }

box_is_running() { grep -qs '^populated 1$' "$(box_cgroup)/cgroup.events"; }

# The box's PID 1, as this machine numbers it: the first process in its init scope.
box_leader() { head -n 1 "$(box_cgroup)/box/payload/init.scope/cgroup.procs" 2>/dev/null; }

box_boot() {
  say "Booting systemd."
  box_clear
  disk_mount
  install_rootfs_files
  clock_install
  network_up
  write_resolv_conf

  mkdir -p "$(box_cgroup)/monitor" "$(box_cgroup)/box"
  delegate_controllers
  : >"$BOX_DIR/console.log"
  # The monitor starts the box again when it reboots (nspawn's exit status 133), as firmware does.
  setsid --fork env BOX_CGROUP="$(box_cgroup)" BOX_ROOT="$BOX_ROOT" INSTANCE="$INSTANCE" \
    "$SANDBOX_HOME/lib/monitor" </dev/null >>"$BOX_DIR/console.log" 2>&1 {LOCK_FD}>&-

  local waited=0
  until leader=$(box_leader) && [ -n "$leader" ] && [ -S "/proc/$leader/root/run/systemd/private" ]; do
    waited=$((waited + 1))
    if [ "$waited" -gt 300 ] || { [ "$waited" -gt 20 ] && ! box_is_running; }; then
      tail -n 20 "$BOX_DIR/console.log" >&2
      box_stop
      fail "The sandbox host did not boot." "systemd-nspawn ended or PID 1 did not come up; its last words are above." \
        "All of them are in $BOX_DIR/console.log."
    fi
    sleep 0.1
  done
  # "degraded" is a finished boot as well; what failed is the configuration's business.
  box_exec timeout 90 systemctl is-system-running --wait </dev/null >/dev/null 2>&1 || true
  write_host_json
}

# Where the outer machine gives its controllers to children, the box gets them, too. With v1 hierarchies beside v2 there are none.
delegate_controllers() {
  local controller
  while read -rd ' ' controller; do
    { echo "+$controller" >"$(cgroup_root)/cgroup.subtree_control"; } 2>/dev/null || true
    { echo "+$controller" >"$(box_cgroup)/cgroup.subtree_control"; } 2>/dev/null || true
  done < <(tr '\n' ' ' <"$(cgroup_root)/cgroup.controllers")
}

# Runs argv inside as root, in the box's own cgroup and namespaces, with nothing of this machine's environment.
box_exec() {
  local leader clock
  leader=$(box_leader)
  mapfile -t clock < <(clock_environment)
  (
    echo "$BASHPID" >"$(box_cgroup)/box/payload/init.scope/cgroup.procs"
    # A plain shell forks the command into the box's process namespace and waits for it. nsenter's own fork must not: it stops
    # itself when its child is stopped, as every process of a box that goes down is for a moment, and then nobody collects the
    # child, without which the namespace, and so the reboot, never ends.
    # `env` starts the program: what the shell has built in, kill above all, it would do itself, outside of that namespace, and so to
    # processes of this machine that happen to have the numbers of some of the box's.
    # shellcheck disable=SC2016 # the inner shell expands it
    exec nsenter --target "$leader" --mount --uts --ipc --net --pid --no-fork --cgroup --root --wd \
      env -i HOME=/root USER=root LANG=C.UTF-8 "PATH=$BOX_PATH" "${clock[@]}" sh -c 'env -- "$@"; exit $?' sh "$@"
  )
}
BOX_PATH=/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

require_running() {
  require_root
  box_is_running || fail "The sandbox host is not running." "There is no booted sandbox for $DATA." \
    "Start it: ./croft sandbox start --data $DATA"
}

# SIGRTMIN+4 asks systemd for a clean power-off. Whatever is left after that is killed with its cgroup.
box_stop() {
  local leader waited=0
  if box_is_running; then
    leader=$(box_leader)
    [ -z "$leader" ] || kill -s RTMIN+4 "$leader" 2>/dev/null || true
    while box_is_running && [ "$waited" -lt 200 ]; do
      sleep 0.1
      waited=$((waited + 1))
    done
    if box_is_running; then
      say "It did not power off within 20 s; killing it."
    fi
  fi
  box_cut
}

# As when the power fails: nobody in there is asked, and whatever was being done is never finished. Nothing is lost of what was
# written, though: the files are this machine's, which goes on.
box_cut() {
  if box_is_running; then
    echo 1 >"$(box_cgroup)/cgroup.kill"
    while box_is_running; do sleep 0.05; done
  fi
  box_clear
}

# Takes away what a box leaves on this machine, also after one that died without being asked.
box_clear() {
  local cgroup
  # Beside v1 hierarchies nspawn makes the same cgroup in systemd's own, too.
  for cgroup in /sys/fs/cgroup/"$INSTANCE" /sys/fs/cgroup/*/"$INSTANCE"; do
    if [ -d "$cgroup" ]; then find "$cgroup" -depth -type d -exec rmdir {} +; fi
  done
  network_down
  disk_unmount
}

host_address() { jq -r '"\(.user)@\(.address):\(.port)"' "$BOX_DIR/host.json"; }

# What the console needs to reach the box; the fingerprint is read from the disk, not from whoever answers on the network.
write_host_json() {
  local fingerprint
  fingerprint=$(ssh-keygen -lf "$BOX_ROOT/etc/ssh/ssh_host_ed25519_key.pub" | cut -d' ' -f2)
  # shellcheck disable=SC2153
  jq -n --arg address "$ADDRESS" --arg gateway "$GATEWAY" --arg fingerprint "$fingerprint" \
    '{name: "sandbox", address: $address, port: 22, user: "croft-host", fingerprint: $fingerprint, gateway: $gateway}' \
    >"$BOX_DIR/host.json.new"
  mv "$BOX_DIR/host.json.new" "$BOX_DIR/host.json"
}

wait_for_ssh() {
  local address waited=0
  address=$(jq -r .address "$BOX_DIR/host.json")
  until { exec {probe}<>"/dev/tcp/$address/22"; } 2>/dev/null; do
    waited=$((waited + 1))
    [ "$waited" -lt 150 ] || fail "The sandbox host runs but does not answer on port 22." \
      "Its configuration does not start an SSH server, or its firewall refuses." \
      "Look inside: ./croft sandbox exec --data $DATA -- systemctl status sshd"
    sleep 0.1
  done
  exec {probe}>&-
}

require_provisioned() {
  [ -e "$BOX_DIR/host.json" ] || fail "The sandbox host has no address yet." "It has never been started." \
    "Start it: ./croft sandbox start --data $DATA"
}
