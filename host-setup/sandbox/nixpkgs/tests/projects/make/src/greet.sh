#!/usr/bin/env bash
echo "hello from a script"
