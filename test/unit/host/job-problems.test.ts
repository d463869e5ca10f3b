import { describe, expect, it } from '@jest/globals'
import { confirmProblem, leftBehind, notStarted, rollbackProblem } from '../../../src/host/job-problems.ts'

describe('rollbackProblem', () => {
  const difference = ['difference', 'ai-trade', 'container', 'running', 'none'] as const

  it('names what differs', () => {
    const refused = ['not_restored', 'watchdog', 'port is already allocated'] as const
    expect(rollbackProblem([difference, refused], 'no words')).toEqual({
      code: 'rollback.failed',
      notRestored: ['watchdog: port is already allocated'],
      differences: ['ai-trade: container is none, was running'],
      detail: 'no words',
    })
  })

  it('names the images that are gone: they are why everything else differs', () => {
    expect(rollbackProblem([difference, ['problem', 'image_gone', 'r:1', 'sha256:1']], 'denied')).toEqual({
      code: 'rollback.image_gone',
      images: [{ reference: 'r:1', imageId: 'sha256:1' }],
      detail: 'denied',
    })
  })

  it('is none where a person decided that what runs stays', () => {
    expect(rollbackProblem([['problem', 'kept']], '')).toEqual({ code: 'rollback.kept' })
  })
})

describe('notStarted', () => {
  it.each([
    ['prefetch', 'prefetch.failed'],
    ['apply', 'apply.failed'],
    ['confirm', 'confirm.failed'],
    ['rollback', 'rollback.failed'],
    ['watch', 'ssh.shell_unusable'],
  ])('of %s is %s, with what the host said', (kind, code) => {
    const problem = notStarted(kind, 'no space left on device')
    expect(problem.code).toBe(code)
    expect(JSON.stringify(problem)).toContain('no space left on device')
  })
})

describe('leftBehind', () => {
  const stopped = [
    ['stopped', 'ai-trade'],
    ['not_stopped', 'ai-trade-watchdog', 'running'],
  ] as const

  it('says what the host saw after it had stopped the services', () => {
    expect(leftBehind([...stopped, ['stop_verified']], 'stop')).toEqual({
      kind: 'stopped',
      stopped: ['ai-trade'],
      notStopped: ['ai-trade-watchdog (running)'],
    })
  })

  it('claims no stop that the host did not look at afterwards', () => {
    expect(leftBehind([], 'stop')).toEqual({ kind: 'stop-unverified' })
    expect(leftBehind(stopped, 'stop')).toEqual({ kind: 'stop-unverified' })
  })

  it('is what nobody asked to be stopped', () => {
    expect(leftBehind([['back', 'watchdog']], 'keep')).toEqual({ kind: 'kept', back: ['watchdog'] })
  })
})

describe('confirmProblem', () => {
  it('says that somebody changed what the deployment had set in the env file', () => {
    expect(confirmProblem([['problem', 'env_changed', 'AI_TRADE_IMAGE']], '', [])).toEqual({
      code: 'confirm.env_changed',
      key: 'AI_TRADE_IMAGE',
    })
  })
})
