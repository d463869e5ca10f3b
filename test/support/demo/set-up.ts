import { layOutProject } from '../releases/project.ts'
import { prepareReleases, publishRelease, type Release, type SupportImages } from '../releases/releases.ts'
import { shortId } from './image-names.ts'
import { lookAtServer } from './reality.ts'
import type { Server, StageStep } from './stage.ts'

/** What is deployed in the course of the demo. */
export interface Releases {
  readonly v1: Release
  readonly v2: Release
  readonly v3: Release
}

export const BUILDING: StageStep = {
  heading: 'Build three releases of an example trading system',
  why: 'v1 and v2 are good. v3 starts and passes its health check like them, but logs a CRITICAL error: only the closed loop on the server can tell. They are pushed to the registry.',
  ifItFails: 'The lines above are what docker said. Is the disk full (`df -h /var/tmp`)?',
}

export const STANDING: StageStep = {
  heading: 'Put v1 into service by hand',
  why: 'With plain `docker compose up`, as people do without this action: the system that has to survive what comes next.',
  ifItFails: 'The lines above are what docker said.',
}

/** Builds and pushes everything that the stack runs. */
export async function buildReleases(
  { host }: Server,
  log: (line: string) => void,
): Promise<{ readonly releases: Releases; readonly support: SupportImages }> {
  const support = await prepareReleases(host, log)
  const publish = async (tag: keyof Releases, behaviour: 'good' | 'critical') => {
    const release = await publishRelease(host, { behaviour, tag })
    log(`${release.reference} is ${shortId(release.imageId)}`)
    return release
  }
  return {
    releases: {
      v1: await publish('v1', 'good'),
      v2: await publish('v2', 'good'),
      v3: await publish('v3', 'critical'),
    },
    support,
  }
}

/** Writes the project directory and starts the release as people do without this action. */
export async function putInService(
  server: Server,
  release: Release,
  support: SupportImages,
  log: (line: string) => void,
): Promise<void> {
  const { host, projectDir } = server
  const { registry } = host
  await layOutProject(host, {
    projectDir,
    times: 'fast',
    environment: {
      AI_TRADE_IMAGE: release.reference,
      AI_TRADE_RESEARCH_IMAGE: support.research.reference,
      AI_TRADE_SCHEDULER_IMAGE: support.scheduler.reference,
      // Slow enough to see the action wait for the evidence, fast enough not to be bored by it.
      AI_TRADE_TICK_MILLISECONDS: '600',
    },
  })
  log(`the project is in ${projectDir}`)
  // The login is thrown away: the action brings its own.
  const { code, stdout } = await host.run(`
exec 2>&1
login=$(mktemp -d)
trap 'rm -rf "$login"' EXIT
echo '${registry.password}' | docker --config "$login" login --username '${registry.username}' --password-stdin '${registry.address}' || exit
for image in '${release.reference}' '${support.scheduler.reference}'; do
  docker --config "$login" pull --quiet "$image" || exit
done
cd '${projectDir}' &&
  docker compose -f docker-compose.prod.yml --env-file .env.runtime up --detach --wait ai-trade watchdog scheduler`)
  if (code !== 0) throw new Error(stdout)
  const { containers } = await lookAtServer(server)
  for (const { name, imageId, state } of containers) log(`${name} runs ${shortId(imageId)} (${state})`)
}
