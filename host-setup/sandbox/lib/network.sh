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

# Taken when this machine has any route to it but the default one.
subnet_is_taken() { ip -4 route show match "$(subnet_address "$1" 2)" | grep -qv '^default'; }

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
  open_way_out
  GATEWAY=$(subnet_address "$number" 1)
  ADDRESS=$(subnet_address "$number" 2)
}

# The way out: apps are deployed from git servers on the internet. Like Docker's, it is a masquerading rule and forwarding on the
# two interfaces concerned; CROFT_SANDBOX_INTERNET=no leaves both away. Nothing from outside can open a connection to the box.
open_way_out() {
  local uplink
  uplink=$(ip -4 -json route show default | jq -r '.[0].dev // empty')
  if [ "${CROFT_SANDBOX_INTERNET:-yes}" = no ] || [ -z "$uplink" ]; then return 0; fi
  if ! nft --file - 2>/dev/null <<RULES; then
    table ip $(nft_table) {
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        iifname "$INSTANCE" oifname != "$INSTANCE" masquerade
      }
      chain forward {
        type filter hook forward priority filter; policy accept;
        oifname "$INSTANCE" ct state established,related accept
        oifname "$INSTANCE" drop
      }
    }
RULES
    say "This machine's kernel refuses NAT rules: the sandbox reaches this machine, but not the internet."
    return 0
  fi
  set_forwarding "$INSTANCE" 1
  if [ "$(cat "/proc/sys/net/ipv4/conf/$uplink/forwarding")" = 0 ]; then
    mkdir -p "$FORWARDING_CHANGED"
    touch "$FORWARDING_CHANGED/$uplink"
    set_forwarding "$uplink" 1
  fi
}

close_way_out() {
  local changed
  nft delete table ip "$(nft_table)" 2>/dev/null || true
  # The last one out switches forwarding off again where the first one in switched it on.
  if compgen -G '/sys/class/net/croft-*' >/dev/null; then return 0; fi
  for changed in "$FORWARDING_CHANGED"/*; do
    if [ -e "$changed" ]; then
      set_forwarding "${changed##*/}" 0
      rm "$changed"
    fi
  done
}

FORWARDING_CHANGED=/run/croft-sandbox/forwarding
nft_table() { echo "${INSTANCE//-/_}"; }
set_forwarding() { { echo "$2" >"/proc/sys/net/ipv4/conf/$1/forwarding"; } 2>/dev/null || true; }

# The namespace dies some time after its last process; the veth pair must be gone at once, or its address stays taken.
network_down() {
  if [ -e "/sys/class/net/$INSTANCE" ]; then ip link delete "$INSTANCE"; fi
  if [ -e "/run/netns/$INSTANCE" ]; then ip netns delete "$INSTANCE"; fi
  close_way_out
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
