import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Assessment, ReportFile } from '../../../src/model/assessment.ts'
import type { ReportStore } from '../../../src/model/ports.ts'
import { artifactName, hasArtifactService } from '../../../src/output/artifacts/artifact-service.ts'
import { uploadInThread } from '../../../src/output/artifacts/artifact-upload.ts'
import { startResultsServer } from '../../support/results-server/results-server.ts'
import { nodeForActions } from '../../support/runner/node-binary.ts'
import { runNodeProgram } from '../../support/runner/node-process.ts'

const ROOT = join(import.meta.dirname, '../../..')
const BUNDLE = join(ROOT, 'src/output/artifacts/artifact-bundle.ts')
const upload = (name: string) => join(import.meta.dirname, 'uploads', `${name}.ts`)
const found = (text: string): ReportFile => ({ kind: 'found', text, from: 'run-directory' })
const FILES: Assessment['files'] = {
  runtimeAssess: found('{"stage":"S3","verdict":"FAIL","fail_reasons":["阶段"]}\n'),
  closedLoop: { kind: 'absent' },
  runMeta: { kind: 'stale', detail: 'it names run 20260101T000000Z' },
}
const NONE: Assessment['files'] = {
  runtimeAssess: { kind: 'unreadable', detail: 'permission denied' },
  closedLoop: { kind: 'absent' },
  runMeta: { kind: 'absent' },
}

type Kept = Awaited<ReturnType<ReportStore['keep']>>
type KeptDiagnostics = Awaited<ReturnType<ReportStore['keepDiagnostics']>>

let temp = ''
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'artifact-test-'))
})
afterAll(async () => {
  await rm(temp, { recursive: true })
})

/** With `KEEP_DIAGNOSTICS`, texts by name, those are kept instead of the reports. */
async function keep<Result = Kept>(
  files: Assessment['files'],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly kept: Result; readonly otherLines: readonly string[] }> {
  const lines: string[] = []
  const end = await runNodeProgram({
    node: nodeForActions(ROOT),
    script: join(import.meta.dirname, 'keep-reports.ts'),
    workingDirectory: ROOT,
    environment: {
      KEEP_FILES: JSON.stringify(files),
      KEEP_MODULE: BUNDLE,
      KEEP_SERVER: 'https://github.com',
      KEEP_TEMP: temp,
      NO_PROXY: '127.0.0.1',
      ...environment,
    },
    timeoutSeconds: 90,
    onLine: (line) => lines.push(line),
  })
  expect({ end, lines }).toMatchObject({ end: { how: 'exited', code: 0 } })
  const result = lines.find((line) => line.startsWith('KEPT '))
  return {
    kept: JSON.parse(result?.slice('KEPT '.length) ?? 'null') as Result,
    otherLines: lines.filter((line) => line !== result),
  }
}

