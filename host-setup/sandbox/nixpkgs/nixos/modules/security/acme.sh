# shellcheck shell=bash
# What the ACME units do. The working directory is /var/lib/acme; lego's own files are in .lego/NAME, with the account shared by
# link; what programs use is in NAME.
set -euo pipefail

san() { # NAME… as openssl wants them
  local name list=
  for name in "$@"; do
    if [[ $name == *:* || $name =~ ^[0-9.]+$ ]]; then list+=,IP:$name; else list+=,DNS:$name; fi
  done
  echo "${list#,}"
}

fix_permissions() { # GROUP DIRECTORY…
  local group=$1
  shift
  chmod -R u=rwX,g=rX,o= "$@"
  chgrp -R "$group" "$@"
}

setup() {
  chmod -R u=rwX,g=,o= .lego/accounts
  [ ! -e .minica/key.pem ] || return 0
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/CN=minica root ca $(openssl rand -hex 3)" \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -keyout .minica/key.pem -out .minica/cert.pem
}

# Self-signed, so that whoever uses the certificate can start; made anew at each start until an order has succeeded.
ensure() { # NAME GROUP DOMAIN…
  local name=$1 group=$2 work
  shift 2
  [ ! -e "$name/acme-success" ] || return 0
  work=$(mktemp -d)
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj / -keyout "$work/key.pem" -out "$work/request.pem"
  printf 'subjectAltName=critical,%s\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=critical,CA:FALSE\n' "$(san "$@")" >"$work/extensions"
  openssl x509 -req -in "$work/request.pem" -CA .minica/cert.pem -CAkey .minica/key.pem -days 760 -extfile "$work/extensions" -out "$work/cert.pem"
  cat "$work/cert.pem" .minica/cert.pem >"$work/fullchain.pem"
  cat "$work/key.pem" "$work/fullchain.pem" >"$work/full.pem"
  cp .minica/cert.pem "$work/chain.pem"
  cp "$work"/{key,cert,chain,fullchain,full}.pem "$name/"
  fix_permissions "$group" "$name"
}

seconds_of() { date -d "$(openssl x509 -in "$1" -noout "-$2" | cut -d= -f2)" +%s; }

# Due: fewer than DAYS left; without a number, the last third of its life, or the last half of one below ten days.
is_due() { # FILE DAYS
  local from until left life
  [ -e "$1" ] || return 0
  from=$(seconds_of "$1" startdate)
  until=$(seconds_of "$1" enddate)
  left=$((until - $(date +%s))) life=$((until - from))
  if [ -n "$2" ]; then
    ((left / 86400 <= $2))
  elif ((life < 864000)); then
    ((left <= life / 2))
  else
    ((left <= life / 3))
  fi
}

take_turn() { # of the MOST orders that run at once
  local number
  (($1 > 0)) || return 0
  while true; do
    for ((number = 1; number <= $1; number++)); do
      exec 9>"/run/acme/$number.lock"
      ! flock --nonblock 9 || return 0
    done
    sleep 1
  done
}

# Called with the arrays lego, run and renew, which the unit sets: flags for all, for a first order, for a renewal.
# shellcheck disable=SC2154
order() { # NAME GROUP ACCOUNT DAYS MOST DOMAIN…
  local name=$1 group=$2 account=$3 days=$4 most=$5 home=.lego/$1 file
  shift 5
  file=$home/certificates/${1/\*/_}
  take_turn "$most"
  mkdir -p "$home/certificates"
  # Of another account or other names: a new order instead of a renewal.
  printf '%s\n' "$account" "$@" >"$home/wanted"
  ln -sfn "../accounts/$account" "$home/accounts"
  if [ -e "$file.crt" ] && [ -e "$file.key" ] && cmp -s "$home/wanted" "$home/ordered"; then
    if is_due "$file.crt" "$days" && ! lego --path "$home" "${lego[@]}" renew --days 36500 --no-random-sleep "${renew[@]}"; then
      exit 11
    fi
  elif ! lego --path "$home" "${lego[@]}" run "${run[@]}"; then
    echo "Failed to fetch certificates. This may mean your DNS records are set up incorrectly. Self-signed certs are in place and dependant services will still start." >&2
    exit 10
  fi
  mv "$home/wanted" "$home/ordered"
  touch "$name/acme-success"
  if ! cmp -s "$file.crt" "$name/fullchain.pem"; then
    echo "Installing new certificate"
    touch "$name/renewed"
    cp "$file.crt" "$name/fullchain.pem"
    cp "$file.key" "$name/key.pem"
    cp "$file.issuer.crt" "$name/chain.pem"
    ln -sf fullchain.pem "$name/cert.pem"
    cat "$name/key.pem" "$name/fullchain.pem" >"$name/full.pem"
  fi
  fix_permissions "$group" "$name" "$home"
  chmod -R u=rwX,g=,o= ".lego/accounts/$account"
}
