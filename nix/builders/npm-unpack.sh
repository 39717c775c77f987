# shellcheck shell=bash
# Lays out node_modules in the current directory from a list that npm-lock.nix made; `source`d by the build, with `set -e`.

croftUnpackPackages() {
  local kind place what file target
  while IFS=$'\t' read -r kind place what file; do
    case $kind in
      unpack)
        mkdir -p "$place"
        # A package is everything below the one directory of its archive, however that is called.
        tar -xzf "$what" -C "$place" --strip-components=1 --no-same-owner --no-same-permissions --delay-directory-restore
        chmod -R u+rwX "$place"
        ;;
      link)
        mkdir -p "${place%/*}"
        ln -s "$(realpath -m --relative-to="${place%/*}" "$what")" "$place"
        ;;
    esac
  done <"$1"
  # Programs come last: a package may bring one that lies in another's place.
  while IFS=$'\t' read -r kind place what file; do
    [ "$kind" = bin ] || continue
    target=$place/$file
    [ -f "$target" ] || continue
    mkdir -p "${place%"node_modules/${place##*node_modules/}"}node_modules/.bin"
    chmod u+x "$target"
    patchShebangs "$target" >/dev/null
    ln -sf "../${place##*node_modules/}/$file" "${place%"node_modules/${place##*node_modules/}"}node_modules/.bin/$what"
  done <"$1"
}

# What only the build needed, and the links to its programs.
croftRemovePackages() {
  local place
  while IFS= read -r place; do rm -rf "$place"; done <"$1"
  if [ -d node_modules ]; then find node_modules -path '*/.bin/*' -xtype l -delete; fi
}
