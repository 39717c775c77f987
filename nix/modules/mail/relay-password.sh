# shellcheck shell=bash
# Writes the password map of the relay for Postfix, from the secret that systemd has opened for its unit. Arguments: [host]:port, user.
set -euo pipefail
umask 077
password=$(<"$CREDENTIALS_DIRECTORY/RELAY_PASSWORD")
# A map has a line for each entry.
if [[ $password == *[[:cntrl:]]* ]]; then
  echo "RELAY_PASSWORD of the service mail has more than one line or control characters in it. Set it anew." >&2
  exit 1
fi
printf '%s %s:%s\n' "$1" "$2" "$password" >"$RUNTIME_DIRECTORY/relay"
