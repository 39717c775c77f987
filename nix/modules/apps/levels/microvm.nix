# Level `microvm`: the app has a machine of its own, with its own kernel, run by QEMU as the app's account. docs/adr/0019 says why the
# machine is not one of microvm.nix's.
{ lib, pkgs }:
let
  inherit (import ../../../lib) names size;
  launcher = import ../../../launcher { inherit pkgs; };
  guest = import ../../../guest { inherit lib pkgs; };

  # As at `jail`, for what stands between the machine and the box: none of it needs a right, and its devices are the processor's help and the end of a network.
  serviceConfig = import ./hardening.nix // {
    AmbientCapabilities = "";
    CapabilityBoundingSet = "";
    IPAddressDeny = [ "169.254.169.254" "fd00:ec2::254" ];
    # For what is known while the app runs. Nobody but the unit sees it.
    TemporaryFileSystem = "/run/croft-place:mode=1777";
    # Ends the app, and then the rest.
    KillMode = "mixed";
    # With it there would be no /dev/kvm; what may be opened is said below.
    PrivateDevices = false;
    DeviceAllow = [ "/dev/kvm rw" "/dev/net/tun rw" ];
    SupplementaryGroups = "kvm";
    RestrictNamespaces = "user mnt pid ipc uts cgroup net";
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
      # passt and virtiofsd ask to be who they are.
      "@mount @setuid capset"
      "~syslog"
    ];
  };

  tools = [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.gnused ];
  machine = pkgs.writeScript "croft-microvm" (
    lib.replaceStrings
      [ "@bash@" "@env@" "@path@" "@relay@" "@launch@" "@bwrap@" "@virtiofsd@" "@machine@" ]
      [
        "${pkgs.bash}/bin/bash"
        "${pkgs.coreutils}/bin/env"
        (lib.makeBinPath (tools ++ [ pkgs.bubblewrap pkgs.iproute2 pkgs.passt pkgs.qemu_kvm pkgs.util-linux ]))
        "${launcher}/bin/croft-relay"
        "${launcher}/bin/croft-launch"
        "${pkgs.bubblewrap}/bin/bwrap"
        "${pkgs.virtiofsd}/bin/virtiofsd"
        pkgs.stdenv.hostPlatform.qemuArch
      ]
      (builtins.readFile ./croft-microvm.sh)
  );

  settings =
    { name, built, variables, ... }:
    let
      # What virtiofsd is made of has to be where it runs, too.
      roots = pkgs.writeText "croft-microvm-${name}-roots" (
        builtins.toJSON [ built.package built.programs built.command built.directory launcher pkgs.bash tools pkgs.bubblewrap pkgs.virtiofsd ]
      );
    in
    pkgs.runCommand "croft-microvm-${name}"
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
        printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' > "$out/nsswitch.conf"
        ln -s ${guest.kernel} "$out/kernel"
        ln -s ${guest.initrd} "$out/initrd"
      '';
in
{
  name,
  port,
  variables,
  reached,
  memoryMax,
  ...
}@process:
let
  bytes = size.bytes memoryMax;
  mebibyte = 1024 * 1024;
  words = separator: values: if values == [ ] then "-" else lib.concatMapStringsSep separator toString values;
in
{
  environment = { };
  serviceConfig = serviceConfig // {
    # The app's memory is the machine's; what makes the machine takes some more.
    MemoryMax = toString (bytes + bytes / 8 + 128 * mebibyte);
  };
  front = [
    "${machine}"
    # In there nobody else listens: where the app would be behind the box's web server, it has the network to itself.
    "${settings (process // { variables = variables // { HOST = "0.0.0.0"; }; })}"
    (names.user name)
    "/var/lib/${names.stateDirectory name}"
    (if port == null then "-" else "${variables.HOST}/${toString port}")
    (words "," reached.ports)
    (words " " reached.sockets)
    (toString (if bytes < 128 * mebibyte then 128 else bytes / mebibyte))
    "--"
  ];
  confine = true;
  online = true;
}
