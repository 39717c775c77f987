# Level `podman`: rootless Podman, run as the app's own account, gives the app a root, accounts and a network of its own. Nobody on the way
# has a right that the app's account has not. docs/adr/0020 says why the unit is not Quadlet's.
{ lib, pkgs }:
let
  inherit (import ../../../lib) names;
  launcher = import ../../../launcher { inherit pkgs; };
  toml = pkgs.formats.toml { };

  # As a jail's: what systemd's own settings would take from Podman before it could work is left to it, and the app does not have it
  # (croft-launch --confine).
  serviceConfig = removeAttrs (import ./hardening.nix) [
    # /dev/net/tun and the name of the host in the container; seals of the cgroups that are the app's own.
    "PrivateDevices"
    "ProtectHostname"
    "ProtectControlGroups"
  ] // {
    AmbientCapabilities = "";
    CapabilityBoundingSet = "";
    Delegate = true;
    # Podman tells the app to end, and waits for it; then the rest goes.
    KillMode = "mixed";
    DeviceAllow = [ "/dev/net/tun rw" "char-pts rw" ];
    RestrictNamespaces = "user mnt pid ipc uts cgroup net";
    SystemCallFilter = [
      "@system-service"
      "@mount sethostname"
      "~syslog"
    ];
    # For what is known while the app runs. Nobody but the unit sees it.
    TemporaryFileSystem = "/run/croft-place:mode=1777";
    # Where clouds keep what a machine may do, for whoever asks.
    IPAddressDeny = [ "169.254.169.254" "fd00:ec2::254" ];
  };

  # Nothing is kept: images are none, and what Podman notes down is gone with the container.
  containers = toml.generate "croft-podman-containers.conf" {
    containers = {
      init_path = "${pkgs.catatonit}/bin/catatonit";
      # The unit's limit counts.
      pids_limit = 0;
    };
    engine = {
      cgroup_manager = "cgroupfs";
      conmon_path = [ "${pkgs.conmon}/bin/conmon" ];
      events_logger = "none";
      # netavark makes no network here; Podman does not start without it.
      helper_binaries_dir = [ "${pkgs.passt}/bin" "${pkgs.catatonit}/bin" "${pkgs.netavark}/bin" ];
      runtime = "crun";
      runtimes.crun = [ "${pkgs.crun}/bin/crun" ];
    };
    network.default_rootless_network_cmd = "pasta";
  };
  storage = toml.generate "croft-podman-storage.conf" {
    storage = {
      driver = "vfs";
      graphroot = "/run/croft-place/storage";
      runroot = "/run/croft-place/run/containers";
    };
  };

  tools = [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.gnused ];
  podman = pkgs.writeScript "croft-podman" (
    lib.replaceStrings
      [ "@bash@" "@env@" "@path@" "@containers@" "@storage@" "@launch@" ]
      [
        "${pkgs.bash}/bin/bash"
        "${pkgs.coreutils}/bin/env"
        (lib.makeBinPath (tools ++ [ pkgs.podman ]))
        "${containers}"
        "${storage}"
        "${launcher}/bin/croft-launch"
      ]
      (builtins.readFile ./croft-podman.sh)
  );

  settings =
    {
      name,
      built,
      variables,
      ...
    }:
    let
      roots = pkgs.writeText "croft-podman-${name}-roots" (builtins.toJSON [ built.package built.programs built.command built.directory launcher pkgs.bash tools ]);
    in
    pkgs.runCommand "croft-podman-${name}"
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
  sockets,
  ...
}@process:
let
  words = separator: values: if values == [ ] then "-" else lib.concatMapStringsSep separator toString values;
in
{
  environment = { };
  inherit serviceConfig;
  front = [
    "${podman}"
    "${settings process}"
    (names.user name)
    "/var/lib/${names.stateDirectory name}"
    (if port == null then "-" else "${variables.HOST}/${toString port}")
    (words "," reached.ports)
    (words " " sockets)
    "--"
  ];
  confine = true;
  online = true;
}
