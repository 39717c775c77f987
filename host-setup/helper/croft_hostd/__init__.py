"""croft-hostd: the box's side of croft-host/1. Python standard library only."""

VERSION = "0.1.0"
PROTOCOL = 1
