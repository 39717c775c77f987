# What a machine that runs one app (isolation level `microvm`) starts with: the kernel, and an initrd with its first process and the
# drivers of its few devices.
{ lib, pkgs }:
let
  inherit (pkgs.linuxPackages) kernel;

  init = pkgs.stdenv.mkDerivation {
    pname = "croft-guest-init";
    version = "1";
    src = ./init.c;
    dontUnpack = true;
    dontConfigure = true;
    # It runs where there are no libraries.
    buildInputs = lib.optional (pkgs ? glibc) pkgs.glibc.static;
    buildPhase = ''
      $CC -std=gnu17 -O2 -Wall -Wextra -Werror -static -o init "$src"
    '';
    installPhase = ''
      install -D -m 0555 init "$out/init"
    '';
  };

  modules = pkgs.makeModulesClosure {
    kernel = lib.getOutput "modules" kernel;
    firmware = pkgs.emptyDirectory;
    rootModules = [ "virtio_mmio" "virtio_net" "virtio_console" "virtio_balloon" "virtio-rng" "virtiofs" "qemu_fw_cfg" ];
    # What a kernel has built in is no module of it.
    allowMissing = true;
  };
in
{
  # A kernel that QEMU starts by itself (PVH), without firmware: as microvm.nix has it.
  kernel = "${lib.getDev kernel}/vmlinux";

  initrd =
    pkgs.runCommand "croft-guest-initrd"
      {
        nativeBuildInputs = [ pkgs.cpio pkgs.gzip pkgs.xz pkgs.zstd ];
      }
      ''
        mkdir -p root/{dev,proc,sys,root,modules}
        cp ${init}/init root/init
        # Each after those that it needs.
        number=100
        while read -r module; do
          number=$((number + 1))
          case $module in
            *.xz) xz -dc "$module" ;;
            *.zst) zstd -dc "$module" ;;
            *.gz) gzip -dc "$module" ;;
            *) cat "$module" ;;
          esac > "root/modules/$number.ko"
        done < ${modules}/insmod-list
        (cd root && find . -print0 | sort -z | cpio --quiet --null --create --format=newc --owner=0:0 --reproducible) | gzip -n -1 > "$out"
      '';
}
