import { expect } from '@jest/globals'
import type { Release } from '../releases/releases.ts'
import type { HostState } from './host-state.ts'

/** What the example's services use besides the release. */
const STACK = ['ai-trade', 'ai-trade-scheduler', 'ai-trade-watchdog']

/**
 * The release is in service: both containers of it run exactly that image and are healthy where they have a
 * healthcheck, the scheduler runs as it did, its tag means that image, the env file names it and is otherwise
 * the same byte for byte, and nothing of the deployment is left but the tags that hold the image of before.
 */
export function expectPromoted(before: HostState, after: HostState, release: Release): void {
  const { containers } = after
  expect(Object.keys(containers).toSorted()).toEqual(STACK)
  const part = (name: string) => {
    const { imageId, reference, state, health, restartPolicy } = containers[name] ?? {}
    return { imageId, reference, state, health, restartPolicy }
  }
  const released = { ...release, state: 'running', restartPolicy: 'unless-stopped:0' }
  expect({ ai_trade: part('ai-trade'), watchdog: part('ai-trade-watchdog') }).toEqual({
    ai_trade: { ...released, health: 'healthy' },
    watchdog: { ...released, health: 'healthy' },
  })
  expect(part('ai-trade-scheduler')).toMatchObject({ state: 'running', restartPolicy: 'unless-stopped:0' })
  const scheduler = before.containers['ai-trade-scheduler']
  if (scheduler !== undefined) {
    expect(part('ai-trade-scheduler')).toMatchObject({
      imageId: scheduler.imageId,
      reference: scheduler.reference,
    })
  }
  expect(after.tags[release.reference]).toBe(release.imageId)
  expectEnvFileOf(before, after, release)
  expectOthersUnchanged(before, after)
  expectOnlyHoldsLeft(before, after, release)
}

/** Only the value of AI_TRADE_IMAGE is another; where there was none, a line at the end. */
function expectEnvFileOf(before: HostState, after: HostState, { reference }: Release): void {
  const assignment = /^AI_TRADE_IMAGE=.*$/m
  const old = before.envFile.bytes.toString()
  const wanted = assignment.test(old)
    ? old.replace(assignment, `AI_TRADE_IMAGE=${reference}`)
    : `${old}AI_TRADE_IMAGE=${reference}\n`
  expect(after.envFile.bytes.toString()).toBe(wanted)
  expect({ mode: after.envFile.mode, owner: after.envFile.owner }).toEqual({
    mode: before.envFile.mode,
    owner: before.envFile.owner,
  })
}

function expectOthersUnchanged(before: HostState, after: HostState): void {
  const others = ({ files }: HostState) => ({ ...files, '.env.runtime': undefined })
  expect(others(after)).toEqual(others(before))
}

/** Held are the images that ran, and the one that the release's tag meant. */
function expectOnlyHoldsLeft(before: HostState, after: HostState, { reference }: Release): void {
  const ours = Object.keys(after.tags).filter((tag) => tag.startsWith('closed-loop-'))
  const tagged = before.tags[reference]
  const held = new Set(Object.values(before.containers).map(({ imageId }) => imageId))
  if (tagged !== undefined) held.add(tagged)
  expect(ours.filter((tag) => !tag.startsWith('closed-loop-hold:'))).toEqual([])
  expect(new Set(ours.map((tag) => after.tags[tag]))).toEqual(held)
  expect({ processes: after.processes, temporaries: after.temporaries, locks: after.locks }).toEqual({
    processes: [],
    temporaries: [],
    locks: [],
  })
}
