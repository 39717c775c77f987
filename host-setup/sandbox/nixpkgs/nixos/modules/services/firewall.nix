# networking.firewall and networking.nftables: the table inet nixos-fw, loaded by nftables.service. Without
# networking.nftables.enable the unit is firewall.service, as on NixOS, where it speaks iptables; here nft does the work
# either way, because that is what the host has.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOptionDefault optionalString;
  cfg = config.networking.firewall;
  nft = config.networking.nftables;

  # { 22, 80-90 }
  portSet =
    ports: ranges:
    let
      all = map toString (lib.sort lib.lessThan (lib.unique ports)) ++ map (r: "${toString r.from}-${toString r.to}") ranges;
    in
    optionalString (all != [ ]) "{ ${lib.concatStringsSep ", " all} }";
  allow =
    prefix: ports:
    let
      tcpSet = portSet ports.allowedTCPPorts ports.allowedTCPPortRanges;
      udpSet = portSet ports.allowedUDPPorts ports.allowedUDPPortRanges;
    in
    optionalString (tcpSet != "") "${prefix}tcp dport ${tcpSet} accept\n"
    + optionalString (udpSet != "") "${prefix}udp dport ${udpSet} accept\n";
  allowAll =
    allow "" cfg
    + lib.concatStrings (lib.mapAttrsToList (interface: ports: allow "iifname \"${interface}\" " ports) cfg.interfaces);
  trusted = lib.concatMapStringsSep ", " (interface: "\"${interface}\"") ([ "lo" ] ++ cfg.trustedInterfaces);
  # strict: the answer would leave by the interface the packet came in by
  fib = "fib saddr . mark ${optionalString (cfg.checkReversePath != "loose") ". iif "}oif exists accept";

  firewallTable = ''
    ${optionalString (cfg.checkReversePath != false) ''
      chain rpfilter {
        type filter hook prerouting priority mangle + 10; policy drop;
        meta nfproto ipv4 udp sport . udp dport { 67 . 68, 68 . 67 } accept comment "DHCPv4 client/server"
        ${fib}
        jump rpfilter-allow
        ${optionalString cfg.logReversePathDrops ''log level info prefix "rpfilter drop: "''}
      }
      chain rpfilter-allow {
        ${cfg.extraReversePathFilterRules}
      }
    ''}
    chain input {
      type filter hook input priority filter; policy drop;
      iifname { ${trusted} } accept comment "trusted interfaces"
      # Some ICMPv6 types like NDP is untracked
      ct state vmap {
        invalid : drop,
        established : accept,
        related : accept,
        new : jump input-allow,
        untracked: jump input-allow,
      }
      ${optionalString cfg.logRefusedConnections ''tcp flags syn / fin,syn,rst,ack log level info prefix "refused connection: "''}
      ${optionalString cfg.rejectPackets ''
        meta l4proto tcp reject with tcp reset
        reject
      ''}
    }
    chain input-allow {
      ${allowAll}
      ${optionalString cfg.allowPing ''
        icmp type echo-request ${optionalString (cfg.pingLimit != null) "limit rate ${cfg.pingLimit}"} accept comment "allow ping"
      ''}
      icmpv6 type != { nd-redirect, 139 } accept comment "Accept all ICMPv6 messages except redirects and node information queries (type 139).  See RFC 4890, section 4.4."
      ip6 daddr fe80::/64 udp dport 546 accept comment "DHCPv6 client"
      ${cfg.extraInputRules}
    }
    ${optionalString cfg.filterForward ''
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state vmap { invalid : drop, established : accept, related : accept, new : jump forward-allow, untracked : jump forward-allow }
      }
      chain forward-allow {
        icmpv6 type != { router-renumbering, 139 } accept comment "Accept all ICMPv6 messages except renumbering and node information queries (type 139).  See RFC 4890, section 4.3."
        ct status dnat accept comment "allow port forward"
        ${cfg.extraForwardRules}
      }
    ''}
  '';

  tables = lib.filter (table: table.enable) (lib.attrValues nft.tables);
  # naming a table before deleting it makes the deletion succeed when it is not there
  deletion = table: "table ${table.family} ${table.name}\ndelete table ${table.family} ${table.name}\n";
  deletions =
    if nft.flushRuleset then "flush ruleset\n" else lib.concatMapStrings deletion tables + nft.extraDeletions;
  rules = pkgs.writeText "nftables-rules" ''
    ${lib.concatMapStrings (table: "table ${table.family} ${table.name} {\n${table.content}\n}\n") tables}
    ${nft.ruleset}
    ${optionalString (nft.rulesetFile != null) "include \"${nft.rulesetFile}\""}
  '';
  deletionsFile = pkgs.writeText "nftables-deletions" deletions;

  # One transaction: what the last generation had goes, what this one has comes, or nothing changes.
  load = ''
    umask 077
    mkdir -p /var/lib/nftables
    touch /var/lib/nftables/deletions.nft
    {
      cat /var/lib/nftables/deletions.nft
      cat ${deletionsFile}
      cat ${rules}
    } | nft -f -
    cp ${deletionsFile} /var/lib/nftables/deletions.nft
  '';

  service = {
    before = [ "network-pre.target" ];
    wants = [ "network-pre.target" ];
    wantedBy = [ "sysinit.target" ];
    path = [ pkgs.nftables ];
    reloadIfChanged = true;
    unitConfig.DefaultDependencies = false;
    script = load;
    reload = load;
    postStop = ''
      if [ -e /var/lib/nftables/deletions.nft ]; then
        nft -f /var/lib/nftables/deletions.nft
        rm /var/lib/nftables/deletions.nft
      fi
    '';
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
    };
  };
in
{
  options.networking.nftables.tables = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule ({ name, ... }: { config.name = mkOptionDefault name; }));
  };

  config = {
    assertions = [
      {
        assertion = cfg.extraCommands == "" && cfg.extraStopCommands == "";
        message = "extraCommands is incompatible with the nftables based firewall: ${cfg.extraCommands}";
      }
    ];
    networking.firewall.backend = mkOptionDefault (if nft.enable then "nftables" else "iptables");
    networking.nftables.tables."nixos-fw" = mkIf cfg.enable {
      family = "inet";
      content = firewallTable;
    };
    systemd.services = {
      nftables = mkIf nft.enable (service // { description = "nftables firewall"; });
      firewall = mkIf (cfg.enable && !nft.enable) (service // { description = "Firewall"; });
    };
  };
}
