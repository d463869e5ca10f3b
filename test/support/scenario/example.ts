import { runnableBlocks } from '../docs/code-blocks.ts'
import { baseImages } from '../private-host/base-images.ts'
import type { PrivateHost } from '../private-host/private-host.ts'
import { exampleFile, exampleFiles, placeFiles } from '../releases/example-files.ts'
import type { Project } from '../releases/project.ts'
import type { Release } from '../releases/releases.ts'
import { prepareScenarios } from './prepare.ts'
import { pullImages, resetHost } from './project-state.ts'

const DIRECTORY = '/opt/ai-trade'
const API_KEY = 'canary-of-the-api-key'
const API_SECRET = 'canary-of-the-api-secret'

/** The code blocks of the example's README that are marked as runnable. */
export const exampleBlocks = runnableBlocks(exampleFile('README.md')).map(({ text }) => text)

/** The one of them that begins so. */
export function exampleBlock(beginning: string): string {
  const found = exampleBlocks.find((text) => text.startsWith(beginning))
  if (found === undefined) throw new Error(`the README has no runnable block that begins with ${beginning}`)
  return found
}

/** Runs a script in the project directory, by the shell that people have, with what a host may lack. */
export function typed(host: PrivateHost, script: string, timeoutSeconds = 120): Promise<string> {
  return host.sh(`cat >/tmp/typed && cd ${DIRECTORY} && exec bash -e -o pipefail /tmp/typed </dev/null`, {
    stdin: `command -v rg >/dev/null || rg() { grep -E "$@"; }\n${script}`,
    timeoutSeconds,
  })
}

/**
 * A reset host, to which the whole folder of the example was copied and whose env file was filled in as its README says.
 * All images are pulled, nothing runs. Times are shortened by the env file alone.
 */
export async function placeExample(
  host: PrivateHost,
  release: Release,
  settings: Readonly<Record<string, string>>,
): Promise<Project> {
  const { research, scheduler } = await prepareScenarios(host)
  await resetHost(host)
  const files = Object.entries(exampleFiles()).map(([path, content]) => ({ path, content, mode: '0644' }))
  await host.sh('sh', { stdin: placeFiles(DIRECTORY, files) })
  await pullImages(host, release.reference, research.reference, scheduler.reference)
  await typed(host, exampleBlock('install -m 600 .env.example .env.runtime'))
  const added = {
    AI_TRADE_SCHEDULER_IMAGE: scheduler.reference,
    AI_TRADE_NODE_IMAGE: baseImages.node,
    AI_TRADE_TICK_MILLISECONDS: '100',
    AI_TRADE_STATUS_EVERY_TICKS: '1',
    AI_TRADE_HEALTH_INTERVAL: '1s',
    AI_TRADE_WATCHDOG_INTERVAL_SECONDS: '1',
    ...settings,
  }
  const lines = Object.entries(added).map(([name, value]) => `${name}=${value}\n`)
  await typed(
    host,
    `
sed -i -e 's|^AI_TRADE_BYBIT_DEMO_API_KEY=.*|&${API_KEY}|' -e 's|^AI_TRADE_BYBIT_DEMO_API_SECRET=.*|&${API_SECRET}|' \\
  -e 's|^AI_TRADE_IMAGE=.*|AI_TRADE_IMAGE=${release.reference}|' \\
  -e 's|^AI_TRADE_RESEARCH_IMAGE=.*|AI_TRADE_RESEARCH_IMAGE=${research.reference}|' .env.runtime
cat >>.env.runtime <<'END'
${lines.join('')}END`,
  )
  return {
    projectDir: DIRECTORY,
    composeFile: `${DIRECTORY}/docker-compose.prod.yml`,
    envFile: `${DIRECTORY}/.env.runtime`,
    runner: `${DIRECTORY}/tools/closed_loop_runner.sh`,
    reportRoot: `${DIRECTORY}/data/reports/closed_loop`,
    canaries: [API_KEY, API_SECRET],
  }
}

/** Waits until the container says so in its present boot: what it said before it was restarted does not count. */
export async function logged(host: PrivateHost, container: string, words: string): Promise<void> {
  await host.sh(
    `
started=$(docker inspect --format '{{.State.StartedAt}}' ${container})
until docker logs --since "$started" ${container} 2>&1 | grep -qF '${words}'; do sleep 0.2; done`,
    { timeoutSeconds: 120 },
  )
}
