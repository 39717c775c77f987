"""JSON in, TOML out."""

import json
import re
import sys


def key(name):
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def inline(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key(k)} = {inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(inline(v) for v in value) + "]"
    if value is None:
        raise ValueError("TOML has no null")
    return json.dumps(value, ensure_ascii=False)


def tables(value, path, out):
    """Plain values first: after a [table] line they would belong to that table."""
    for name, item in value.items():
        if not isinstance(item, dict) and not is_table_list(item):
            out.append(f"{key(name)} = {inline(item)}")
    for name, item in value.items():
        here = path + [key(name)]
        if isinstance(item, dict):
            out.append(f"\n[{'.'.join(here)}]")
            tables(item, here, out)
        elif is_table_list(item):
            for element in item:
                out.append(f"\n[[{'.'.join(here)}]]")
                tables(element, here, out)


def is_table_list(item):
    return isinstance(item, list) and item != [] and all(isinstance(x, dict) for x in item)


lines = []
tables(json.load(sys.stdin), [], lines)
print("\n".join(lines).lstrip("\n"))
