# shellcheck shell=bash
# Makes the keys that outgoing mail is signed with, once for each domain, in the working directory. Arguments: the selector, the domains.
set -euo pipefail
umask 027
selector=$1
shift
for domain in "$@"; do
  name=$domain.$selector
  if [ -e "$name.pub" ]; then continue; fi
  openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$name.new"
  openssl pkey -in "$name.new" -pubout -outform DER | base64 --wrap=0 >"$name.pub.new"
  chmod 0640 "$name.new"
  # The record is there only when the key is.
  mv "$name.new" "$name.key"
  mv "$name.pub.new" "$name.pub"
done
