# shellcheck shell=bash disable=SC2154,SC1090
# Builds the directory of unit files: `files` is name → text, `links` is name → target.
source "$NIX_ATTRS_SH_FILE"
out=${outputs[out]}
mkdir -p "$out"
for name in "${!files[@]}"; do
  path="$out/$name"
  mkdir -p "${path%/*}"
  printf '%s' "${files[$name]}" >"$path"
done
for name in "${!links[@]}"; do
  path="$out/$name"
  mkdir -p "${path%/*}"
  ln -s "${links[$name]}" "$path"
done