describe('createArtifactStore', () => {
  it('writes the reports of this run for its user only, and uploads them byte for byte', async () => {
    await using server = await startResultsServer({ behaviour: 'accepts' })
    const { kept, otherLines } = await keep(FILES, {
      ACTIONS_RESULTS_URL: server.url,
      ACTIONS_RUNTIME_TOKEN: server.token,
    })
    const directory = join(temp, 'closed-loop', 't-1')
    const [artifact] = server.artifacts()
    expect(kept).toEqual({
      reports: {
        path: directory,
        files: ['latest_runtime_assess.json'],
        notWritten: ['latest_closed_loop_report.json'],
        artifact: {
          kind: 'uploaded',
          id: artifact?.id,
          url: `https://github.com/acme/trade/actions/runs/77/artifacts/${artifact?.id}`,
          name: 'closed-loop-deploy-2-t-1',
        },
      },
      warnings: [
        {
          kind: 'report-absent',
          file: 'latest_run_meta.json',
          detail: 'the file on the host is of another run: it names run 20260101T000000Z',
        },
      ],
    })
    expect([...(artifact?.files ?? [])].map(([name, bytes]) => [name, bytes.toString()])).toEqual([
      ['latest_runtime_assess.json', '{"stage":"S3","verdict":"FAIL","fail_reasons":["阶段"]}\n'],
    ])
    expect(artifact?.name).toBe('closed-loop-deploy-2-t-1')
    expect(await readFile(join(directory, 'latest_runtime_assess.json'), 'utf8')).toContain('阶段')
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, 'latest_runtime_assess.json'))).mode & 0o777).toBe(0o600)
    expect(otherLines).toEqual([])
  })

  it('uploads extra reports under their names, and tells those that are not there', async () => {
    await using server = await startResultsServer({ behaviour: 'accepts' })
    const { kept } = await keep(FILES, {
      ACTIONS_RESULTS_URL: server.url,
      ACTIONS_RUNTIME_TOKEN: server.token,
      KEEP_EXTRAS: JSON.stringify([
        { name: 'runtime.log', file: found('a line\n') },
        { name: 'gone.json', file: { kind: 'absent' } },
        { name: 'huge.log', file: { kind: 'unreadable', detail: 'it has 9000000 bytes' } },
      ]),
    })
    expect(kept.reports.files).toEqual(['latest_runtime_assess.json', 'runtime.log'])
    expect(kept.warnings.slice(1)).toEqual([
      { kind: 'report-absent', file: 'gone.json', detail: 'the runner did not write it' },
      {
        kind: 'report-absent',
        file: 'huge.log',
        detail: 'it could not be read: it has 9000000 bytes',
      },
    ])
    const [artifact] = server.artifacts()
    expect(artifact?.files.get('runtime.log')?.toString()).toBe('a line\n')
  })

  it('takes the given name and retention', async () => {
    await using server = await startResultsServer({ behaviour: 'accepts' })
    const { kept } = await keep(FILES, {
      ACTIONS_RESULTS_URL: server.url,
      ACTIONS_RUNTIME_TOKEN: server.token,
      KEEP_NAME: 'audit: S3/S5',
    })
    expect(kept.reports.artifact).toMatchObject({ kind: 'uploaded', name: 'audit- S3-S5-2' })
    const expires = server.artifacts()[0]?.expires
    expect(expires instanceof Date && Math.round((expires.getTime() - Date.now()) / 86_400_000)).toBe(5)
  })

  it('makes a warning of a service that refuses, and prints nothing of it', async () => {
    await using server = await startResultsServer({ behaviour: 'refuses' })
    const { kept, otherLines } = await keep(FILES, {
      ACTIONS_RESULTS_URL: server.url,
      ACTIONS_RUNTIME_TOKEN: server.token,
    })
    expect(kept.reports.artifact).toEqual({ kind: 'none' })
    expect(kept.reports.files).toEqual(['latest_runtime_assess.json'])
    expect(kept.warnings.at(-1)).toMatchObject({
      kind: 'artifact-failed',
      detail: expect.stringContaining('403'),
    })
    expect(otherLines).toEqual([])
  })

  it('makes a warning of a step without an artifact service', async () => {
    const { kept } = await keep(FILES, {})
    expect(kept.warnings.at(-1)).toMatchObject({
      kind: 'artifact-failed',
      detail: expect.stringContaining('ACTIONS_RUNTIME_TOKEN'),
    })
  })

  it('does not try on a server that has none', async () => {
    const { kept } = await keep(FILES, {
      KEEP_SERVER: 'https://ghes.example.com',
      KEEP_MODULE: upload('hangs'),
    })
    expect(kept.warnings.at(-1)).toEqual({ kind: 'artifact-unsupported', server: 'https://ghes.example.com' })
    expect(kept.reports.path).toBe(join(temp, 'closed-loop', 't-1'))
  })

  it('uploads nothing when there is nothing', async () => {
    const { kept } = await keep(NONE, { KEEP_MODULE: upload('hangs') })
    expect(kept.reports).toEqual({
      path: '',
      files: [],
      notWritten: ['latest_closed_loop_report.json', 'latest_run_meta.json'],
      artifact: { kind: 'none' },
    })
    expect(kept.warnings.map(({ kind }) => kind)).toEqual(['report-absent'])
    expect(kept.warnings[0]).toMatchObject({ detail: 'it could not be read: permission denied' })
  })

  it('warns of what cannot be tied to a run that is known, and not of each file where none is', async () => {
    const file = (because: 'run' | 'meta'): ReportFile => ({ kind: 'unproven', because, detail: 'x' })
    const warned = async (because: 'run' | 'meta') =>
      (await keep({ ...NONE, runtimeAssess: file(because) }, { KEEP_MODULE: upload('hangs') })).kept.warnings
    expect(await warned('run')).toEqual([])
    expect(await warned('meta')).toMatchObject([
      { kind: 'report-absent', detail: 'the file on the host is not proven to be of this run: x' },
    ])
  })

  it('makes a warning of a directory that cannot be written', async () => {
    await writeFile(join(temp, 'file'), '')
    const { kept } = await keep(FILES, { KEEP_TEMP: join(temp, 'file') })
    expect(kept.reports.files).toEqual([])
    expect(kept.warnings.at(-1)).toMatchObject({ kind: 'artifact-failed' })
  })
})

