# What NixOS always has around systemd: targets, users and the manager's own settings.
{ config, lib, ... }:
let
  isNormal = v: v != null;
  settings = lib.filterAttrs (_: isNormal) config.systemd.settings.Manager;
  showValue = v: if lib.isBool v then lib.boolToYesNo v else toString v;
  line = name: value: lib.concatMapStrings (v: "${name}=${showValue v}\n") (lib.toList value);
in
{
  systemd.settings.Manager = {
    DefaultIOAccounting = lib.mkDefault true;
    DefaultIPAccounting = lib.mkDefault true;
  };
  environment.etc."systemd/system.conf".text = "[Manager]\n${lib.concatStrings (lib.mapAttrsToList line settings)}";

  systemd.targets = {
    keys.description = "Security Keys";
    # what ran at boot and is to run again at a switch
    sysinit-reactivation = {
      description = "Reactivate sysinit units";
      unitConfig = {
        RefuseManualStart = false;
        X-StopOnReconfiguration = false;
      };
    };
  };

  users.users = lib.genAttrs [ "systemd-network" "systemd-resolve" ] (name: {
    isSystemUser = true;
    group = name;
  });
  users.groups = lib.genAttrs [ "systemd-network" "systemd-resolve" ] (_: { });
}
