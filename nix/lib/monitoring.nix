# What monitoring systems outside get of the box: which exporters a state has, and where they listen.
let
  # By the state's names: NixOS's, and in words.
  known = {
    node = {
      service = "node";
      of = "the machine";
    };
    systemd = {
      service = "systemd";
      of = "the units";
    };
    postgresql = {
      service = "postgres";
      of = "PostgreSQL";
    };
  };
in
{
  # Those that are on, as { name, service, of, port }.
  exporters =
    monitoring:
    map (name: known.${name} // { inherit name; port = monitoring.exporters.${name}; }) (
      builtins.filter (name: monitoring.exporters.${name} != null) (builtins.attrNames known)
    );

  isLoopback = address: builtins.match "127\\..*" address != null;

  # As which role the exporter signs in, over the socket: its user's name, by which the server knows it.
  role = "postgres-exporter";
}
