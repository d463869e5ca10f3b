import type { Server } from '../demo/stage.ts'
import type { Release } from '../releases/releases.ts'

/** The floor: what has to happen on the host in any case, in seconds. */
export interface ByHand {
  readonly pull: number
  readonly up: number
  readonly evidence: number
  readonly assess: number
  readonly seconds: number
}

/**
 * The least that deploys and assesses, on the host itself: the image into the env file, `pull`, `up --wait`, the
 * ten status lines and the gate line that the runner needs to say PASS, and the runner. Nothing is checked, kept,
 * guarded or confirmed. Throws when the runner does not pass.
 */
export async function deployByHand({ host, projectDir }: Server, release: Release): Promise<ByHand> {
  const startedAt = performance.now()
  const output = await host.sh(`
set -eu
cd '${projectDir}'
stamp() { echo "stamp $1 $(date +%s%N)"; }
compose() { docker compose -f docker-compose.prod.yml --env-file .env.runtime "$@" >/dev/null 2>&1; }
logged() { [ "$(grep -c "$1" "$log")" -ge "$2" ]; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
stamp start
sed -i 's|^AI_TRADE_IMAGE=.*|AI_TRADE_IMAGE=${release.reference}|' .env.runtime
compose pull ai-trade watchdog scheduler
stamp pull
compose up -d --wait ai-trade watchdog scheduler
stamp up
until docker logs ai-trade >"$log" 2>&1 && logged RUNTIME_STATUS 10 && logged 'GATE_CHECK_PASSED\\|GATE_CHECK_FAILED' 1; do
  sleep 0.1
done
stamp evidence
sh tools/closed_loop_runner.sh assess >/dev/null
stamp assess`)
  const seconds = (performance.now() - startedAt) / 1000
  const stamps = new Map(
    [...output.matchAll(/^stamp (\w+) (\d+)$/gm)].map(([, name = '', at = '']) => [name, Number(at) / 1e9]),
  )
  const between = (from: string, to: string) =>
    (stamps.get(to) ?? Number.NaN) - (stamps.get(from) ?? Number.NaN)
  return {
    pull: between('start', 'pull'),
    up: between('pull', 'up'),
    evidence: between('up', 'evidence'),
    assess: between('evidence', 'assess'),
    seconds,
  }
}
