# For configurations that import `modulesPath + "/profiles/qemu-guest.nix"`.
# What it sets on NixOS concerns a real machine, or its size.
{ }
