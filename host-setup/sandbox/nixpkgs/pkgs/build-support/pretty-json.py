"""JSON in, indented JSON with sorted keys out."""

import json
import sys

json.dump(json.load(sys.stdin), sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
sys.stdout.write("\n")
