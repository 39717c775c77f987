# shellcheck shell=bash
# Makes a root and below it an intermediate authority, in the working directory. Argument: the name of the box.
set -euo pipefail
name=$1
work=$(mktemp -d)

openssl rand -hex 32 >"$work/password"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 7300 -subj "/O=Croft/CN=$name root" \
  -addext 'basicConstraints=critical,CA:TRUE,pathlen:1' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
  -keyout "$work/root.key" -out "$work/root.crt"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -passout "file:$work/password" -subj "/O=Croft/CN=$name intermediate" \
  -keyout "$work/intermediate.key" -out "$work/intermediate.csr"
printf '%s\n' 'basicConstraints=critical,CA:TRUE,pathlen:0' 'keyUsage=critical,keyCertSign,cRLSign' 'subjectKeyIdentifier=hash' \
  'authorityKeyIdentifier=keyid' >"$work/extensions"
openssl x509 -req -in "$work/intermediate.csr" -CA "$work/root.crt" -CAkey "$work/root.key" -days 3650 -extfile "$work/extensions" \
  -out "$work/intermediate.crt"

# The root certificate last: it tells that all is there.
cp "$work"/{password,root.key,intermediate.key} .
install -m 644 "$work/intermediate.crt" .
install -m 644 "$work/root.crt" .
