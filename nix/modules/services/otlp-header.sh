# shellcheck shell=bash
# Writes the environment of the collector from the secret that systemd has opened for its unit: the header by which it signs in.
set -euo pipefail
umask 077
value=$(<"$CREDENTIALS_DIRECTORY/OTLP_HEADER")
# A header has one line, and the collector takes a dollar sign for the name of something else.
if [[ -z $value || $value == *[![:print:]]* || $value == *\$* ]]; then
  echo "OTLP_HEADER of the service monitoring is empty, has more than one line, or has control characters or a dollar sign in it. Set it anew." >&2
  exit 1
fi
# As systemd reads what is between double quotes.
value=${value//\\/\\\\}
value=${value//\"/\\\"}
printf 'OTLP_HEADER="%s"\n' "$value" >"$RUNTIME_DIRECTORY/environment"
