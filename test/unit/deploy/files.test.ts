import { describe, expect, it } from '@jest/globals'
import type { Deployment } from '../../../src/deploy/deployment.ts'
import { filesKibibytes, readFiles, stageFiles } from '../../../src/deploy/files.ts'
import { OutputTail } from '../../../src/deploy/output-tail.ts'
import { DeploymentRecord } from '../../../src/deploy/record.ts'
import { Staging } from '../../../src/host/client/staging.ts'
import type { HostLink } from '../../../src/host/link/host-link.ts'
import type { Reply } from '../../../src/host/protocol/facts.ts'
import { type ManifestItem, manifestText } from '../../../src/model/manifest.ts'
import type { ReleaseReading, Workspace } from '../../../src/model/ports.ts'
import { DeployError } from '../../../src/model/problem.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { HandClock } from '../health/hand-clock.ts'
import { factsOf, readyFacts } from '../preflight/builders.ts'
import { KEEPS_ALL, RecordingReporter } from './deploying.ts'

const file = (path: string, bytes: number): ManifestItem => ({
  ...{ kind: 'file', mode: 0o644, sha256: 'a'.repeat(64), bytes, path, source: `/checkout/${path}` },
})
const ITEMS: readonly ManifestItem[] = [
  file('compose.yml', 2000),
  { kind: 'directory', mode: 0o755, path: 'ops' },
  file('ops/a', 3000),
  file('ops/b', 100),
]

interface Answers {
  readonly compare?: readonly string[]
  readonly stage?: Partial<Reply>
  readonly reading?: ReleaseReading
  readonly send?: (hear: (sent: number) => void, clock: HandClock) => Promise<void>
  readonly preflight?: readonly string[]
  readonly files?: string
}

function scene(answers: Answers = {}) {
  const asked: string[] = []
  const packed: string[][] = []
  const clock = new HandClock()
  const progress = new RecordingReporter()
  const config = configOf(environmentWith({ files: answers.files ?? 'compose.yml\nops' }))
  const link: Pick<HostLink, 'calls' | 'send'> = {
    calls: {
      call: async (verb, words, _timeout, stdin = '') => {
        asked.push([verb, ...words.slice(1), ...(verb === 'compare_files' ? [stdin] : [])].join(' '))
        const empty = { code: 0, facts: [], text: [], news: [] }
        if (verb === 'compare_files') return { ...empty, facts: factsOf(answers.compare ?? []) }
        return verb === 'stage_files' ? { ...empty, ...answers.stage } : empty
      },
    },
    send: async ({ path, bytes }, hear) => {
      asked.push(`send ${bytes} to ${path.replace(/incoming\/[0-9a-f]{16}/u, 'incoming/TOKEN')}`)
      await answers.send?.(hear, clock)
    },
  }
  const workspace: Workspace = {
    read: async () => answers.reading ?? { kind: 'read', items: ITEMS },
    pack: async (files, use) => {
      packed.push(files.map(({ path }) => path))
      return use({ bytes: 10_240, sha256: 'f'.repeat(64), chunks: async function* () {} })
    },
  }
  const deployment: Deployment = {
    config,
    ports: {
      connect: () => Promise.reject(new Error('not asked for')),
      ...{ hostProgram: '', clock, progress, reportStore: KEEPS_ALL, workspace },
      stepState: { begins: () => undefined, ended: () => undefined },
      cancelled: new AbortController().signal,
    },
    record: new DeploymentRecord(config, clock, progress, new OutputTail()),
  }
  const host = {
    staging: (token: string) => new Staging(token, link, config, `${config.host.projectDir}/.closed-loop`),
    preflight: async () => readyFacts({ findings: answers.preflight ?? [] }),
  }
  const report = () => deployment.record.report({ kind: 'promoted' }).release
  return { deployment, host, asked, packed, progress, report }
}

const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof DeployError ? error.problem : error),
  )

describe('readFiles', () => {
  it('reads nothing where the release brings none', async () => {
    const { deployment, progress } = scene({ files: '' })
    expect(await readFiles(deployment)).toEqual([])
    expect(progress.told).toEqual([])
  })

  it('tells how much it is', async () => {
    const { deployment, progress } = scene()
    expect(await readFiles(deployment)).toEqual(ITEMS)
    expect(progress.told).toEqual([{ kind: 'files-read', entries: 2, files: 3, bytes: 5100 }])
  })

  it('has every mistake of the workspace as one of the configuration', async () => {
    const mistakes = [{ name: 'files', got: '"ops" (3 characters)', expected: 'a file or directory' }]
    const { deployment } = scene({ reading: { kind: 'wrong', mistakes } })
    expect(await problemOf(readFiles(deployment))).toEqual({ code: 'config.invalid', mistakes })
  })
})

