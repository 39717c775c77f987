# Level `jail`: bubblewrap makes a root of its own for the app, with its closure, its directory and the sockets that it is attached to.
# Nothing else of the box's files exists there, nor do other processes. The network is the box's.
{ lib, pkgs }:
let
  inherit (import ../../../lib) names;

  # What systemd's own settings would take from bubblewrap before it could work: masks on /proc, which keep a /proc of one's own from
  # being mounted, and calls for namespaces and mounts. The app does not have them (croft-launch --confine).
  serviceConfig = import ./hardening.nix // {
    AmbientCapabilities = "";
    CapabilityBoundingSet = "";
    # Where clouds keep what a machine may do, for whoever asks.
    IPAddressDeny = [ "169.254.169.254" "fd00:ec2::254" ];
    RestrictNamespaces = "user mnt pid ipc uts cgroup";
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
      "@mount capset"
      "~syslog"
    ];
  };

  # What is on PATH of every unit of NixOS; people and programs count on it.
  tools = [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.gnused ];
  launcher = import ../../../launcher { inherit pkgs; };
  jail = pkgs.writeScript "croft-jail" (
    lib.replaceStrings [ "@bash@" "@bwrap@" ] [ "${pkgs.bash}/bin/bash" "${pkgs.bubblewrap}/bin/bwrap" ] (
      builtins.readFile ./croft-jail.sh
    )
  );

  nsswitch = pkgs.writeText "nsswitch.conf" ''
    passwd: files
    group: files
    hosts: files dns
  '';
  # Of the box's: names, times and who is trusted are the same inside.
  shared = [
    "/etc/resolv.conf"
    "/etc/hosts"
    "/etc/protocols"
    "/etc/services"
    "/etc/localtime"
    "/etc/zoneinfo"
    "/etc/ssl/certs/ca-certificates.crt"
    "/etc/ssl/certs/ca-bundle.crt"
  ];

  # bubblewrap's arguments, as far as they are known before the app starts. NUL ends each.
  arguments =
    {
      name,
      built,
      variables,
      sockets,
    }:
    let
      state = "/var/lib/${names.stateDirectory name}";
      roots = pkgs.writeText "croft-jail-${name}-roots" (builtins.toJSON [ built.package built.programs built.command built.directory launcher pkgs.bash tools ]);
      fixed =
        [ "--unshare-user" "--unshare-pid" "--unshare-ipc" "--unshare-uts" "--unshare-cgroup" "--new-session" ]
        # The first two have another place there, the others are the shell's.
        ++ lib.concatMap (name: [ "--unsetenv" name ]) [ "MEMORY_PRESSURE_WATCH" "MEMORY_PRESSURE_WRITE" "SHLVL" "OLDPWD" "_" ]
        # Not the unit's: what says which library to load or which file to run first would hold for bubblewrap, too, outside.
        ++ lib.concatLists (lib.mapAttrsToList (name: value: [ "--setenv" name value ]) variables)
        ++ [ "--proc" "/proc" "--dev" "/dev" "--bind" "/tmp" "/tmp" "--bind" "/var/tmp" "/var/tmp" "--dir" "/run" "--symlink" "/run" "/var/run" ]
        ++ [ "--ro-bind" "${pkgs.bash}/bin/sh" "/bin/sh" "--ro-bind" "${pkgs.coreutils}/bin/env" "/usr/bin/env" ]
        ++ [ "--ro-bind" "${nsswitch}" "/etc/nsswitch.conf" ]
        ++ lib.concatMap (file: [ "--ro-bind-try" file file ]) shared
        # A server that is away for the moment is no reason not to start.
        ++ lib.concatMap (directory: [ "--ro-bind-try" directory directory ]) sockets
        ++ [ "--bind" state state ];
    in
    pkgs.runCommand "croft-jail-${name}"
      {
        nativeBuildInputs = [ pkgs.jq ];
        closure = pkgs.closureInfo { rootPaths = [ roots ]; };
        fixed = builtins.toJSON fixed;
        passAsFile = [ "fixed" ];
      }
      ''
        {
          while read -r path; do
            printf '%s\0' --ro-bind "$path" "$path"
          done < "$closure/store-paths"
          jq --raw-output0 '.[]' "$fixedPath"
        } > "$out"
      '';
in
{
  name,
  built,
  variables,
  sockets,
  ...
}:
{
  environment = { };
  inherit serviceConfig;
  front = [
    "${jail}"
    "${arguments { inherit name built variables sockets; }}"
    (names.user name)
    "/var/lib/${names.stateDirectory name}"
    "--"
  ];
  confine = true;
  online = false;
}
