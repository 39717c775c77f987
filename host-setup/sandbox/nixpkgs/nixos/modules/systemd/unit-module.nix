# What every kind of unit has: its name, and the settings of [Unit] that have options of their own.
{
  lib,
  pkgs,
  utils,
  suffix,
}:
{
  name,
  config,
  options,
  ...
}:
let
  inherit (lib) mkIf mkOptionDefault optionalAttrs;

  list = setting: values: optionalAttrs (values != [ ]) { ${setting} = toString values; };
  # A changed trigger changes the text of the unit, which is all that switch-to-configuration looks at.
  triggers =
    setting: values:
    optionalAttrs (values != [ ]) {
      ${setting} = "${pkgs.writeText "${setting}-${lib.sanitizeDerivationName config.name}" (
        lib.concatMapStringsSep " " (v: if lib.isPath v then "${v}" else toString v) (lib.flatten values)
      )}";
    };
in
{
  config = {
    # a mount is an element of a list and is named after its place
    name = mkOptionDefault (
      if suffix == "mount" then "${utils.escapeSystemdPath config.where}.mount" else "${name}.${suffix}"
    );
    unitConfig =
      list "Requires" config.requires
      // list "Wants" config.wants
      // list "Upholds" config.upholds
      // list "After" config.after
      // list "Before" config.before
      // list "BindsTo" config.bindsTo
      // list "PartOf" config.partOf
      // list "Conflicts" config.conflicts
      // list "Requisite" config.requisite
      // triggers "X-Restart-Triggers" config.restartTriggers
      // triggers "X-Reload-Triggers" config.reloadTriggers
      // optionalAttrs (config.description != "") { Description = config.description; }
      // list "Documentation" config.documentation
      // list "OnFailure" config.onFailure
      // list "OnSuccess" config.onSuccess
      // {
        StartLimitIntervalSec = mkIf options.startLimitIntervalSec.isDefined (toString config.startLimitIntervalSec);
        StartLimitBurst = mkIf options.startLimitBurst.isDefined (toString config.startLimitBurst);
      };
  };
}
