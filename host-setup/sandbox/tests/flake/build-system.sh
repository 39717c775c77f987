# shellcheck shell=bash disable=SC2154 # the names come from the derivation
# Lays down a system as NixOS does; run by the derivation in flake.nix.
if [ -n "$broken" ]; then echo "this system does not build" >&2; exit 1; fi
echo "building $label" >&2
mkdir -p "$out/bin" "$out/sw/bin" "$out/etc/systemd/system/multi-user.target.wants"
echo "26.05-$label" >"$out/nixos-version"
printf '%s' "$unit" >"$out/etc/systemd/system/app.service"
ln -s ../app.service "$out/etc/systemd/system/multi-user.target.wants/app.service"
cat >"$out/sw/bin/nixos-version" <<SCRIPT
#!/bin/sh
echo "$revision"
SCRIPT
cat >"$out/activate" <<SCRIPT
#!/bin/sh
set -e
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sfn $out/etc/systemd/system/app.service /etc/systemd/system/app.service
ln -sfn ../app.service /etc/systemd/system/multi-user.target.wants/app.service
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
