# shellcheck shell=bash disable=SC2154,SC1090
# Builds the etc derivation: the attribute `links` is target → source.
source "$NIX_ATTRS_SH_FILE"
out=${outputs[out]}
mkdir -p "$out/etc"
for target in "${!links[@]}"; do
  path="$out/etc/$target"
  mkdir -p "${path%/*}"
  ln -s "${links[$target]}" "$path" || {
    echo "duplicate entry $target -> ${links[$target]}" >&2
    exit 1
  }
done
printf '%s\n' "$copies" >"$out/copies.json"