describe('stageFiles', () => {
  it('asks nothing where the release brings none', async () => {
    const { deployment, host, asked } = scene({ files: '' })
    expect(await stageFiles(host, [], deployment)).toEqual({ kind: 'none' })
    expect(asked).toEqual([])
  })

  it('sends what the host lacks and no more, and has it made whole', async () => {
    const { deployment, host, asked, packed, progress, report } = scene({
      compare: [
        'lacks\t3',
        'changed\tops/a',
        'changed\tops/old',
        'entry\tcompose.yml\tsame\t0',
        'entry\tops\tchanged\t4',
      ],
    })
    expect(await stageFiles(host, ITEMS, deployment)).toMatchObject({ kind: 'staged', items: ITEMS })
    expect(packed).toEqual([['ops/a']])
    expect(asked).toEqual([
      expect.stringMatching(
        /^compare_files project_dir\t\/opt\/ai-trade\n(?:.+\n)*incoming\t[0-9a-f]{16}\nfile\tcompose\.yml\nfile\tops\n(?:.+\n)*=\nf\t644\ta{64}\tcompose\.yml\nd\t755\t-\tops\n/u,
      ),
      'send 10240 to /opt/ai-trade/.closed-loop/incoming/TOKEN/archive',
      `stage_files ${'f'.repeat(64)}`,
    ])
    expect(asked[0]?.endsWith(`=\n${manifestText(ITEMS)}`)).toBe(true)
    expect(progress.told).toEqual([
      { kind: 'files-compared', changed: 2, lacking: 1, bytes: 3000 },
      { kind: 'files-staged' },
    ])
    expect(report()).toEqual({
      ...{ kind: 'compared', changed: ['ops'], same: 1, sent: { files: 1, bytes: 3000 } },
    })
  })

  it('sends nothing where the host has all contents', async () => {
    const { deployment, host, asked, packed, progress } = scene({
      compare: ['entry\tcompose.yml\tsame\t0', 'entry\tops\tsame\t0'],
    })
    await stageFiles(host, ITEMS, deployment)
    expect(asked.slice(1)).toEqual(['stage_files '])
    expect(packed).toEqual([])
    expect(progress.told).toContainEqual({ kind: 'files-compared', changed: 0, lacking: 0, bytes: 0 })
  })

  it('tells now and then how far the sending has come', async () => {
    const { deployment, host, progress } = scene({
      compare: ['lacks\t1', 'entry\tcompose.yml\tnew\t0'],
      send: async (hear, clock) => {
        for (const sent of [1000, 2000, 3000]) {
          await clock.advance(4000)
          hear(sent)
        }
        hear(10_240)
      },
    })
    await stageFiles(host, ITEMS, deployment)
    expect(progress.told.filter(({ kind }) => kind === 'files-sent')).toEqual([
      { kind: 'files-sent', sent: 2000, bytes: 10_240 },
      { kind: 'files-sent', sent: 10_240, bytes: 10_240 },
    ])
  })

  it('refuses with everything that speaks against the host, but for what the release was to bring', async () => {
    const { deployment, host, asked } = scene({
      compare: ['finding\tpath-not-replaceable\t/opt/ai-trade/ops\tmount-point\t/opt/ai-trade/ops'],
      preflight: [
        ...['finding\tcompose-file-missing\t/opt/ai-trade/compose.yml', 'finding\tdocker-unreachable\tno'],
        'finding\tpath-not-replaceable\t/opt/ai-trade/ops\tmount-point\t/opt/ai-trade/ops',
      ],
    })
    expect(await problemOf(stageFiles(host, ITEMS, deployment))).toEqual({
      code: 'preflight.refused',
      findings: [
        {
          ...{ finding: 'path-not-replaceable', path: '/opt/ai-trade/ops', reason: 'mount-point' },
          detail: '/opt/ai-trade/ops',
        },
        { finding: 'docker-unreachable', detail: 'no' },
      ],
    })
    expect(asked).toHaveLength(1)
  })

  it('has the host remove what it would not take, and what did not arrive', async () => {
    const refused = scene({
      compare: ['lacks\t1'],
      stage: { code: 1, text: ['not the bytes', 'of the manifest'] },
    })
    expect(await problemOf(stageFiles(refused.host, ITEMS, refused.deployment))).toEqual({
      ...{ code: 'files.refused', detail: 'not the bytes\nof the manifest' },
    })
    expect(refused.asked.at(-1)).toBe('discard_files')
    const lost = { code: 'files.not_sent', sent: 5, bytes: 10, detail: 'No space left on device' } as const
    const unsent = scene({ compare: ['lacks\t1'], send: () => Promise.reject(new DeployError(lost)) })
    expect(await problemOf(stageFiles(unsent.host, ITEMS, unsent.deployment))).toEqual(lost)
    expect(unsent.asked.at(-1)).toBe('discard_files')
  })
})

describe('filesKibibytes', () => {
  it('counts what changed entries replace, and once more what they bring', async () => {
    const { deployment, host } = scene({ compare: [] })
    const staged = await stageFiles(host, ITEMS, deployment)
    const entries = [
      { target: 'compose.yml', state: 'same', replacedKibibytes: 0 },
      { target: 'ops', state: 'changed', replacedKibibytes: 40 },
    ] as const
    expect(filesKibibytes(staged, { lacks: [], changed: [], entries })).toBe(44)
    expect(filesKibibytes({ kind: 'none' }, { lacks: [], changed: [], entries })).toBe(0)
  })
})
