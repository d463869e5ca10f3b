import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { deployLight } from '../faults/cell.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { lightFiles } from '../support/light-stack/files.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { placeFiles } from '../support/releases/example-files.ts'
import { readContainers } from '../support/scenario/host-state.ts'
import {
  type Deployment,
  type DeployRun,
  expectNoSecret,
  expectNothingOfOursLeft,
  expectSameAsBefore,
  expectUntouched,
  hostState,
} from '../support/scenario/scenario.ts'
import { treeOf } from '../support/scenario/tree.ts'

type CheckedOut = NonNullable<Deployment['checkedOut']>

const PROJECT = '/opt/ai-trade'
const FILES = 'docker-compose.prod.yml\ntools\ndeploy/ops -> ops'
const ENTRIES = ['docker-compose.prod.yml', 'tools', 'ops'] as const

let stack: LightStack
/** The compose file and the runner of the light stack. */
let light: { readonly compose: string; readonly runner: string }

/** A service that nobody asked to deploy; it mounts what the release brings, and reads it when it starts. */
const PROXY = (volume = '') => `  proxy:
    image: \${AI_TRADE_SCHEDULER_IMAGE}
    container_name: proxy
    stop_signal: SIGKILL
    volumes: ["./ops:/ops:ro", "cache:/cache"]
    command: ["sh", "-c", "cat /ops/settings.conf >/seen; exec sleep 86400"]
volumes:
  cache: {${volume}}
`

/** What a release adds: it writes into the state as soon as it runs. */
const WRITER = `  writer:
    image: \${AI_TRADE_SCHEDULER_IMAGE}
    container_name: writer
    stop_signal: SIGKILL
    volumes: ["./data:/data"]
    command: ["sh", "-c", "echo new >/data/models/model; echo more >/data/models/added; exec sleep 86400"]
`

/** A release in the workspace; `ops` as the tests change it. */
const workspace = (ops: CheckedOut, compose = light.compose + PROXY()): CheckedOut => ({
  'docker-compose.prod.yml': compose,
  'tools/closed_loop_runner.sh': { text: light.runner, mode: 0o755 },
  ...Object.fromEntries(Object.entries(ops).map(([name, content]) => [`deploy/ops/${name}`, content])),
})

