/**
 * `npm run demo`: a good deployment and a bad one on a real server, told for a person, and a look at the server
 * itself. Exit code 0 when both ended as they should and everything that was reported is true.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { bundleState } from './bundle.ts'
import type { Cleanup } from './cleanup.ts'
import { ownDocker } from './own-docker.ts'
import type { Screen } from './screen.ts'
import { CannotPlay, type Stage } from './stage.ts'
import { StepFailed, tellStory } from './story.ts'
import { throwAwayServer } from './throw-away-server.ts'
import { playAndRemove } from './whole-run.ts'

const MOST_FAILURE_LINES = 30

const stage = process.getuid?.() === 0 ? throwAwayServer : ownDocker

// The code is given to exit, because what an interrupted step left open would keep the process alive.
process.exit(
  await playAndRemove({
    name: 'demo',
    play: (screen, cleanup) => play(stage, screen, cleanup),
    whatStays: stage.whatStays,
  }),
)

/** The story, with whatever stops it told for a person. Gives the exit code; never throws. */
async function play(stage: Stage, screen: Screen, cleanup: Cleanup): Promise<number> {
  try {
    introduce(stage, screen)
    demandBasics(screen)
    const end = await tellStory(stage, screen, cleanup)
    if (end === 'as it should') {
      screen.say('The host runs v2, v3 was rolled back, and everything the action reported is true.', 'good')
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
