# For configurations that import `modulesPath + "/installer/scan/not-detected.nix"`.
# What it sets on NixOS concerns a real machine, or its size.
{ }
