import { PHASES } from '../../../src/model/phase.ts'
import type { Screen } from '../demo/screen.ts'
import type { Server } from '../demo/stage.ts'
import type { Release } from '../releases/releases.ts'
import { type ResultsServer, startResultsServer } from '../results-server/results-server.ts'
import { type ByAction, deployByAction } from './by-action.ts'
import { type ByHand, deployByHand } from './by-hand.ts'
import { countDockerCalls } from './docker-calls.ts'
import { watchMemory } from './memory.ts'
import { measureStarts, type Starts } from './start.ts'
import { openWire, sshExecs } from './wire.ts'

const ROUNDS = 3

/** Everything that was measured, in one run on one machine. */
export interface Measurements {
  readonly starts: Starts
  readonly watched: Watched
  readonly byAction: readonly ByAction[]
  readonly byHand: readonly ByHand[]
}

/** One deployment with everything looked at, which costs time: it is not among those that are timed. */
export interface Watched {
  /** MB. */
  readonly connected: number
  readonly peak: number
  readonly execs: number
  readonly connections: number
  readonly turnarounds: number
  readonly dockerCalls: number
  readonly dockerCallsByHand: number
}

/** `one` is in service; the deployments put in the other one, then this one, and so on. */
export async function measure(
  server: Server,
  releases: { readonly one: Release; readonly other: Release },
  screen: Screen,
): Promise<Measurements> {
  using live = screen.live()
  await using results = await startResultsServer({ behaviour: 'accepts' })
  let inService = releases.one
  const next = () => {
    inService = inService === releases.one ? releases.other : releases.one
    return inService
  }

  live.line('starts, against a Node that does nothing')
  const starts = await measureStarts(server.host)
  live.line('one deployment of each kind, with memory, wire and docker watched')
  const dockerCallsByHand = await countDockerCalls(server.host, () => deployByHand(server, next()))
  const watched = { ...(await watchOne(server, next(), results)), dockerCallsByHand }
  const byAction: ByAction[] = []
  const byHand: ByHand[] = []
  for (let round = 1; round <= ROUNDS; round += 1) {
    const hand = await deployByHand(server, next())
    byHand.push(hand)
    live.line(`round ${round}: by hand ${hand.seconds.toFixed(1)} s`)
    const action = await deployByAction(server, next(), { results })
    byAction.push(action)
    live.line(`round ${round}: by the action ${action.seconds.toFixed(1)} s`)
  }
  return { starts, watched, byAction, byHand }
}

async function watchOne(
  server: Server,
  release: Release,
  results: ResultsServer,
): Promise<Omit<Watched, 'dockerCallsByHand'>> {
  await using wire = await openWire(server.host)
  using memory = watchMemory()
  const before = await sshExecs(server.host)
  let connected = Number.NaN
  const dockerCalls = await countDockerCalls(server.host, () =>
    deployByAction(server, release, { results, wire }, (phase) => {
      if (phase === PHASES.preflight.title) connected = memory.resident()
    }),
  )
  return {
    connected,
    peak: memory.peak(),
    execs: (await sshExecs(server.host)) - before,
    connections: wire.connections(),
    turnarounds: wire.turnarounds(),
    dockerCalls,
  }
}
