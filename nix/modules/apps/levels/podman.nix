# Level `podman`: rootless Podman, run as the app's own account, gives the app a root, accounts and a network of its own. Nobody on the way
# has a right that the app's account has not. docs/adr/0020 says why the unit is not Quadlet's.
{ lib, pkgs }:
let
  place = import ./place.nix { inherit lib pkgs; };
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
    IPAddressDeny = place.cloudMetadata;
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

  podman = place.script "podman" [ pkgs.podman ] { inherit containers storage; };
  settings = place.settings "podman" { };
in
process: {
  environment = { };
  inherit serviceConfig;
  front = place.front "${podman}" (settings process) process.sockets process ++ [ "--" ];
  confine = true;
  online = true;
}
