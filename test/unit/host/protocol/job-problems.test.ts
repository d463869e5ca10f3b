import { describe, expect, it } from '@jest/globals'
import {
  confirmProblem,
  leftBehind,
  notStarted,
  prefetchProblem,
  refusal,
  rollbackProblem,
  watchProblem,
} from '../../../../src/host/protocol/job-problems.ts'
import { Secret } from '../../../../src/model/secret.ts'

describe('prefetchProblem', () => {
  const login = (server: string) =>
    ({ kind: 'token', server, username: 'robot', password: new Secret('x') }) as const
  const failed = (image: string) =>
    [
      ['pulled', 'a:1', 'sha256:1'],
      ['problem', 'pull_failed', image],
    ] as const

  it.each([
    'Error response from daemon: unauthorized: authentication required',
    'Error response from daemon: Head "https://ghcr.io/v2/acme/app/manifests/1": denied: denied',
    'Error response from daemon: Head "http://10.0.0.1:5000/v2/app/manifests/1": no basic auth credentials',
    "Error response from daemon: pull access denied for acme/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    'failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.example.com/token: 401 Unauthorized',
    'unexpected status from HEAD request to https://r.example.com/v2/app/manifests/1: 403 Forbidden',
    'Error response from daemon: unknown: failed to resolve reference "ghcr.io/acme/app:1": unexpected status from HEAD request to https://ghcr.io/v2/acme/app/manifests/1: 401 Unauthorized',
    'failed to resolve reference "ghcr.io/acme/app:1": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
    'denied: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource',
  ])('is a refused login, where the registry says of its image: %s', (detail) => {
    expect(prefetchProblem(failed('ghcr.io/acme/app:1'), detail, login('ghcr.io'))).toEqual({
      code: 'prefetch.login_failed',
      registry: 'ghcr.io',
      image: 'ghcr.io/acme/app:1',
      detail,
    })
  })

  it.each([
    ['of another registry', 'ghcr.io/acme/app:1', login('docker.io'), 'denied: denied'],
    ['without a login of ours', 'ghcr.io/acme/app:1', { kind: 'host-login' }, 'denied: denied'],
    ['that is missing', 'ghcr.io/acme/app:1', login('ghcr.io'), 'manifest unknown: manifest unknown'],
    ['that containerd misses', 'ghcr.io/a:1', login('ghcr.io'), 'failed to resolve reference: not found'],
    ['that cannot be stored', 'ghcr.io/a:1', login('ghcr.io'), 'open /var/lib/docker/x: permission denied'],
  ] as const)('is a failed pull of an image %s', (_what, image, registry, detail) => {
    expect(prefetchProblem(failed(image), detail, registry)).toEqual({
      code: 'prefetch.pull_failed',
      image,
      detail,
    })
  })

  it('knows the names of Docker Hub', () => {
    for (const image of ['acme/app:1', 'index.docker.io/acme/app:1', 'docker.io/acme/app:1'])
      expect(prefetchProblem(failed(image), 'unauthorized', login('registry-1.docker.io'))).toMatchObject({
        code: 'prefetch.login_failed',
        image,
      })
  })

  it('is a lost lock, or whatever else was said', () => {
    expect(prefetchProblem([['problem', 'lock_lost']], 'denied', login('ghcr.io'))).toEqual({
      code: 'lock.lost',
      during: 'prefetch',
    })
    expect(prefetchProblem([], 'denied', login('ghcr.io'))).toEqual({
      code: 'prefetch.failed',
      detail: 'denied',
    })
  })
})

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
  ] as const)('of %s is %s, with what the host said', (kind, code) => {
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

  it('is what the host left in service because only something beside it was not back', () => {
    const facts = [['back', 'watchdog'], ['nothing_stopped']] as const
    expect(leftBehind(facts, 'stop')).toEqual({ kind: 'kept', back: ['watchdog'] })
  })

  it('is what nobody asked to be stopped', () => {
    expect(leftBehind([['back', 'watchdog']], 'keep')).toEqual({ kind: 'kept', back: ['watchdog'] })
  })
})

describe('refusal', () => {
  it('names the boot trigger that could not be set', () => {
    const detail = 'the boot trigger (crontab) could not be set: crontab: No space left on device'
    expect(refusal([['refused', 'no_boot_trigger', detail]], 'words of others')).toEqual({
      code: 'apply.no_boot_trigger',
      detail,
    })
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

describe('watchProblem', () => {
  it.each([
    [137, '', { reason: 'killed', signal: 9 }],
    [143, 'Killed', { reason: 'killed', signal: 15 }],
    [0, '', { reason: 'time-over' }],
    [1, 'sh: out of memory', { reason: 'other', exitCode: 1 }],
    [128, '', { reason: 'other', exitCode: 128 }],
    // What stands for an exit code that is none.
    [255, '', { reason: 'other', exitCode: 255 }],
  ])('code %d, %j', (code, detail, end) => {
    expect(watchProblem(code, detail)).toEqual({ code: 'health.unwatched', detail, ...end })
  })
})
