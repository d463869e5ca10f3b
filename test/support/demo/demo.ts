/**
 * `npm run demo`: a good deployment and a bad one on a real server, told for a person, and a look at the server
 * itself. Exit code 0 when both ended as they should and everything that was reported is true.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { bundleState } from './bundle.ts'
import { Cleanup } from './cleanup.ts'
import { listenForInterruption } from './interruption.ts'
import { endChildren } from './own-children.ts'
import { ownDocker } from './own-docker.ts'
import { createScreen, type Screen } from './screen.ts'
import { CannotPlay, type Stage } from './stage.ts'
import { StepFailed, tellStory } from './story.ts'
import { throwAwayServer } from './throw-away-server.ts'

/** Most steps end at once when the programs that they started are asked to end. */
const SOON_SECONDS = 3
/** Others end when what they work with is gone, and a package manager is not cut off half-way. */
const SETTLE_SECONDS = 120
const MOST_FAILURE_LINES = 30

// The code is given to exit, because what an interrupted step left open would keep the process alive.
process.exit(await demo())

async function demo(): Promise<number> {
  const interruption = listenForInterruption()
  const directory = mkdtempSync(join(tmpdir(), 'closed-loop-demo-'))
  // Every part of the test bed, and every program it starts, puts its temporary files there.
  process.env.TMPDIR = directory
  const cleanup = new Cleanup()
  const stage = process.getuid?.() === 0 ? throwAwayServer : ownDocker
  const screen = screenFor((text) => process.stdout.write(text))
  const storyScreen = screenFor((text) => {
    if (!interruption.happened()) process.stdout.write(text)
  })

  const story = play(stage, storyScreen, cleanup)
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
  tellEnd(failures, stage, screen)
  if (interruption.happened()) return interruption.exitCode
  return failures.length > 0 ? 1 : exitCode
}

/** The story, with whatever stops it told for a person. Gives the exit code; never throws. */
async function play(stage: Stage, screen: Screen, cleanup: Cleanup): Promise<number> {
  try {
    introduce(stage, screen)
    demandBasics(screen)
    const end = await tellStory(stage, screen, cleanup)
    if (end === 'as it should') {
      screen.say('v2 went in, v3 came out again, and everything the action reported is true.', 'good')
      return 0
    }
    screen.say('This is not what should have happened: see the differences above.', 'bad')
    return 1
  } catch (error) {
    // A signal to the whole group ends what a step works with too, and that may be noticed first.
    await delay(200)
    tellFailure(error, screen)
    return 1
  }
}

function introduce(stage: Stage, screen: Screen): void {
  screen.title('Closed-loop deploy gate: a good release goes in, a bad one comes out again')
  screen.say(
    `The action puts a new release on a Docker Compose server over SSH, lets the server's own closed loop judge it, and then either confirms it or puts back exactly what ran before. You will see it do both. Afterwards the demo looks at the server itself, to see whether what was reported is true.\n${stage.introduction}`,
  )
}

function demandBasics(screen: Screen): void {
  if (process.platform !== 'linux') {
    throw new CannotPlay(['This is not Linux. Use a Debian (12 or newer) or Ubuntu machine'])
  }
  switch (bundleState()) {
    case 'missing':
      throw new CannotPlay(['There is no dist/main.cjs. Build it: npm run build'])
    case 'older than the sources':
      screen.say(
        '\nNote: src/ is newer than dist/, and the demo runs dist/ as a workflow would. To see your changes: npm run build',
        'doubtful',
      )
      return
    case 'current':
      return
  }
}

function tellFailure(error: unknown, screen: Screen): void {
  screen.say('')
  if (error instanceof CannotPlay) {
    screen.say('The demo cannot play here yet. Nothing was touched. What stands in its way:', 'bad')
    for (const line of error.toDo) screen.item(line)
    return
  }
  const message = error instanceof Error ? error.message : String(error)
  const step = error instanceof StepFailed ? error.step : undefined
  screen.say(`This step failed${step === undefined ? '' : `: ${step.heading}`}`, 'bad')
  screen.say(message.trim().split('\n').slice(-MOST_FAILURE_LINES).join('\n'))
  if (step !== undefined) screen.say(`What to do: ${step.ifItFails}`, 'bold')
}

function tellEnd(failures: readonly string[], stage: Stage, screen: Screen): void {
  for (const failure of failures) screen.say(`Not removed, please do it by hand: ${failure}`, 'bad')
  if (failures.length > 0) return
  screen.say(`Everything that the demo started is gone again (${Math.round(process.uptime())} s in all).`)
  for (const kept of stage.whatStays()) screen.say(`Kept for the next time: ${kept}`, 'dim')
}

function screenFor(write: (text: string) => void): Screen {
  const { stdout, env } = process
  const colours = stdout.isTTY && env.NO_COLOR === undefined && env.TERM !== 'dumb' ? 'on' : 'off'
  return createScreen({ columns: stdout.isTTY ? stdout.columns || undefined : undefined, colours, write })
}
