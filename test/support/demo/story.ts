import { startResultsServer } from '../results-server/results-server.ts'
import { BAD, deploy, GOOD } from './act.ts'
import type { Cleanup } from './cleanup.ts'
import { compare } from './comparison.ts'
import type { Screen } from './screen.ts'
import { BUILDING, buildReleases, putInService, STANDING } from './set-up.ts'
import { CannotPlay, type Stage, type StageStep } from './stage.ts'

/** A step came to no end that could be shown. */
export class StepFailed extends Error {
  readonly step: StageStep

  constructor(step: StageStep, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.step = step
  }
}

/**
 * The whole demo, but for the cleaning up. Gives whether everything reported was true and went as it should.
 * Throws `StepFailed`, or `CannotPlay`.
 */
export async function tellStory(
  stage: Stage,
  screen: Screen,
  cleanup: Cleanup,
): Promise<'as it should' | 'not as it should'> {
  await setUp(screen, stage.preparing, (log) => stage.prepare(log))
  const server = await setUp(screen, stage.starting, (log) => stage.start(log, cleanup))
  const { releases, support } = await setUp(screen, BUILDING, (log) => buildReleases(server, log))
  await setUp(screen, STANDING, (log) => putInService(server, releases.v1, support, log))

  await using results = await startResultsServer({ behaviour: 'accepts' })
  const play = { screen, server, results }
  const deployments = [
    await perform(screen, GOOD, () => deploy(GOOD, releases.v2, releases.v2, play)),
    await perform(screen, BAD, () => deploy(BAD, releases.v3, releases.v2, play)),
  ]
  return compare(deployments, releases, screen)
}

async function setUp<Result>(
  screen: Screen,
  step: StageStep,
  work: (log: (line: string) => void) => Promise<Result>,
): Promise<Result> {
  return perform(screen, step, async () => {
    using live = screen.live()
    const result = await work((line) => live.line(line))
    live.line('done')
    return result
  })
}

async function perform<Result>(
  screen: Screen,
  step: StageStep,
  work: () => Promise<Result>,
): Promise<Result> {
  screen.step(step.heading, step.why)
  try {
    return await work()
  } catch (error) {
    throw error instanceof CannotPlay ? error : new StepFailed(step, error)
  }
}
