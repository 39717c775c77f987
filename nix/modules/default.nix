# `nixosModules.default`: everything that state.json can say about a box.
{
  imports = [
    ./options.nix
    ./state.nix
    ./asserts.nix
    ./host.nix
    ./access.nix
    ./build.nix
    ./facts.nix
    ./apps/service.nix
    ./apps/attach.nix
    ./apps/jobs.nix
    ./apps/sops.nix
    ./services/postgresql.nix
    ./services/mysql.nix
    ./backups.nix
    ./certificates.nix
    ./internal-ca.nix
    ./ingress.nix
  ];
}
