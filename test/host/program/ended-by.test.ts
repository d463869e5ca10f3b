import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench({ docker: 'cat "$(dirname "$0")/events"' })
afterAll(() => bench[Symbol.dispose]())

/** The events of one container, as `docker events` has them. */
const BOOT = 'start '
const CRASH = ['die ']
const STOP = ['kill 15', 'die ']
const KILL = ['kill 9', 'die ']

describe.each(SHELLS)('how a container ended that is lost, under %s,', (shell) => {
  it.each<readonly [change: string, by: string, events: readonly string[]]>([
    ['exited', 'itself', [BOOT, ...CRASH]],
    ['exited', 'docker', [BOOT, ...STOP]],
    ['exited', 'docker', [BOOT, ...KILL]],
    ['exited', 'itself', [BOOT, 'kill 1', ...CRASH]],
    ['exited', 'itself', [BOOT, ...STOP, BOOT, ...CRASH]],
    ['exited', 'docker', [BOOT, ...CRASH, BOOT, ...STOP]],
    // Dockerd does not remember any end: it ended the container with itself.
    ['exited', 'docker', []],
    ['restarted', 'docker', []],
    ['restarted', 'docker', [BOOT]],
    ['restarted', 'itself', [BOOT, ...CRASH, BOOT]],
    ['restarted', 'itself', [BOOT, ...CRASH]],
    ['restarted', 'docker', [BOOT, ...STOP, BOOT]],
    ['restarted', 'docker', [BOOT, ...CRASH, BOOT, ...STOP, BOOT]],
    ['restarted', 'itself', [BOOT, ...STOP, BOOT, ...CRASH, BOOT]],
    ['restarted', 'itself', [...CRASH, BOOT]],
    ['unhealthy', 'itself', [BOOT]],
    ['unhealthy', 'itself', [BOOT, ...STOP, BOOT]],
    ['unhealthy', 'docker', [BOOT, 'kill 15']],
  ])('%s: by %s after %j', (change, by, events) => {
    writeFileSync(join(bench.directory, 'fakes', 'events'), events.map((event) => `${event}\n`).join(''))
    const { stdout } = bench.run(shell, `fenced() { :; }\nverb_ended_by a id-app ${change}`)
    expect(stdout).toBe(`fact\tended_by\t${by}\n`)
  })

  it('waits for the end that dockerd tells late', () => {
    writeFileSync(join(bench.directory, 'fakes', 'events'), `${BOOT}\n`)
    const { stdout } = bench.run(
      shell,
      `fenced() { :; }
pause() { echo 'die ' >>'${join(bench.directory, 'fakes', 'events')}'; }
verb_ended_by a id-app exited`,
    )
    expect(stdout).toBe('fact\tended_by\titself\n')
  })

  it('is not told where Docker does not answer', () => {
    const { stdout } = bench.run(
      shell,
      'fenced() { :; }\nbounded() { return 124; }\nverb_ended_by a id-app exited',
    )
    expect(stdout).toBe('')
  })
})
