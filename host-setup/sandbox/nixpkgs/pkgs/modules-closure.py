"""Prints the files of some kernel modules and of those that they need, each after what it needs."""

import lzma
import re
import sys
from pathlib import Path

files = {}
for file in Path(sys.argv[1]).rglob("*.ko.xz"):
    files[file.name.removesuffix(".ko.xz").replace("-", "_")] = file
listed = []


def take(name):
    file = files.get(name.replace("-", "_"))
    if file and file not in listed:
        found = re.search(rb"\0depends=([^\0]*)\0", lzma.decompress(file.read_bytes()))
        for needed in filter(None, found[1].decode().split(",") if found else []):
            take(needed)
        listed.append(file)


for root in sys.argv[2:]:
    take(root)
print(*listed, sep="\n")
