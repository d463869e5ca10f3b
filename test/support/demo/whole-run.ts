import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Cleanup } from './cleanup.ts'
import { listenForInterruption } from './interruption.ts'
import { endChildren } from './own-children.ts'
import { createScreen, type Screen } from './screen.ts'

/** Most steps end at once when the programs that they started are asked to end. */
const SOON_SECONDS = 3
/** Others end when what they work with is gone, and a package manager is not cut off half-way. */
const SETTLE_SECONDS = 120

/** Something for a person to watch, from its first line to the last, that leaves nothing behind. */
export interface WholeRun {
  /** As in "Everything that the demo started is gone". */
  readonly name: string
  /** Gives the exit code; never throws. What it starts or writes is put under the cleanup at once. */
  readonly play: (screen: Screen, cleanup: Cleanup) => Promise<number>
  /** What of the preparation is kept on purpose. */
  readonly whatStays: () => readonly string[]
}

/** Plays it, and removes everything, also when a person interrupts. Gives the exit code. */
export async function playAndRemove(run: WholeRun): Promise<number> {
  const interruption = listenForInterruption()
  const directory = mkdtempSync(join(tmpdir(), `closed-loop-${run.name}-`))
  // Every part of the test bed, and every program it starts, puts its temporary files there.
  process.env.TMPDIR = directory
  const cleanup = new Cleanup()
  const screen = screenFor((text) => process.stdout.write(text))
  const storyScreen = screenFor((text) => {
    if (!interruption.happened()) process.stdout.write(text)
  })

  const story = run.play(storyScreen, cleanup)
  const exitCode = await Promise.race([story, interruption.exitCode])
  if (cleanup.isEmpty() && !interruption.happened()) {
    rmSync(directory, { recursive: true })
    return exitCode
  }
  screen.say(interruption.happened() ? '\nInterrupted. Removing everything …' : '\nRemoving everything …')
  if (interruption.happened()) {
    endChildren()
    await Promise.race([story, delay(SOON_SECONDS * 1000)])
  }
  const failures = [...(await cleanup.run())]
  if (interruption.happened()) {
    await Promise.race([story, delay(SETTLE_SECONDS * 1000)])
    failures.push(...(await cleanup.run()))
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  tellEnd(failures, run, screen)
  if (interruption.happened()) return interruption.exitCode
  return failures.length > 0 ? 1 : exitCode
}

function tellEnd(failures: readonly string[], run: WholeRun, screen: Screen): void {
  for (const failure of failures) screen.say(`Not removed, please do it by hand: ${failure}`, 'bad')
  if (failures.length > 0) return
  screen.say(
    `Everything that the ${run.name} started is gone again (${Math.round(process.uptime())} s in all).`,
  )
  for (const kept of run.whatStays()) screen.say(`Kept for the next time: ${kept}`, 'dim')
}

function screenFor(write: (text: string) => void): Screen {
  const { stdout, env } = process
  const colours = stdout.isTTY && env.NO_COLOR === undefined && env.TERM !== 'dumb' ? 'on' : 'off'
  return createScreen({ columns: stdout.isTTY ? stdout.columns || undefined : undefined, colours, write })
}
