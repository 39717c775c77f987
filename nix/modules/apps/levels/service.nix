# Level `service`: the app runs in a hardened systemd unit, and sees of the box what any user does.
{ lib, ... }:
let
  inherit (import ../../../lib) unit;

  # `systemd-analyze security` must stay at 2.0 or below; the tests ask it. Not set: ProcSubset=pid, because runtimes size
  # themselves by /proc/cpuinfo and /proc/meminfo.
  hardening = import ./hardening.nix // {
    ProtectProc = "invisible";
    ProtectKernelLogs = true;
    ProtectKernelTunables = true;
    RestrictNamespaces = true;
    RestrictSUIDSGID = true;
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
    ];
  };

  # A port below 1024 takes a capability, and that one means nothing in a user namespace of its own.
  privileges =
    port:
    if port != null && port < 1024 then
      {
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
      }
    else
      {
        AmbientCapabilities = "";
        CapabilityBoundingSet = "";
        PrivateUsers = true;
      };
in
{ port, variables, ... }:
{
  environment =
    lib.mapAttrs (_: unit.environmentValue) variables
    # The unit has a default PATH; the app's own replaces it.
    // lib.optionalAttrs (variables ? PATH) { PATH = lib.mkForce (unit.environmentValue variables.PATH); };
  serviceConfig = hardening // privileges port;
  front = [ ];
  confine = false;
  online = false;
}
