# shellcheck shell=bash
# Makes a certificate that nobody else signs, in the working directory: full.pem, the key and the certificate in one file, so
# that the two are only ever replaced together. Arguments: self-signed or uploaded, the domain, and the units that read it.
set -euo pipefail
kind=$1 domain=$2
shift 2

# An uploaded one has its own end, and is never replaced. `placeholder` tells that full.pem was made here.
if [ "$kind" = uploaded ] && [ -e full.pem ]; then exit 0; fi
# Renewed when it has less than a month left.
if [ -e full.pem ] && openssl x509 -in full.pem -noout -checkend 2592000 >/dev/null; then exit 0; fi

is_renewal=$([ -e full.pem ] && echo yes || echo no)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj '/O=Croft/CN=self-signed' \
  -addext "subjectAltName=DNS:$domain" -addext 'basicConstraints=critical,CA:FALSE' -addext 'extendedKeyUsage=serverAuth' \
  -keyout key.new -out certificate.new
cat key.new certificate.new >full.new
rm key.new certificate.new
if [ "$kind" = uploaded ]; then touch placeholder; fi
mv full.new full.pem

# The first one belongs to a change of their configuration, which is told by itself.
if [ "$is_renewal" = yes ]; then systemctl --no-block try-reload-or-restart -- "$@"; fi
