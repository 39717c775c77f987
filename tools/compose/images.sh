# shellcheck shell=bash
# What Docker runs, made of Debian's packages and of Keycloak's archive, under the names by which everybody else pulls it. Kept in CACHED,
# which is named after everything that decides what is in it: its first build needs a network, what comes after does not.

# Everything that decides what is in Docker's directory before the first build.
cache_key() {
  { cat "$HERE/images.sh" "$HERE/postgres" "$HERE/keycloak" && image_key && echo "$KEYCLOAK_VERSION" && cat "$1/java/release"; } | sha256sum | cut -c1-16
}

debian() { # TARGET PACKAGES MMDEBSTRAP-OPTIONS…
  local target=$1 included=$2 mirror option options=()
  shift 2
  mirror=$(debian_mirror)
  while IFS= read -r option; do [ -z "$option" ] || options+=("--aptopt=$option"); done < <(apt_options)
  mmdebstrap --quiet --variant=minbase "${options[@]}" --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' ${included:+"--include=$included"} \
    "$@" trixie "$target" "deb $mirror trixie main" </dev/null >"$target.log" 2>&1 ||
    { tail -n 20 "$target.log" >&2; return 1; }
}

# What the images are made of, fetched while there is a network.
fetch() {
  [ ! -e "$CACHED/complete" ] || return 0
  say "Fetching Docker, PostgreSQL and the base image from Debian (once)."
  rm -rf --one-file-system -- "$CACHED"
  mkdir -p "$CACHED"/{machine,root,data}
  local job jobs=()
  debian "$CACHED/machine.tar" docker.io,docker-cli,docker-compose,docker-buildx,iptables & jobs+=($!)
  debian "$CACHED/base.tar" '' & jobs+=($!)
  # Without PostgreSQL's compiler of queries (LLVM); the cluster is made when it is started.
  # shellcheck disable=SC2016 # mmdebstrap hands the root to the hook as $1
  debian "$CACHED/postgres.tar" postgresql-17 --dpkgopt='path-exclude=/usr/lib/*/libLLVM*' --dpkgopt='path-exclude=/usr/lib/postgresql/*/lib/*llvmjit*' \
    --dpkgopt='path-exclude=/usr/lib/postgresql/*/lib/bitcode/*' --customize-hook="cp $HERE/postgres \"\$1/usr/local/bin/start-postgres\"" \
    --customize-hook='rm -rf "$1"/var/lib/postgresql/* "$1"/etc/postgresql/*' & jobs+=($!)
  for job in "${jobs[@]}"; do
    wait "$job" || fail "The images could not be made." "mmdebstrap failed; its last words are above." "Check that $(debian_mirror) can be reached, then repeat."
  done
  tar -C "$CACHED/machine" -xf "$CACHED/machine.tar"
  rm "$CACHED/machine.tar"
}

make_images() {
  [ ! -e "$CACHED/complete" ] || return 0
  say "Making the images."
  docker import --change 'ENTRYPOINT ["start-postgres"]' - postgres:17 <"$CACHED/postgres.tar" >/dev/null
  docker import - debian:trixie-slim <"$CACHED/base.tar" >/dev/null
  docker import - croft-sandbox-packages <"$(image_file)" >/dev/null
  docker build --quiet --tag "quay.io/keycloak/keycloak:$KEYCLOAK_VERSION" --build-context "java=$CONSOLE/java" --build-context "keycloak=$KEYCLOAK" - <"$HERE/keycloak" >/dev/null
  rm -f "$CACHED"/*.tar
  : >"$CACHED/complete"
}
