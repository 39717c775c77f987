# shellcheck shell=bash
# An authority that says "too many" is left alone until it may be asked again: whoever goes on asking is only told so once more, and by
# some authorities for longer. Arguments: `wait` before an order or `note` after it, the certificate's name, the authority's directory.
#
# What it said is in the unit's log alone. Let's Encrypt writes the time into its words; of others an hour is assumed.
set -euo pipefail
umask 022
verb=$1 name=$2 server=$3
place=/var/lib/croft/acme-limits/$name

if [ "$verb" = wait ]; then
  if [ -e "$place" ] && read -r until known _ <"$place" && [ "$known" = "$server" ] && (($(date +%s) < until)); then
    echo "The authority's rate limit: it is not asked again before $(date -u -d "@$until" '+%Y-%m-%d %H:%M:%S UTC')."
    exit 1
  fi
  exit 0
fi

# It did not ask at all.
if [ "${SERVICE_RESULT:-}" = exec-condition ]; then exit 0; fi
rm -f "$place"
case ${EXIT_STATUS:-} in 10 | 11) ;; *) exit 0 ;; esac
journalctl --sync
said=$(journalctl --no-pager --quiet --output=cat "_SYSTEMD_INVOCATION_ID=$INVOCATION_ID" | grep -F 'urn:ietf:params:acme:error:rateLimited' || true)
if [ -z "$said" ]; then exit 0; fi
until=
if [[ $said =~ retry\ after\ ([0-9]{4}-[0-9]{2}-[0-9]{2})[T\ ]([0-9]{2}:[0-9]{2}:[0-9]{2}) ]]; then
  until=$(date -u -d "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}" +%s || true)
fi
mkdir -p "${place%/*}"
echo "${until:-$(($(date +%s) + 3600))} $server $INVOCATION_ID" >"$place.new"
mv "$place.new" "$place"
