# Level `container`: systemd-nspawn gives the app a root, accounts and a network of its own. docs/adr/0018 says why it is not a
# container of NixOS's own.
{ lib, pkgs }:
let
  place = import ./place.nix { inherit lib pkgs; };

  # Made by root, and left by root before the app runs: what is not taken from systemd-nspawn here is taken from the app by it.
  serviceConfig = {
    Delegate = true;
    DelegateSubgroup = "supervisor";
    # systemd-nspawn ends the app first; then the rest goes.
    KillMode = "mixed";
    UMask = "0022";
    KeyringMode = "private";
    ProtectClock = true;
    ProtectHome = true;
    ProtectKernelModules = true;
    PrivateTmp = true;
    RestrictRealtime = true;
    TemporaryFileSystem = "/run/croft-place:mode=0755";
    DevicePolicy = "closed";
    DeviceAllow = [ "/dev/net/tun rw" "char-pts rw" ];
    # One line: where a command runs beside the app, a second one would not add to the first.
    CapabilityBoundingSet = toString [
      "CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_MKNOD CAP_NET_ADMIN CAP_NET_BIND_SERVICE"
      "CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_RESOURCE"
    ];
    IPAddressDeny = place.cloudMetadata;
    SystemCallArchitectures = "native";
  };

  container = place.script "container" [ pkgs.util-linux pkgs.iproute2 pkgs.passt pkgs.systemd ] { };
  settings = place.settings "container" { };
in
process: {
  environment = { };
  inherit serviceConfig;
  # `!`: by root, within all else that the unit says.
  front = place.front "!${container}" (settings process) process.reached.sockets process ++ [ "--" ];
  confine = true;
  online = true;
}
