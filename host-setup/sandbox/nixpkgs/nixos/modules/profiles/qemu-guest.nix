# Imported by hardware configurations as `modulesPath + "/profiles/qemu-guest.nix"`. What it sets concerns a real machine or its size only.
{ }
