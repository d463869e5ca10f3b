import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { itOf } from '../../support/jest/tiers.ts'
import { type ResultsServer, startResultsServer } from '../../support/results-server/results-server.ts'
import { nodeForActions } from '../../support/runner/node-binary.ts'
import { type ActionRun, runStep } from '../../support/runner/run-step.ts'
import { createStepDirectories } from '../../support/runner/step-directories.ts'

const node = nodeForActions(fileURLToPath(new URL('../../../../', import.meta.url)))
const uploadScript = fileURLToPath(new URL('./steps/upload.mjs', import.meta.url))
const servers: ResultsServer[] = []
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'upload-'))
})

afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())))
afterAll(() => rm(directory, { recursive: true }))

async function serve(
  behaviour: Parameters<typeof startResultsServer>[0]['behaviour'],
): Promise<ResultsServer> {
  const server = await startResultsServer({ behaviour })
  servers.push(server)
  return server
}

/** Uploads with the real client, in a process of its own as an action would. */
async function upload(
  server: ResultsServer,
  name: string,
  files: Readonly<Record<string, Buffer>>,
  options: { environment?: Record<string, string>; timeoutSeconds?: number } = {},
): Promise<ActionRun> {
  const root = join(directory, name)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  const run = await runStep({
    node,
    script: uploadScript,
    environment: {
      ACTIONS_RESULTS_URL: server.url,
      ACTIONS_RUNTIME_TOKEN: server.token,
      ARTIFACT_NAME: name,
      ARTIFACT_ROOT: root,
      ARTIFACT_FILES: JSON.stringify(Object.keys(files)),
      ...options.environment,
    },
    secrets: [server.token],
    warnings: [],
    timeoutSeconds: options.timeoutSeconds ?? 90,
    onLine: () => undefined,
    directories: await createStepDirectories(),
    cancellation: { how: 'none' },
  })
  await run.dispose()
  return run
}

const report = { 'report.json': Buffer.from('{"verdict":"PASS"}') }

describe('a server that accepts', () => {
  it('holds what the real client uploaded, byte for byte', async () => {
    const server = await serve('accepts')
    const files = {
      'latest_runtime_assess.json': Buffer.from('{"fail_reasons":["RUNTIME_STATUS 条数不足: 0 < 10"]}\n'),
      '日志/empty.log': Buffer.alloc(0),
      '日志/runtime.bin': randomBytes(70_000),
    }
    const run = await upload(server, 'closed-loop-1', files)
    expect(run.outputs).toMatchObject({ id: '1' })
    const [artifact, ...others] = server.artifacts()
    expect(others).toEqual([])
    expect(artifact).toMatchObject({ id: '1', name: 'closed-loop-1', expires: 'default' })
    expect(artifact?.hash).toBe(`sha256:${run.outputs.digest}`)
    expect([...(artifact?.files.keys() ?? [])].sort()).toEqual(Object.keys(files).sort())
    for (const [path, content] of Object.entries(files)) {
      expect(artifact?.files.get(path)?.equals(content)).toBe(true)
    }
  })

  it('puts the blocks of a large file together in the order of the list', async () => {
    const server = await serve('accepts')
    const content = randomBytes(20 * 1024 * 1024)
    await upload(server, 'large', { 'large.bin': content })
    const blocks = server.requests.filter((request) => request.method === 'PUT')
    expect(blocks.length).toBeGreaterThan(3)
    expect(server.artifacts()[0]?.files.get('large.bin')?.equals(content)).toBe(true)
  })

  it('knows how long an artifact is to be kept', async () => {
    const server = await serve('accepts')
    await upload(server, 'kept', report, { environment: { RETENTION_DAYS: '3' } })
    const expires = server.artifacts()[0]?.expires
    if (!(expires instanceof Date)) throw new Error('no date')
    expect((expires.getTime() - Date.now()) / 86_400_000).toBeCloseTo(3, 2)
  })

  it('refuses a name that is taken, and the token of another run', async () => {
    const server = await serve('accepts')
    await upload(server, 'twice', report)
    expect((await upload(server, 'twice', report)).outputs.error).toContain('409')
    const other = await serve('accepts')
    const environment = { ACTIONS_RUNTIME_TOKEN: other.token }
    expect((await upload(server, 'foreign', report, { environment })).outputs.error).toContain('401')
    expect(server.artifacts()).toHaveLength(1)
  })
})

describe('a server that does not', () => {
  it('refuses at once with 403', async () => {
    const server = await serve('refuses')
    const run = await upload(server, 'refused', report)
    expect(run.outputs.error).toContain('403')
    expect(run.durationMilliseconds).toBeLessThan(10_000)
    expect(server.requests).toHaveLength(1)
  })

  itOf('ci')('fails with 500 until the client gives up, within a minute', async () => {
    const server = await serve('fails')
    const run = await upload(server, 'failed', report)
    expect(run.outputs.error).toContain('500')
    expect(run.durationMilliseconds).toBeLessThan(60_000)
    expect(server.requests.length).toBeGreaterThan(1)
    expect(server.artifacts()).toEqual([])
  })

  it('hangs: the request arrives, no answer comes, and stopping it ends the wait', async () => {
    const server = await serve('hangs')
    const pending = upload(server, 'hung', report)
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    await server.stop()
    expect((await pending).outputs.error).toMatch(/ECONNRESET|ECONNREFUSED|socket hang up/)
  })
})
