import { describe, expect, it } from '@jest/globals'
import { type ContainerEnd, endOf } from '../../../../src/host/client/container-end.ts'

/** The events of one container, as `docker events` has them. */
const BOOT = 'start '
const CRASH = ['die ']
const STOP = ['kill 15', 'die ']
const KILL = ['kill 9', 'die ']

describe('what ended a container that is lost', () => {
  it.each<readonly [change: string, by: ContainerEnd, events: readonly string[]]>([
    ['exited', 'itself', [BOOT, ...CRASH]],
    ['exited', 'docker', [BOOT, ...STOP]],
    ['exited', 'docker', [BOOT, ...KILL]],
    ['exited', 'itself', [BOOT, 'kill 1', ...CRASH]],
    ['exited', 'itself', [BOOT, ...STOP, BOOT, ...CRASH]],
    ['exited', 'docker', [BOOT, ...CRASH, BOOT, ...STOP]],
    // Dockerd does not remember any end: it ended the container with itself.
    ['exited', 'unseen', []],
    ['restarted', 'unseen', []],
    ['restarted', 'unseen', [BOOT]],
    ['restarted', 'itself', [BOOT, ...CRASH, BOOT]],
    ['restarted', 'itself', [BOOT, ...CRASH]],
    ['restarted', 'docker', [BOOT, ...STOP, BOOT]],
    ['restarted', 'docker', [BOOT, ...CRASH, BOOT, ...STOP, BOOT]],
    ['restarted', 'itself', [BOOT, ...STOP, BOOT, ...CRASH, BOOT]],
    ['restarted', 'itself', [...CRASH, BOOT]],
    ['unhealthy', 'itself', [BOOT]],
    ['unhealthy', 'itself', [BOOT, ...STOP, BOOT]],
    ['unhealthy', 'docker', [BOOT, 'kill 15']],
  ])('%s: %s after %j', (change, by, events) => {
    expect(
      endOf(
        events.map((event) => event.split(' ')),
        change,
      ),
    ).toBe(by)
  })
})
