# shellcheck shell=bash
# What the console, its box and the web server know each other by; made on the box once, and never in the store.
# Arguments: account of the console, its directory, program of the channel or none, group of the web server or none.
set -eu
account=$1 data=$2 relay=$3 group=$4
umask 077

# The key with which the console signs in to its own box. The relay is all that it may run there.
install -d -o "$account" -g "$account" -m 700 "$data" "$data/console"
# What root has put back from a backup is the console's.
chown -R -h --from=root:root "$account:$account" "$data"
if [ ! -e "$data/console/channel_ed25519" ]; then
  ssh-keygen -q -t ed25519 -N '' -C croft -f "$STATE_DIRECTORY/channel_ed25519"
  install -o "$account" -g "$account" -m 600 "$STATE_DIRECTORY/channel_ed25519" "$data/console/channel_ed25519.new"
  install -o "$account" -g "$account" -m 644 "$STATE_DIRECTORY/channel_ed25519.pub" "$data/console/channel_ed25519.pub"
  mv "$data/console/channel_ed25519.new" "$data/console/channel_ed25519"
  rm -f "$STATE_DIRECTORY/channel_ed25519" "$STATE_DIRECTORY/channel_ed25519.pub"
fi
# From the private key: the file beside it is the console's to write.
if [ "$relay" != none ]; then
  { printf 'restrict,command="%s" ' "$relay" && ssh-keygen -y -f "$data/console/channel_ed25519"; } >"$STATE_DIRECTORY/keys.new"
  install -d -m 755 "$STATE_DIRECTORY/authorized"
  chmod 644 "$STATE_DIRECTORY/keys.new"
  mv "$STATE_DIRECTORY/keys.new" "$STATE_DIRECTORY/authorized/croft-host"
fi

# By what the web server proves that it is the one in front of the console.
if [ ! -e "$STATE_DIRECTORY/proxy-secret" ]; then
  openssl rand -hex 32 >"$STATE_DIRECTORY/proxy-secret.new"
  mv "$STATE_DIRECTORY/proxy-secret.new" "$STATE_DIRECTORY/proxy-secret"
fi
if [ "$group" != none ]; then
  install -d -g "$group" -m 750 "$STATE_DIRECTORY/proxy"
  printf 'proxy_set_header X-Croft-Proxy "%s";\n' "$(cat "$STATE_DIRECTORY/proxy-secret")" >"$STATE_DIRECTORY/proxy/header.conf.new"
  chgrp "$group" "$STATE_DIRECTORY/proxy/header.conf.new"
  chmod 640 "$STATE_DIRECTORY/proxy/header.conf.new"
  mv "$STATE_DIRECTORY/proxy/header.conf.new" "$STATE_DIRECTORY/proxy/header.conf"
fi
