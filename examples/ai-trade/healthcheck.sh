#!/bin/sh
# The image's part of the health check that docker-compose.prod.yml declares.
case "${AI_TRADE_BEHAVIOUR:-good}" in
  unhealthy | never-healthy) exit 1 ;;
esac
# Tells the `crash-later` build that Docker has seen it healthy.
: >/tmp/healthcheck-passed
