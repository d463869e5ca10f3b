import type { Server } from './stage.ts'

/** The containers whose image a release changes. */
export const RELEASE_CONTAINERS = ['ai-trade', 'ai-trade-watchdog'] as const

/** What docker itself says about a container. */
export interface RunningContainer {
  readonly name: string
  /** Full `sha256:` image ID. */
  readonly imageId: string
  /** `running`, `exited` …, followed by `, healthy` and the like where it has a health check. */
  readonly state: string
}

/** What really is on the server. */
export interface Reality {
  /** Those of the release's containers that exist. */
  readonly containers: readonly RunningContainer[]
  /** AI_TRADE_IMAGE in the env file: what the next `up` by anyone would install. */
  readonly environmentReference: string
  /** The ID that this reference stands for on the server; empty where it stands for none. */
  readonly environmentImageId: string
  /** What the newest report on the server concludes, of whatever run it is; empty where there is none. */
  readonly latestVerdict: string
}

/** Reads it on the server directly, by nothing of the action and not over its SSH connection. */
export async function lookAtServer({ host, projectDir }: Server): Promise<Reality> {
  const output = await host.sh(`
reference=$(sed -n 's/^AI_TRADE_IMAGE=//p' '${projectDir}/.env.runtime')
echo "environment $reference $(docker image inspect --format '{{.Id}}' "$reference")"
for container in ${RELEASE_CONTAINERS.join(' ')}; do
  docker inspect --format 'container {{.Name}} {{.Image}} {{.State.Status}}{{with .State.Health}}, {{.Status}}{{end}}' "$container" || :
done
latest='${projectDir}/data/reports/closed_loop/latest_runtime_assess.json'
if [ -e "$latest" ]; then echo "latest $(grep -o '"verdict": "[A-Z_]*"' "$latest" | head -n 1 | cut -d '"' -f 4)"; fi`)
  const lines = output.split('\n').map((line) => line.split(' '))
  const [, environmentReference = '', environmentImageId = ''] =
    lines.find(([kind]) => kind === 'environment') ?? []
  const [, latestVerdict = ''] = lines.find(([kind]) => kind === 'latest') ?? []
  const containers = lines
    .filter(([kind]) => kind === 'container')
    .map(([, name = '', imageId = '', ...state]) => ({
      name: name.replace(/^\//, ''),
      imageId,
      state: state.join(' '),
    }))
  return { containers, environmentReference, environmentImageId, latestVerdict }
}
