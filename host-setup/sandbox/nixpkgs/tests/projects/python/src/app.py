#!/usr/bin/env python3
"""A program with a module of its own and a script that starts it."""

import json

import greeting


def main():
    print(json.dumps({"greeting": greeting.text("python")}))


if __name__ == "__main__":
    main()
