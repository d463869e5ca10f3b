import { environmentFile } from '../releases/environment-file.ts'
import type { PlacedFile } from '../releases/example-files.ts'

/** The services of the example by name and kind, of which none needs more than busybox. */
const COMPOSE_FILE = `name: ai-trade
services:
  ai-trade:
    image: \${AI_TRADE_IMAGE}
    container_name: ai-trade
    restart: unless-stopped
    env_file: .env.runtime
    healthcheck: {test: [CMD, "true"], interval: 2s, retries: 3}
    stop_grace_period: \${STOP_SECONDS}s
    command: ["sh", "-c", "\${STOP_TRAP} i=0; while i=$$((i + 1)); do [ $$i -gt 3 ] || echo RUNTIME_STATUS: $$i; [ $$i != 3 ] || echo GATE_CHECK_PASSED; sleep 0.2; [ $$i -lt 5 ] || sleep 2 & wait $$!; done"]
  watchdog:
    image: \${AI_TRADE_IMAGE}
    container_name: ai-trade-watchdog
    restart: unless-stopped
    stop_signal: SIGKILL
    command: ["sleep", "86400"]
  scheduler:
    image: \${AI_TRADE_SCHEDULER_IMAGE}
    container_name: ai-trade-scheduler
    restart: unless-stopped
    stop_signal: SIGKILL
    command: ["sleep", "86400"]
`

/** Writes the reports of a run at once: what they say is a label of the image that runs, PASS where it has none. */
const RUNNER = `#!/bin/sh
set -eu
action=$1
shift
while [ $# -gt 0 ]; do
  case $1 in
  --output-root) root=$2 ;;
  --stage) stage=$2 ;;
  esac
  shift 2
done
mkdir -p "$root"
echo called >>"$root/calls"
while run=$(date -u +%Y%m%dT%H%M%SZ) && ! mkdir "$root/$run" 2>/dev/null; do sleep 0.2; done
verdict=$(docker inspect --format '{{index .Config.Labels "verdict"}}' ai-trade)
[ -n "$verdict" ] || verdict=PASS
sleep 0.3
printf '{"stage":"%s","verdict":"%s"}\\n' "$stage" "$verdict" >"$root/$run/runtime_assess.json"
printf '{"overall_status":"%s"}\\n' "$verdict" >"$root/$run/closed_loop_report.json"
printf '{"run_id":"%s","action":"%s","stage":"%s"}\\n' "$run" "$action" "$stage" >"$root/$run/run_meta.json"
[ "$verdict" = PASS ] || exit 1
echo "closed loop $action finished: $root/$run"
`

/** How the judged service stops: at once, or, as it does not hear SIGTERM, after its grace period. */
export type Stopping = { readonly kind: 'at-once' } | { readonly kind: 'after'; readonly seconds: number }

export interface LightFiles {
  readonly files: readonly PlacedFile[]
  /** The secret values of the env file. */
  readonly canaries: readonly string[]
}

export function lightFiles(
  projectDir: string,
  image: string,
  scheduler: string,
  stopping: Stopping,
): LightFiles {
  const { text, canaries } = environmentFile({
    AI_TRADE_PROJECT_DIR: projectDir,
    AI_TRADE_ENV_FILE: '.env.runtime',
    AI_TRADE_IMAGE: image,
    AI_TRADE_SCHEDULER_IMAGE: scheduler,
    STOP_SECONDS: stopping.kind === 'after' ? String(stopping.seconds) : '1',
    STOP_TRAP: stopping.kind === 'after' ? 'trap "" TERM;' : 'trap "exit 0" TERM;',
  })
  return {
    canaries,
    files: [
      { path: 'docker-compose.prod.yml', mode: '0644', content: COMPOSE_FILE },
      { path: 'tools/closed_loop_runner.sh', mode: '0755', content: RUNNER },
      { path: '.env.runtime', mode: '0600', content: text },
    ],
  }
}
