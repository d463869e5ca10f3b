import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { readVerifyConfig } from '../../../src/config/read.ts'
import type { Verification } from '../../../src/model/outcome.ts'
import { DeployError } from '../../../src/model/problem.ts'
import { verify } from '../../../src/verify/verify.ts'
import { environmentWith } from '../config/environment.ts'
import { RecordingReporter, useFakeTimers } from '../deploy/deploying.ts'
import { type Scene, ScriptedHost } from '../deploy/scripted-host.ts'
import { HandClock } from '../health/hand-clock.ts'

afterEach(() => {
  jest.useRealTimers()
})

/** Starts a verification of a scripted host. */
function verifying(scene: Scene = {}, connect?: () => Promise<never>) {
  const read = readVerifyConfig(environmentWith())
  if (read.kind === 'invalid') throw new Error('no configuration')
  const host = new ScriptedHost(scene)
  const progress = new RecordingReporter()
  const cancellation = new AbortController()
  const verified: Promise<Verification> = verify(read.config, {
    connect: connect ?? (() => host.connect()),
    hostProgram: 'echo the host program\n',
    clock: new HandClock(),
    progress,
    cancelled: cancellation.signal,
  })
  return { host, progress, verified, cancel: () => cancellation.abort() }
}

const because = ({ found }: Verification) => (found.kind === 'not-checked' ? found.because : found.kind)

describe('a verification', () => {
  it('asks the host one thing, and judges what it says', async () => {
    const { host, progress, verified } = verifying({ verify: ['fact\tlooked\ttransactions'] })
    const { found, host: name, projectDir } = await verified
    expect(found.kind).toBe('checked')
    expect({ name, projectDir }).toEqual({ name: 'host.example', projectDir: '/opt/ai-trade' })
    expect(host.log).toEqual(['verify'])
    expect(host.closed).toBe('closed')
    expect(progress.phases).toEqual(['connect', 'verify'])
    expect(progress.told.map(({ kind }) => kind)).toEqual(['connected', 'checked'])
  })

  it('of a host that cannot be reached says so', async () => {
    const problem = { code: 'ssh.shell_unusable', detail: 'x' } as const
    const { verified } = verifying({}, () => Promise.reject(new DeployError(problem)))
    expect(because(await verified)).toEqual(problem)
  })

  it('of a host that refuses has what it said', async () => {
    const { verified } = verifying({ fault: () => 'fails' })
    expect(because(await verified)).toEqual({ code: 'verify.failed', detail: 'no space left on device' })
  })

  it('of a host that is lost meanwhile claims nothing', async () => {
    const { verified } = verifying({ fault: () => 'link-dies' })
    expect(because(await verified)).toMatchObject({ code: 'ssh.lost' })
  })

  it('waits no longer than it may', async () => {
    useFakeTimers()
    const { verified } = verifying({ fault: () => 'silent' })
    await jest.advanceTimersByTimeAsync(120_000)
    expect(because(await verified)).toEqual({ code: 'verify.timeout', seconds: 120 })
  })

  it('ends when the run is cancelled', async () => {
    const scene = verifying({
      fault: () => {
        scene.cancel()
        return 'silent'
      },
    })
    expect(because(await scene.verified)).toEqual({ code: 'step.cancelled', phase: 'verify' })
  })
})
