# shellcheck shell=bash disable=SC2154 # the names come from the derivation
# Lays down a system as NixOS does; run by the derivation in flake.nix.
if [ -n "$broken" ]; then echo "this system does not build" >&2; exit 1; fi
echo "building $label" >&2
units=$out/etc/systemd/system
mkdir -p "$out/bin" "$out/sw/bin" "$units/multi-user.target.wants"
echo "26.05-$label" >"$out/nixos-version"
for name in $(jq -r 'keys[]' "$unitsPath"); do
  jq -r --arg name "$name" '.[$name]' "$unitsPath" >"$units/$name"
  ln -s "../$name" "$units/multi-user.target.wants/$name"
done
cat >"$out/sw/bin/nixos-version" <<SCRIPT
#!/bin/sh
echo "$revision"
SCRIPT
cat >"$out/activate" <<SCRIPT
#!/bin/sh
set -e
find /etc/systemd/system -lname '/nix/store/*' -delete
cp -rs $units/. /etc/systemd/system/
ln -sfn $out /run/current-system
SCRIPT
cat >"$out/init" <<SCRIPT
#!/bin/sh
PATH=/usr/bin $out/activate
ln -sfn $out /run/booted-system
exec /usr/lib/systemd/systemd
SCRIPT
sed "s#@out@#$out#g" "$programPath" >"$out/bin/switch-to-configuration"
chmod +x "$out/init" "$out/activate" "$out/sw/bin/nixos-version" "$out/bin/switch-to-configuration"
