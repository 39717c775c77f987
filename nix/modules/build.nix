# What builds and evaluations may use, so that the apps go on while they run. Operations run in this slice, too.
{ config, lib, ... }:
let
  inherit (config.croft.host) build;
  inherit (import ../lib) size;
in
{
  systemd.slices.croft-build.sliceConfig = {
    # Slower before it ends: at nine tenths the kernel takes memory back from them.
    MemoryHigh = "${toString (size.percent build.memoryMax * 9 / 10)}%";
    MemoryMax = build.memoryMax;
    CPUWeight = build.cpuWeight;
    IOWeight = build.ioWeight;
    # A build that forks without end leaves the box its other half.
    TasksMax = "50%";
    # How many builds run at once stays NixOS's affair (nix.settings.max-jobs, by default one a CPU): the weights decide when
    # somebody else wants a CPU, and the limit when the builds are too many for the memory.
    #
    # No ManagedOOM…: within the limit the kernel ends one process, mostly a builder, and its build fails with a reason;
    # systemd-oomd would end the whole operation.
  };

  # Whoever is not root has the daemon build.
  systemd.services.nix-daemon.serviceConfig = {
    Slice = "croft-build.slice";
    # A builder that the kernel ended for want of memory must not take the daemon and all other builds with it.
    OOMPolicy = lib.mkDefault "continue";
    # When the whole machine is short of memory, builds go first.
    OOMScoreAdjust = lib.mkDefault 500;
  };

  warnings = lib.optional (config.nix.gc.automatic && config.croft.host.gc.automatic)
    "croft: host.gc.automatic: nix.gc.automatic deletes generations as well, pinned ones and rollback targets among them. Switch one of the two off.";
}
