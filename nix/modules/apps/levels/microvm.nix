# Level `microvm`: the app has a machine of its own, with its own kernel, run by QEMU as the app's account. docs/adr/0019 says why the
# machine is not one of microvm.nix's.
{ lib, pkgs }:
let
  inherit (import ../../../lib) size;
  place = import ./place.nix { inherit lib pkgs; };
  guest = import ../../../guest { inherit lib pkgs; };

  # As at `jail`, for what stands between the machine and the box: none of it needs a right, and its devices are the processor's help and the end of a network.
  serviceConfig = import ./hardening.nix // {
    AmbientCapabilities = "";
    CapabilityBoundingSet = "";
    IPAddressDeny = place.cloudMetadata;
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

  machine = place.script "microvm" [ pkgs.bubblewrap pkgs.iproute2 pkgs.passt pkgs.qemu_kvm pkgs.util-linux ] {
    bwrap = "${pkgs.bubblewrap}/bin/bwrap";
    virtiofsd = "${pkgs.virtiofsd}/bin/virtiofsd";
    machine = pkgs.stdenv.hostPlatform.qemuArch;
  };

  settings = place.settings "microvm" {
    # What virtiofsd is made of has to be where it runs, too.
    needs = [ pkgs.bubblewrap pkgs.virtiofsd ];
    more = ''
      ln -s ${guest.kernel} "$out/kernel"
      ln -s ${guest.initrd} "$out/initrd"
    '';
  };
  mebibyte = 1024 * 1024;
in
{ variables, reached, memoryMax, ... }@process:
let
  bytes = size.bytes memoryMax;
in
{
  environment = { };
  serviceConfig = serviceConfig // {
    # The app's memory is the machine's; what makes the machine takes some more.
    MemoryMax = toString (bytes + bytes / 8 + 128 * mebibyte);
  };
  front =
    # In there nobody else listens: where the app would be behind the box's web server, it has the network to itself.
    place.front "${machine}" (settings (process // { variables = variables // { HOST = "0.0.0.0"; }; })) reached.sockets process
    ++ [
      (toString (if bytes < 128 * mebibyte then 128 else bytes / mebibyte))
      "--"
    ];
  confine = true;
  online = true;
}
