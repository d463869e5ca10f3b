import { describe, expect, it } from '@jest/globals'
import { requireSpace } from '../../../src/deploy/space.ts'
import type { SpaceFacts } from '../../../src/host/protocol/space-facts.ts'
import { DeployError } from '../../../src/model/problem.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { HandClock } from '../health/hand-clock.ts'
import { RecordingReporter } from './deploying.ts'

const digest = (digit: string) => `sha256:${digit.repeat(64)}`
const MIB = 1024 * 1024

const OLD = `registry.local:5000/app@${digest('0')}`

const FACTS: SpaceFacts = {
  platform: 'linux/amd64',
  dataRoot: { path: '/var/lib/docker', disk: { freeBytes: 100 * MIB, device: '1' } },
  project: { disk: { freeBytes: 100 * MIB, device: '1' }, snapshotBytes: 0 },
  insecure: ['registry.local:5000'],
  here: [OLD],
}

const image = (...layers: readonly (readonly [digit: string, mebibytes: number])[]) =>
  JSON.stringify({
    config: { digest: digest('c'), size: 0 },
    layers: layers.map(([digit, mebibytes]) => ({ digest: digest(digit), size: mebibytes * MIB })),
  })

const list = (digit: string) =>
  JSON.stringify({ manifests: [{ digest: digest(digit), platform: { os: 'linux', architecture: 'amd64' } }] })

interface Asked {
  readonly manifests: Readonly<Record<string, string>>
  readonly facts?: SpaceFacts | 'none'
  readonly inputs?: Readonly<Record<string, string>>
  readonly secondsEach?: number
}

async function asked({ manifests, facts = FACTS, inputs = {}, secondsEach = 0 }: Asked) {
  const questions: string[] = []
  const progress = new RecordingReporter()
  const clock = new HandClock()
  const config = configOf(environmentWith({ image: 'registry.local:5000/app:2', ...inputs }))
  const transaction = {
    space: async () => (facts === 'none' ? undefined : facts),
    manifest: async (reference: string, transport: 'insecure' | 'tls') => {
      questions.push(`${transport} ${reference}`)
      if (secondsEach > 0) await clock.advance(secondsEach * 1000)
      return manifests[reference] ?? 'no such manifest'
    },
  }
  const deployment = { config, ports: { progress, clock } } as unknown as Parameters<typeof requireSpace>[1]
  const problem = await requireSpace(transaction, deployment).then(
    () => undefined,
    (error: unknown) => (error instanceof DeployError ? error.problem : error),
  )
  const [space] = progress.told.flatMap((told) => (told.kind === 'space' ? [told.space] : []))
  return { questions, problem, space }
}

describe('requireSpace', () => {
  it('asks the registry once for an image, as Docker itself would, and says what there is', async () => {
    const { questions, problem, space } = await asked({
      manifests: { 'registry.local:5000/app:2': image(['1', 10]) },
    })
    expect(questions).toEqual(['insecure registry.local:5000/app:2'])
    expect(problem).toBeUndefined()
    expect(space).toMatchObject({ pull: { kind: 'known', downloadBytes: 10 * MIB }, disks: 'one' })
  })

  it('asks for the image of the platform of the host', async () => {
    const { questions, space } = await asked({
      inputs: { image: 'registry.example.com/team/app:2' },
      manifests: {
        'registry.example.com/team/app:2': list('e'),
        [`registry.example.com/team/app@${digest('e')}`]: image(['1', 3]),
      },
    })
    expect(questions).toEqual([
      'tls registry.example.com/team/app:2',
      `tls registry.example.com/team/app@${digest('e')}`,
    ])
    expect(space?.pull).toMatchObject({ downloadBytes: 3 * MIB })
  })

  it('refuses what does not fit, with both sides of it', async () => {
    const { questions, problem, space } = await asked({
      manifests: { 'registry.local:5000/app:2': image(['1', 30]) },
    })
    expect(questions).toHaveLength(2)
    expect(problem).toEqual({ code: 'prefetch.no_space', space })
    expect(space).toMatchObject({ pull: { bytes: 120 * MIB }, dataRoot: { freeBytes: 100 * MIB } })
  })

  it('asks for what is there only where that matters, and leaves it out', async () => {
    const { questions, problem, space } = await asked({
      manifests: {
        'registry.local:5000/app:2': image(['1', 30], ['2', 5]),
        [OLD]: image(['1', 30]),
      },
    })
    expect(questions).toEqual(['insecure registry.local:5000/app:2', `insecure ${OLD}`])
    expect(problem).toBeUndefined()
    expect(space?.pull).toMatchObject({ downloadBytes: 5 * MIB })
  })

  it.each<[string, Asked, object]>([
    ['a registry without an answer', { manifests: {} }, { why: 'no-answer', detail: 'no such manifest' }],
    [
      'a list in a list',
      {
        manifests: {
          'registry.local:5000/app:2': list('e'),
          [`registry.local:5000/app@${digest('e')}`]: list('f'),
        },
      },
      { why: 'no-answer' },
    ],
    [
      'one that takes too long',
      {
        inputs: { images: 'A=registry.local:5000/a:1' },
        manifests: {
          'registry.local:5000/app:2': image(['1', 1]),
          'registry.local:5000/a:1': image(['2', 1]),
        },
        secondsEach: 61,
      },
      { why: 'no-answer', detail: '' },
    ],
    [
      'Docker Hub without an account',
      { manifests: {}, inputs: { image: 'team/app:2' } },
      { why: 'docker-hub' },
    ],
  ])('goes on where the size is not known: %s', async (_, scene, pull) => {
    const { problem, space } = await asked(scene)
    expect(problem).toBeUndefined()
    expect(space?.pull).toMatchObject({ kind: 'unknown', ...pull })
  })

  it('asks Docker Hub with an account', async () => {
    const inputs = { image: 'team/app:2', 'registry-username': 'u', 'registry-password': 'a-password' }
    const { questions } = await asked({ manifests: {}, inputs })
    expect(questions).toEqual(['tls team/app:2'])
  })

  it('asks and says nothing where the host could not look', async () => {
    expect(await asked({ manifests: {}, facts: 'none' })).toEqual({
      questions: [],
      problem: undefined,
      space: undefined,
    })
  })
})
