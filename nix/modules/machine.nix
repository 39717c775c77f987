# What the machine has to offer, where somebody has asked for it by name. The rest is the affair of the box's own files.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.croft.host) machine;
  # It holds against the box's own files: one click on what the console found missing is to mend it. Who wants it otherwise
  # leaves the field out.
  asked = value: what: lib.mkIf (value != null) (lib.mkForce what);
in
{
  services.journald.storage = asked machine.persistentJournal (if machine.persistentJournal then "persistent" else "volatile");
  # A journald that begins to write to the disk goes on in memory until it is told; what is in memory goes along.
  systemd.services.croft-journal-flush = lib.mkIf (machine.persistentJournal == true) {
    description = "Croft: take the journal to the disk";
    wantedBy = [ "multi-user.target" ];
    after = [
      "systemd-journald.service"
      "systemd-journal-flush.service"
    ];
    partOf = [ "systemd-journald.service" ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "${pkgs.systemd}/bin/journalctl --flush";
    };
  };

  services.timesyncd.enable = asked machine.timeSync machine.timeSync;
  networking.enableIPv6 = asked machine.ipv6 machine.ipv6;
  zramSwap.enable = asked machine.zramSwap machine.zramSwap;
  boot.kernelModules = machine.kernelModules;
}
