# shellcheck shell=bash
# The box's network: a namespace of its own, joined to this machine by one veth pair, so that its ports 80 and 443, its
# firewall and its bridges never meet this machine's. Inside, the interface is called eth0.

# One /30 per instance out of 10.213.0.0/16: gateway .1 (this machine), box .2.
SUBNETS=16384

subnet_prefix() { echo "10.213.$(($1 / 64)).$(($1 % 64 * 4))"; }
subnet_address() { # NUMBER HOST
  local base
  base=$(subnet_prefix "$1")
  echo "${base%.*}.$((${base##*.} + $2))"
}

subnet_is_taken() { ip -o -4 address show | grep -qF " $(subnet_address "$1" 1)/"; }

# The number follows from the instance's name, so an address stays as long as nobody else sits on it.
subnet_choose() {
  local number tries
  number=$((16#${INSTANCE#croft-} % SUBNETS))
  for ((tries = 0; tries < 64; tries++)); do
    subnet_is_taken "$number" || { echo "$number"; return; }
    number=$(((number + 1) % SUBNETS))
  done
  fail "The sandbox host got no address." "64 networks below 10.213.0.0/16 are in use on this machine." \
    "Stop sandboxes that you no longer need."
}

# Sets GATEWAY and ADDRESS, which box_boot writes into host.json.
# shellcheck disable=SC2034
network_up() {
  local number lock
  # Choosing and taking an address must not happen twice at once.
  exec {lock}>/run/lock/croft-sandbox
  flock "$lock"
  number=$(subnet_choose)
  ip netns add "$INSTANCE"
  ip link add "$INSTANCE" type veth peer name eth0 netns "$INSTANCE"
  ip address add "$(subnet_address "$number" 1)/30" dev "$INSTANCE"
  ip link set "$INSTANCE" up
  exec {lock}>&-
  ip -n "$INSTANCE" link set lo up
  ip -n "$INSTANCE" address add "$(subnet_address "$number" 2)/30" dev eth0
  ip -n "$INSTANCE" link set eth0 up
  ip -n "$INSTANCE" route add default via "$(subnet_address "$number" 1)"
  GATEWAY=$(subnet_address "$number" 1)
  ADDRESS=$(subnet_address "$number" 2)
}

# The namespace dies some time after its last process; the veth pair must be gone at once, or its address stays taken.
network_down() {
  if [ -e "/sys/class/net/$INSTANCE" ]; then ip link delete "$INSTANCE"; fi
  if [ -e "/run/netns/$INSTANCE" ]; then ip netns delete "$INSTANCE"; fi
}

# Name servers as this machine has them, unless they only answer on its own loopback.
write_resolv_conf() {
  local source=/etc/resolv.conf
  if ! grep -qE '^nameserver +[^1 ]' "$source" 2>/dev/null && [ -e /run/systemd/resolve/resolv.conf ]; then
    source=/run/systemd/resolve/resolv.conf
  fi
  rm -f "$BOX_ROOT/etc/resolv.conf"
  grep -vE '^nameserver +(127\.|::1)' "$source" >"$BOX_ROOT/etc/resolv.conf" 2>/dev/null || true
}
