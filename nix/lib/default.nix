# Pure functions of the state. Builtins only, so that they can be tested without any nixpkgs.
{
  state = import ./state.nix;
  git = import ./git.nix;
  text = import ./text.nix;
  names = import ./names.nix;
  unit = import ./unit.nix;
  ports = import ./ports.nix;
  size = import ./size.nix;
  attach = import ./attach.nix;
  mail = import ./mail.nix;
  monitoring = import ./monitoring.nix;
  secrets = import ./secrets.nix;
  sshKeys = import ./ssh-keys.nix;
  # DNS provider -> { settings = [ … ]; secrets = { NAME = setting that makes it necessary, or null: always }; }
  acmeDns = builtins.fromJSON (builtins.readFile ../../host-setup/helper/croft_hostd/acme-dns.json);
}
