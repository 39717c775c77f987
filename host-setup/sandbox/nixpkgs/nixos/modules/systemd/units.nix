# Declared units → unit texts → the derivation that becomes /etc/systemd/system.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib) concatMapStrings concatStrings mapAttrsToList mkOption optionalAttrs types;
  cfg = config.systemd;

  # -- text ------------------------------------------------------------------------------------------------------------

  showValue = v: if v == true then "true" else if v == false then "false" else toString v;
  # null leaves a setting out, a list repeats it
  settings =
    attrs:
    concatStrings (
      mapAttrsToList (
        name: value: concatMapStrings (v: "${name}=${showValue v}\n") (lib.filter (v: v != null) (lib.toList value))
      ) (lib.filterAttrs (_: v: v != null) attrs)
    );
  section = name: body: if body == "" then "" else "\n[${name}]\n${body}";

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
        # systemd has a limit for the length of a line
        else if lib.stringLength line >= 2048 then
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

  # kind → what follows [Unit]
  bodies = {
    service = name: unit: section "Service" (serviceText name unit);
    socket =
      _: unit:
      section "Socket" (
        settings unit.socketConfig
        + concatMapStrings (s: "ListenStream=${s}\n") unit.listenStreams
        + concatMapStrings (s: "ListenDatagram=${s}\n") unit.listenDatagrams
      );
    timer = _: unit: section "Timer" (settings unit.timerConfig);
    path = _: unit: section "Path" (settings unit.pathConfig);
    slice = _: unit: section "Slice" (settings unit.sliceConfig);
    target = _: _: "";
    mount =
      _: unit:
      section "Mount" (
        settings (
          {
            What = unit.what;
            Where = unit.where;
          }
          // optionalAttrs (unit.type != "") { Type = unit.type; }
          // optionalAttrs (unit.options != "") { Options = unit.options; }
          // unit.mountConfig
        )
      );
  };

  toUnit = kind: name: unit: {
    name = "${name}.${kind}";
    value = {
      inherit (unit) aliases wantedBy requiredBy upheldBy enable overrideStrategy;
      text = "[Unit]\n${settings unit.unitConfig}${bodies.${kind} name unit}";
    };
  };

  # -- the directory ---------------------------------------------------------------------------------------------------

  units = cfg.units;
  # Units that Debian's own packages bring and a configuration may only want to adjust: the text becomes a drop-in.
  isUpstream =
    name:
    name != "systemd-tmpfiles-resetup.service"
    && builtins.match "(systemd-user@|user-runtime-dir@|getty@|serial-getty@|dbus[.]|dbus-broker|nix-daemon[.]).*" name != null;
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
      (lib.listToAttrs (map (mount: toUnit "mount" (utils.escapeSystemdPath mount.where) mount) cfg.mounts))
    ];
    system.build.units = unitsDirectory;
    environment.etc."systemd/system".source = unitsDirectory;

    systemd.targets = {
      keys.description = "Security Keys";
      # what is to run again at a switch because it only ran at boot
      sysinit-reactivation = {
        description = "Reactivate sysinit units";
        unitConfig = {
          RefuseManualStart = false;
          X-StopOnReconfiguration = false;
        };
      };
    };
  };
}
