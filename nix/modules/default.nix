# `nixosModules.default`: everything that state.json can say about a box.
{
  imports = [
    ./options.nix
    ./state.nix
    ./asserts.nix
    ./host.nix
    ./access.nix
    ./build.nix
    ./sops.nix
    ./machine.nix
    ./console.nix
    ./facts.nix
    ./apps/units.nix
    ./apps/attach.nix
    ./apps/sweep.nix
    ./apps/jobs.nix
    ./services/postgresql.nix
    ./services/mysql.nix
    ./services/monitoring.nix
    ./mail
    ./backups.nix
    ./certificates.nix
    ./internal-ca.nix
    ./ingress.nix
  ];
}
