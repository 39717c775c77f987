# The licences that packages name most often; `meta.license` is shown, never interpreted.
{ lib }:
builtins.mapAttrs
  (shortName: spdxId: {
    inherit shortName spdxId;
    fullName = spdxId;
    free = spdxId != "unfree";
    redistributable = spdxId != "unfree";
  })
  {
    agpl3Only = "AGPL-3.0-only";
    agpl3Plus = "AGPL-3.0-or-later";
    asl20 = "Apache-2.0";
    bsd2 = "BSD-2-Clause";
    bsd3 = "BSD-3-Clause";
    cc0 = "CC0-1.0";
    epl20 = "EPL-2.0";
    eupl12 = "EUPL-1.2";
    gpl2Only = "GPL-2.0-only";
    gpl2Plus = "GPL-2.0-or-later";
    gpl3Only = "GPL-3.0-only";
    gpl3Plus = "GPL-3.0-or-later";
    isc = "ISC";
    lgpl21Plus = "LGPL-2.1-or-later";
    lgpl3Plus = "LGPL-3.0-or-later";
    mit = "MIT";
    mpl20 = "MPL-2.0";
    publicDomain = "CC-PDDC";
    unfree = "unfree";
    unlicense = "Unlicense";
    zlib = "Zlib";
  }
