# Declared units → unit texts → the derivation that becomes /etc/systemd/system.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) concatMapStrings concatStrings mapAttrsToList mkOption types;
  cfg = config.systemd;

  # -- text ------------------------------------------------------------------------------------------------------------

  showValue = v: if v == true then "true" else if v == false then "false" else toString v;
  # A list repeats the setting; null gives it no value, which resets it in systemd's eyes.
  settings =
    attrs:
    concatStrings (mapAttrsToList (name: value: concatMapStrings (v: "${name}=${showValue v}\n") (lib.toList value)) attrs);

  environment =
    name: variables:
    concatStrings (
      mapAttrsToList (
        variable: value:
        let
          line = "Environment=${builtins.toJSON "${variable}=${toString value}"}\n";
        in
        if value == null then
          ""
        # systemd reads lines of up to 1 MiB
        else if lib.stringLength line >= 1048576 then
          throw "The value of the environment variable ‘${variable}’ in systemd service ‘${name}.service’ is too long."
        else
          line
      ) variables
    );

  serviceText =
    name: service:
    environment name (cfg.globalEnvironment // service.environment)
    + (
      if service.reloadIfChanged then
        "X-ReloadIfChanged=true\n"
      else
        lib.optionalString (!service.restartIfChanged) "X-RestartIfChanged=false\n"
    )
    + lib.optionalString (!service.stopIfChanged) "X-StopIfChanged=false\n"
    + lib.optionalString service.notSocketActivated "X-NotSocketActivated=true\n"
    + settings service.serviceConfig;

  # kind → the section of its own
  bodies = {
    service = name: unit: "[Service]\n${serviceText name unit}";
    socket =
      _: unit:
      "[Socket]\n${settings unit.socketConfig}"
      + concatMapStrings (s: "ListenStream=${s}\n") unit.listenStreams
      + concatMapStrings (s: "ListenDatagram=${s}\n") unit.listenDatagrams;
    timer = _: unit: "[Timer]\n${settings unit.timerConfig}";
    path = _: unit: "[Path]\n${settings unit.pathConfig}";
    slice = _: unit: "[Slice]\n${settings unit.sliceConfig}";
    mount = _: unit: "[Mount]\n${settings unit.mountConfig}";
    target = _: _: "";
  };

  toUnit = kind: name: unit: {
    inherit (unit) name;
    value = {
      inherit (unit) aliases wantedBy requiredBy upheldBy enable overrideStrategy;
      # No [Install]: the links below are what makes a unit wanted.
      text = "[Unit]\n${settings unit.unitConfig}\n${bodies.${kind} name unit}";
    };
  };

  # -- the directory ---------------------------------------------------------------------------------------------------

  units = cfg.units;
  # Units that Debian's own packages bring and a configuration may only want to adjust: the text becomes a drop-in.
  upstreamPrefixes = [
    "dbus."
    "getty@"
    "nix-daemon."
    "serial-getty@"
    "systemd-"
    "user-runtime-dir@"
    "user@"
  ];
  isUpstream =
    name:
    # NixOS's own, whatever its name says
    name != "systemd-tmpfiles-resetup.service" && lib.any (prefix: lib.hasPrefix prefix name) upstreamPrefixes;
  asDropIn = name: unit: unit.overrideStrategy == "asDropin" || isUpstream name;

  files = lib.listToAttrs (
    mapAttrsToList (name: unit: {
      name = if asDropIn name unit then "${name}.d/overrides.conf" else name;
      value = unit.text;
    }) (lib.filterAttrs (_: unit: unit.enable && unit.text != null) units)
  );
  links =
    lib.concatMapAttrs (
      name: unit:
      lib.genAttrs unit.aliases (_: name)
      // lib.listToAttrs (
        lib.concatMap (dir: map (other: lib.nameValuePair "${other}.${dir.suffix}/${name}" "../${name}") dir.units) [
          { suffix = "wants"; units = unit.wantedBy; }
          { suffix = "requires"; units = unit.requiredBy; }
          { suffix = "upholds"; units = unit.upheldBy; }
        ]
      )
    ) (lib.filterAttrs (_: unit: unit.enable) units)
    // lib.mapAttrs (_: _: "/dev/null") (lib.filterAttrs (_: unit: !unit.enable) units);

  unitsDirectory = builtins.derivation {
    name = "system-units";
    inherit (pkgs) system;
    builder = pkgs.buildShell;
    PATH = "/usr/bin";
    __structuredAttrs = true;
    inherit files links;
    preferLocalBuild = true;
    allowSubstitutes = false;
    args = [ "-eu" ./make-units.sh ];
  };

  unitModule =
    { config, ... }:
    {
      options.overrideStrategy = mkOption {
        type = types.enum [ "asDropinIfExists" "asDropin" ];
        default = "asDropinIfExists";
      };
    };
in
{
  options.systemd.units = mkOption { type = types.attrsOf (types.submodule unitModule); };

  config = {
    systemd.units = lib.mkMerge [
      (lib.mapAttrs' (toUnit "service") cfg.services)
      (lib.mapAttrs' (toUnit "socket") cfg.sockets)
      (lib.mapAttrs' (toUnit "timer") cfg.timers)
      (lib.mapAttrs' (toUnit "path") cfg.paths)
      (lib.mapAttrs' (toUnit "slice") cfg.slices)
      (lib.mapAttrs' (toUnit "target") cfg.targets)
      (lib.listToAttrs (map (mount: toUnit "mount" mount.name mount) cfg.mounts))
    ];
    system.build.units = unitsDirectory;
    environment.etc."systemd/system".source = unitsDirectory;
  };
}