describe('keepDiagnostics', () => {
  const keepDiagnostics = (
    texts: Readonly<Record<string, string>>,
    environment: Readonly<Record<string, string>>,
  ) => keep<KeptDiagnostics>(FILES, { KEEP_DIAGNOSTICS: JSON.stringify(texts), ...environment })

  it('writes what the host sent for its user only, masked and printable, and uploads it as the second artifact', async () => {
    await using server = await startResultsServer({ behaviour: 'accepts' })
    const { kept, otherLines } = await keepDiagnostics(
      { journal: 'begun\ncanary\n', 'logs-a/../b': '\u001b[31mca\u001b[0mnary 交易\n', reports: 'x' },
      { ACTIONS_RESULTS_URL: server.url, ACTIONS_RUNTIME_TOKEN: server.token, KEEP_NAME: 'audit' },
    )
    const path = join(temp, 'closed-loop', 't-1-diagnostics')
    const [artifact] = server.artifacts()
    expect(kept).toEqual({
      diagnostics: {
        kind: 'kept',
        path,
        artifact: {
          kind: 'uploaded',
          id: artifact?.id,
          url: `https://github.com/acme/trade/actions/runs/77/artifacts/${artifact?.id}`,
          name: 'audit-2-diagnostics',
        },
      },
      warnings: [],
    })
    const files = Object.fromEntries(
      [...(artifact?.files ?? [])].map(([name, bytes]) => [name, bytes.toString()]),
    )
    expect(files).toEqual({
      'journal.txt': 'begun\n***\n',
      'logs-a_.._b.txt': '*** 交易\n',
      'reports-2.txt': 'x',
      'reports.txt': [
        'latest_runtime_assess.json: accepted, from the directory of this run.',
        'latest_closed_loop_report.json: not accepted: the runner did not write it.',
        'latest_run_meta.json: not accepted: the file on the host is of another run: it names run 20260101T000000Z.',
        '',
        'The gate was not reached.',
        '',
      ].join('\n'),
    })
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect((await stat(join(path, 'journal.txt'))).mode & 0o777).toBe(0o600)
    expect(otherLines).toEqual([])
  })

  it.each([
    ['a service that refuses', 'https://github.com', '403'],
    [
      'a server that has none',
      'https://ghes.example.com',
      'https://ghes.example.com has no artifact service',
    ],
  ])('makes a warning of %s, which says where the files are', async (_, KEEP_SERVER, says) => {
    await using server = await startResultsServer({ behaviour: 'refuses' })
    const { kept } = await keepDiagnostics(
      { journal: 'begun\n' },
      { ACTIONS_RESULTS_URL: server.url, ACTIONS_RUNTIME_TOKEN: server.token, KEEP_SERVER },
    )
    const path = join(temp, 'closed-loop', 't-1-diagnostics')
    expect(kept.diagnostics).toEqual({ kind: 'kept', path, artifact: { kind: 'none' } })
    expect(kept.warnings).toEqual([{ kind: 'diagnostics-failed', detail: expect.stringContaining(says) }])
    expect(kept.warnings).toEqual([{ kind: 'diagnostics-failed', detail: expect.stringContaining(path) }])
  })

  it('has another name for those of a post step, whose step may have uploaded its own', async () => {
    await using server = await startResultsServer({ behaviour: 'accepts' })
    const service = {
      ACTIONS_RESULTS_URL: server.url,
      ACTIONS_RUNTIME_TOKEN: server.token,
      KEEP_NAME: 'audit',
    }
    await keepDiagnostics({ journal: 'of the step\n' }, service)
    const again = await keepDiagnostics({ journal: 'of post\n' }, service)
    expect(again.kept.warnings).toMatchObject([{ kind: 'diagnostics-failed' }])
    const post = await keepDiagnostics(
      { journal: 'of post\n' },
      { ...service, KEEP_DIAGNOSTICS_NAME: 'post-diagnostics' },
    )
    expect(post.kept).toMatchObject({
      diagnostics: { path: join(temp, 'closed-loop', 't-1-post-diagnostics') },
      warnings: [],
    })
    expect(server.artifacts().map(({ name }) => name)).toEqual([
      'audit-2-diagnostics',
      'audit-2-post-diagnostics',
    ])
  })

  it('makes a warning of a directory that cannot be written', async () => {
    await writeFile(join(temp, 'no-directory'), '')
    const { kept } = await keepDiagnostics({ journal: '' }, { KEEP_TEMP: join(temp, 'no-directory') })
    expect(kept).toMatchObject({ diagnostics: { kind: 'none' }, warnings: [{ kind: 'diagnostics-failed' }] })
  })
})

