# shellcheck shell=sh
# while-held.sh FILE SLEEP: waits until there is no such file.
while [ -e "$1" ]; do
  "$2" 1
done
