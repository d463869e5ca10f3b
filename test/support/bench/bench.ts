/**
 * `npm run bench`: what the action costs beside what has to happen anyway, measured in one run on a throw-away
 * server. Shows figures; asserts none.
 */
import { bundleState } from '../demo/bundle.ts'
import type { Cleanup } from '../demo/cleanup.ts'
import type { Screen } from '../demo/screen.ts'
import type { Server } from '../demo/stage.ts'
import { throwAwayServer } from '../demo/throw-away-server.ts'
import { playAndRemove } from '../demo/whole-run.ts'
import { layOutProject } from '../releases/project.ts'
import { prepareReleases, publishRelease, type Release } from '../releases/releases.ts'
import { bringUp, logInToRegistry } from '../scenario/project-state.ts'
import { showFigures } from './figures.ts'
import { measure } from './measure.ts'

// The code is given to exit, because what an interrupted step left open would keep the process alive.
process.exit(await playAndRemove({ name: 'bench', play, whatStays: throwAwayServer.whatStays }))

/** Gives the exit code; never throws. */
async function play(screen: Screen, cleanup: Cleanup): Promise<number> {
  try {
    screen.title('What the action costs')
    demandBasics()
    screen.step(
      throwAwayServer.starting.heading,
      'A host of its own with a stack in service, two good releases in its registry.',
    )
    const { server, releases } = await setUp(screen, cleanup)
    screen.step(
      'Measure',
      'By the action, and by hand on the same host: in turns, the two releases taking turns too.',
    )
    const measured = await measure(server, releases, screen)
    screen.step('Figures', 'Of this machine in this hour: what can be compared with another run is a ratio.')
    screen.say('')
    showFigures(measured, screen)
    return 0
  } catch (error) {
    screen.say(`\n${error instanceof Error ? error.message : String(error)}`, 'bad')
    return 1
  }
}

function demandBasics(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('The bench starts a server of its own: it needs Linux, and root.')
  }
  if (bundleState() !== 'current') {
    throw new Error('The bench measures dist/, which is missing or older than src/. Build it: npm run build')
  }
}

async function setUp(
  screen: Screen,
  cleanup: Cleanup,
): Promise<{ server: Server; releases: { one: Release; other: Release } }> {
  using live = screen.live()
  const log = (line: string) => live.line(line)
  await throwAwayServer.prepare(log)
  const server = await throwAwayServer.start(log, cleanup)
  const { host, projectDir } = server
  const { research, scheduler } = await prepareReleases(host, log)
  const one = await publishRelease(host, { behaviour: 'good', tag: 'one' })
  const other = await publishRelease(host, { behaviour: 'good', tag: 'other' })
  const project = await layOutProject(host, {
    projectDir,
    times: 'fast',
    environment: {
      AI_TRADE_IMAGE: one.reference,
      AI_TRADE_RESEARCH_IMAGE: research.reference,
      AI_TRADE_SCHEDULER_IMAGE: scheduler.reference,
    },
  })
  await logInToRegistry(host)
  // By hand nobody has to pull it: the action does that once, where it is absent.
  await host.sh(`docker pull --quiet '${research.reference}'`)
  await bringUp(host, project)
  live.line('the stack is in service')
  return { server, releases: { one, other } }
}
