# A slice for a server of the box: `croft-services-<name>.slice`, with the limits of the state.
name: unit:
{ config, lib, ... }:
let
  cfg = config.croft.services.${name};
in
{
  config = lib.mkIf (cfg != null) {
    systemd.slices.croft-services.description = "Servers that apps are attached to";
    systemd.slices."croft-services-${name}" = {
      description = "Croft service ${name}";
      sliceConfig =
        lib.optionalAttrs (cfg.limits.memoryMax != null) { MemoryMax = cfg.limits.memoryMax; }
        // lib.optionalAttrs (cfg.limits.cpuQuota != null) { CPUQuota = cfg.limits.cpuQuota; };
    };
    systemd.services.${unit}.serviceConfig.Slice = "croft-services-${name}.slice";
  };
}
