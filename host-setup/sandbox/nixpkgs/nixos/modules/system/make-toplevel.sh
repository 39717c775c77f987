# shellcheck shell=bash disable=SC2154
# Builds the system closure with the layout NixOS gives it.
mkdir -p "$out/bin"
ln -s "$etc/etc" "$out/etc"
ln -s "$sw" "$out/sw"
ln -s /usr "$out/systemd"

substitute() { sed "s#@out@#$out#g" "$1" >"$2"; }
substitute "$activationScriptPath" "$out/activate"
substitute "$dryActivationScriptPath" "$out/dry-activate"
substitute "$init" "$out/init"
substitute "$switchToConfiguration" "$out/bin/switch-to-configuration"
chmod +x "$out/activate" "$out/dry-activate" "$out/init" "$out/bin/switch-to-configuration"
bash -n "$out/activate"

ln -s "$preSwitchChecks" "$out/pre-switch-checks"
printf '%s' "$switchInhibitors" >"$out/switch-inhibitors"
printf '%s' "$kernelParams" >"$out/kernel-params"
printf '%s' "$label" >"$out/nixos-version"
printf '%s' "$systemName" >"$out/system"
printf 'systemd %s' "$initInterfaceVersion" >"$out/init-interface-version"
printf '%s' "$extraDependencies $checks" >"$out/extra-dependencies"
