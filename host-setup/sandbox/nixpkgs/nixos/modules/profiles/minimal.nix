# For configurations that import `modulesPath + "/profiles/minimal.nix"`.
# What it sets on NixOS concerns a real machine, or its size.
{ }