describe('uploadInThread', () => {
  const request = { name: 'x', files: [], rootDirectory: '/' }
  const run = (name: string, seconds = 30) => uploadInThread(pathToFileURL(upload(name)), request, seconds)

  it('gives up at its deadline, and ends the thread', async () => {
    expect(await run('hangs', 1)).toEqual({ kind: 'failed', detail: 'no answer after 1 s' })
  })

  it.each([
    ['throws', 'cannot load'],
    ['exits', 'the upload ended without a reply (exit code 3)'],
    ['talks', 'PUT https://blob.example/a/b/c?*** answered 403'],
    ['does-not-exist', 'Cannot find module'],
  ])('makes a reply of a module that %s', async (name, detail) => {
    expect(await run(name)).toEqual({ kind: 'failed', detail: expect.stringContaining(detail) })
  })
})

describe('artifactName', () => {
  const parts = { given: undefined, job: 'deploy', runAttempt: '2', transactionId: 't-1' }

  it('has the job, the attempt and the transaction, or the given name and the attempt', () => {
    expect(artifactName(parts)).toBe('closed-loop-deploy-2-t-1')
    expect(artifactName({ ...parts, given: 'audit' })).toBe('audit-2')
  })

  it('has no character that the service refuses', () => {
    expect(artifactName({ ...parts, given: 'a":<>|*?\r\n\\/b' })).toBe('a-----------b-2')
  })
})

describe('hasArtifactService', () => {
  it.each([
    ['https://github.com', true],
    ['https://acme.ghe.com', true],
    ['http://runner.localhost:8080', true],
    ['https://github.com.evil.example', false],
    ['https://ghes.example.com', false],
    ['http://localhost', false],
    ['not a URL', false],
  ])('%s: %p', (server, supported) => {
    expect(hasArtifactService(server)).toBe(supported)
  })
})
