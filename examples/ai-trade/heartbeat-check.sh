#!/bin/sh
# Whether the program of this container has been at work lately: src/heartbeat.ts writes until when that may be believed.
read -r until 2>/dev/null </tmp/heartbeat || {
  echo "no heartbeat yet"
  exit 1
}
now=$(date +%s)
[ "$now" -le "$until" ] || {
  echo "no heartbeat since: the last one was good until $((now - until)) s ago"
  exit 1
}
