import { PHASES } from '../../../src/model/phase.ts'
import type { Server } from '../demo/stage.ts'
import type { Release } from '../releases/releases.ts'
import type { ResultsServer } from '../results-server/results-server.ts'
import { runAction } from '../runner/run-action.ts'
import type { Wire } from './wire.ts'

/** Seconds by the title of a phase, in their order, from the start of the process to its end. */
export type Phases = ReadonlyMap<string, number>

export interface ByAction {
  readonly seconds: number
  readonly phases: Phases
  readonly confirm: Confirm
}

/** What the confirmation is made of on the host, in seconds; by its files and Docker's own times. */
export interface Confirm {
  readonly untilDeferredRuns: number
  readonly untilPromoted: number
}

const START = 'Start of the action'

/**
 * One good deployment as a workflow would do it; the host has its own registry login, as for the floor. Throws
 * when it is not promoted. `entered` hears the title of each phase.
 */
export async function deployByAction(
  { host, projectDir }: Server,
  release: Release,
  through: { readonly results: ResultsServer; readonly wire?: Wire },
  entered: (phase: string) => void = () => undefined,
): Promise<ByAction> {
  const { results, wire } = through
  const begun: { readonly phase: string; readonly at: number }[] = [{ phase: START, at: performance.now() }]
  const titles = Object.values(PHASES).map(({ title }) => title)
  const startedAt = performance.now()
  await using run = await runAction({
    inputs: {
      host: wire?.address ?? host.address,
      port: String(wire?.port ?? host.sshPort),
      username: host.username,
      'private-key': host.clientKey,
      'known-hosts': wire?.knownHosts ?? host.knownHosts,
      image: release.reference,
      'project-dir': projectDir,
    },
    results,
    onLine: (line) => {
      const phase = titles.find((title) => line.includes(`▶ ${title}`))
      if (phase === undefined) return
      begun.push({ phase, at: performance.now() })
      entered(phase)
    },
  })
  const endedAt = performance.now()
  if (run.outputs.outcome !== 'promoted') {
    throw new Error(`the action did not promote a good release; its log ends with\n${run.log.slice(-3000)}`)
  }
  const phases = begun.map(({ phase, at }, index): [string, number] => [
    phase,
    ((begun[index + 1]?.at ?? endedAt) - at) / 1000,
  ])
  const confirm = await confirmOf({ host, projectDir }, run.outputs['transaction-id'] ?? '')
  return { seconds: (endedAt - startedAt) / 1000, phases: new Map(phases), confirm }
}

async function confirmOf({ host, projectDir }: Server, transaction: string): Promise<Confirm> {
  const output = await host.sh(`
cd '${projectDir}/.closed-loop/transactions/${transaction}/jobs/confirm'
stat -c %.9Y pid
date -d "$(docker inspect --format '{{.State.StartedAt}}' ai-trade-scheduler)" +%s.%N
stat -c %.9Y exit`)
  const [begun = Number.NaN, running = Number.NaN, ended = Number.NaN] = output.split('\n').map(Number)
  return { untilDeferredRuns: running - begun, untilPromoted: ended - running }
}
