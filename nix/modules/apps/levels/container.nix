# Level `container`: systemd-nspawn gives the app a root, accounts and a network of its own. docs/adr/0018 says why it is not a
# container of NixOS's own.
{ lib, pkgs }:
let
  inherit (import ../../../lib) names;
  launcher = import ../../../launcher { inherit pkgs; };

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
    # Where clouds keep what a machine may do, for whoever asks.
    IPAddressDeny = [ "169.254.169.254" "fd00:ec2::254" ];
    SystemCallArchitectures = "native";
  };

  tools = [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.gnused ];
  container = pkgs.writeScript "croft-container" (
    lib.replaceStrings
      [ "@bash@" "@env@" "@path@" "@relay@" "@launch@" ]
      [
        "${pkgs.bash}/bin/bash"
        "${pkgs.coreutils}/bin/env"
        (lib.makeBinPath (tools ++ [ pkgs.util-linux pkgs.iproute2 pkgs.passt pkgs.systemd ]))
        "${launcher}/bin/croft-relay"
        "${launcher}/bin/croft-launch"
      ]
      (builtins.readFile ./croft-container.sh)
  );

  settings =
    {
      name,
      built,
      variables,
      ...
    }:
    let
      roots = pkgs.writeText "croft-container-${name}-roots" (builtins.toJSON [ built.package built.programs built.command built.directory launcher pkgs.bash tools ]);
    in
    pkgs.runCommand "croft-container-${name}"
      {
        nativeBuildInputs = [ pkgs.jq ];
        closure = pkgs.closureInfo { rootPaths = [ roots ]; };
        variables = builtins.toJSON (lib.mapAttrsToList (name: value: "${name}=${value}") variables);
        passAsFile = [ "variables" ];
      }
      ''
        mkdir "$out"
        cp "$closure/store-paths" "$out/store-paths"
        jq --raw-output0 '.[]' "$variablesPath" > "$out/variables"
      '';
in
{
  name,
  port,
  variables,
  reached,
  ...
}@process:
let
  words = separator: values: if values == [ ] then "-" else lib.concatMapStringsSep separator toString values;
in
{
  environment = { };
  inherit serviceConfig;
  # `!`: by root, within all else that the unit says.
  front = [
    "!${container}"
    "${settings process}"
    (names.user name)
    "/var/lib/${names.stateDirectory name}"
    (if port == null then "-" else "${variables.HOST}/${toString port}")
    (words "," reached.ports)
    (words " " reached.sockets)
    "--"
  ];
  confine = true;
  online = true;
}