const FIRST: CheckedOut = {
  'settings.conf': 'first\n',
  'gone.conf': 'gone\n',
  'run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
}
const SECOND: CheckedOut = {
  'settings.conf': { text: 'second\n', mode: 0o640 },
  'run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
  'deep/added.conf': 'added\n',
  'deep/now': { link: '../settings.conf' },
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const seenByProxy = () => stack.host.sh('docker exec proxy cat /seen /ops/settings.conf')
const tree = () => treeOf(stack.host, PROJECT)
const proxyOf = (state: Awaited<ReturnType<typeof hostState>>) => {
  const { id, startedAt } = state.containers.proxy ?? {}
  return { id, startedAt }
}

async function incoming(): Promise<string> {
  return stack.host.sh(`ls '${PROJECT}/.closed-loop/incoming' 2>/dev/null || :`)
}

function deployed(
  image: LightStack['releases']['one'],
  checkedOut: CheckedOut,
  { inputs, ...more }: Omit<Deployment, 'image'> = {},
): Promise<DeployRun> {
  return deployLight(stack, image, { ...more, checkedOut, inputs: { files: FILES, ...inputs } })
}

const outcomeOf = ({ outputs, errors, log }: DeployRun) => ({
  outcome: outputs.outcome,
  reason: outputs.reason,
  ...(outputs.outcome === 'promoted' ? {} : { said: errors.map(({ message }) => message).join('\n') }),
  ...(outputs.outcome === 'promoted' && errors.length === 0 ? {} : { log }),
})

beforeAll(async () => {
  const host = workerHost()
  stack = await lightStack(host)
  const [compose, runner] = await Promise.all([
    host.sh(`cat '${PROJECT}/docker-compose.prod.yml'`),
    host.sh(`cat '${PROJECT}/tools/closed_loop_runner.sh'`),
  ])
  light = { compose, runner }
  await host.sh(`
cd '${PROJECT}' || exit 1
mkdir -p ops data/models && echo first >ops/settings.conf && echo gone >ops/gone.conf && echo old >data/models/model
printf '#!/bin/sh\\n' >ops/run.sh && chmod 755 ops ops/run.sh tools && chmod 644 ops/*.conf docker-compose.prod.yml
cat >>docker-compose.prod.yml <<'EOT'
${PROXY()}EOT
docker compose -f docker-compose.prod.yml --env-file .env.runtime up -d proxy`)
}, 120_000)

describe('files of the release', () => {
  it('are refused before a connection, each with its reason', async () => {
    const before = await hostState(stack.host)
    const checkedOut = { 'tools/a': '', 'tools/out': { link: '../../../../etc/passwd' } }
    await using wrong = await deployed(stack.releases.other, checkedOut, {
      inputs: {
        files: '../x\n/etc/y\ntools -> data/tools\ntools -> .env.runtime',
        'state-files': '.closed-loop',
      },
    })
    await using escaping = await deployed(stack.releases.other, checkedOut, {
      inputs: { files: 'tools\nabsent', port: 'x' },
    })

    expect([wrong.outputs.reason, escaping.outputs.reason]).toEqual(['config.invalid', 'config.invalid'])
    expect(wrong.errors[0]?.message).toMatch(/\(line 1\).*\(line 2\).*\(line 3\).*state-files/su)
    expect(escaping.errors[0]?.message).toMatch(/port.*link that leaves.*tools\/out.*there is none.*absent/su)
    expect(wrong.log + escaping.log).not.toContain('Connected to')
    expectUntouched(before, await hostState(stack.host))
  })

  it('are refused where they change a volume that exists', async () => {
    const before = await hostState(stack.host)
    const changed = light.compose + PROXY('labels: {a: b}')
    await using run = await deployed(stack.releases.other, workspace(SECOND, changed))

    expect(outcomeOf(run)).toMatchObject({ outcome: 'unchanged', reason: 'preflight.refused' })
    expect(run.errors[0]?.message).toContain('changes the definition of the volume cache')
    expectUntouched(before, await hostState(stack.host))
    expect(await incoming()).toBe('')
  })

  it('come into service with the release, and what mounts them sees them', async () => {
    const before = await hostState(stack.host)
    await using run = await deployed(stack.releases.other, workspace(SECOND))

    expect(outcomeOf(run)).toEqual({ outcome: 'promoted', reason: '' })
    const after = await hostState(stack.host)
    expect(Object.entries(await tree()).filter(([path]) => path.startsWith('ops'))).toEqual(
      expect.arrayContaining([
        ['ops', '755 0:0 directory'],
        ['ops/settings.conf', `640 0:0 ${sha256('second\n')}`],
        ['ops/run.sh', `755 0:0 ${sha256('#!/bin/sh\n')}`],
        ['ops/deep', '755 0:0 directory'],
        ['ops/deep/added.conf', `644 0:0 ${sha256('added\n')}`],
        ['ops/deep/now', '777 0:0 link ../settings.conf'],
      ]),
    )
    expect(Object.keys(await tree())).not.toContain('ops/gone.conf')
    expect(after.containers['ai-trade']?.imageId).toBe(stack.releases.other.imageId)
    expect(await seenByProxy()).toBe('second\nsecond\n')
    expect(proxyOf(after).id).not.toBe(proxyOf(before).id)
    expect(run.log).toContain('sending 2 files (13 bytes)')
    expect(run.log).toContain('which are deployed too: proxy')
    expect(run.summary).toContain(
      'Changed by the release: <code>ops</code>; 2 other paths unchanged. Sent: 2 files, 13 bytes',
    )
    expectNothingOfOursLeft({ ...after, tags: {} })
    expect(await incoming()).toBe('')
    await expectNoSecret(run, stack.canaries, stack.host)
  })

  it('are not sent again, and have nothing recreated, where the host has them', async () => {
    const before = await hostState(stack.host)
    await using run = await deployed(stack.releases.other, workspace(SECOND))

    expect(outcomeOf(run)).toEqual({ outcome: 'promoted', reason: '' })
    const after = await hostState(stack.host)
    expect(after.files).toEqual(before.files)
    expect(proxyOf(after)).toEqual(proxyOf(before))
    expect(after.containers['ai-trade']?.id).toBe(before.containers['ai-trade']?.id)
    expect(run.log).toContain('nothing is sent')
    expect(run.summary).toContain('The host had all files of the release already.')
  })

  it('go back with a release that fails, byte for byte, and so does the state', async () => {
    const before = await hostState(stack.host)
    const treeBefore = await tree()
    const compose = light.compose + WRITER + PROXY()
    await using run = await deployed(stack.releases.bad, workspace(FIRST, compose), {
      inputs: { 'state-files': 'data/models' },
      variables: { DEPLOY_SERVICES: 'ai-trade watchdog scheduler writer' },
    })

    expect(outcomeOf(run)).toMatchObject({ outcome: 'rolled_back', reason: 'gate.failed' })
    expect(await tree()).toEqual(treeBefore)
    const after = await hostState(stack.host)
    expectSameAsBefore(before, after)
    expect(await seenByProxy()).toBe('second\nsecond\n')
    expect(await stack.host.sh(`cd '${PROJECT}/data/models' && head *`)).toBe('old\n')
    expect(run.log).toMatch(/State files to copy for a rollback: \S+ KiB \(limit 1\.0 GiB\); \S+ GiB free/u)
    await expectNoSecret(run, stack.canaries, stack.host)
  })
})

describe('files of a first deployment', () => {
  const standing = async () => (await readContainers(stack.host)).map(({ name }) => name).toSorted()

  it('go away again with it where it fails, and come with a good one', async () => {
    const { host, releases } = stack
    const { files } = lightFiles(PROJECT, releases.one.reference, releases.scheduler.reference, {
      kind: 'at-once',
    })
    await host.sh(`docker ps -aq | xargs -r docker rm -f -v >/dev/null
docker network ls -q --filter label=com.docker.compose.project | xargs -r docker network rm >/dev/null
docker volume ls -q | xargs -r docker volume rm >/dev/null
rm -rf '${PROJECT}'
${placeFiles(
  PROJECT,
  files.filter(({ path }) => path === '.env.runtime'),
)}`)
    const treeBefore = await tree()
    await using failed = await deployed(releases.bad, workspace(SECOND))

    expect(outcomeOf(failed)).toMatchObject({ outcome: 'rolled_back', reason: 'gate.failed' })
    expect({ ...(await tree()), data: undefined }).toEqual({ ...treeBefore, data: undefined })
    expect(await standing()).toEqual([])

    await using good = await deployed(releases.one, workspace(SECOND))

    expect(outcomeOf(good)).toEqual({ outcome: 'promoted', reason: '' })
    expect(Object.keys(await tree())).toEqual(expect.arrayContaining([...ENTRIES, 'ops/deep/added.conf']))
    expect((await hostState(host)).containers['ai-trade']?.imageId).toBe(releases.one.imageId)
    // Nobody asked for the proxy, and nothing of it ran.
    expect((await standing()).filter((name) => !name.startsWith('closed-loop-'))).toEqual([
      ...['ai-trade', 'ai-trade-scheduler', 'ai-trade-watchdog'],
    ])
  })
})
