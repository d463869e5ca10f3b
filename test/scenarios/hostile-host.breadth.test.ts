import { readdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  LIGHT_INPUTS,
  LIGHT_VARIABLES,
  type LightStack,
  lightStack,
} from '../support/light-stack/light-stack.ts'
import { publish } from '../support/private-host/publish.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  type Claim,
  type DeployRun,
  deployRelease,
  expectNoSecret,
  expectPromoted,
  expectSameAsBefore,
  expectTruthful,
  type HostState,
  hostState,
  readable,
} from '../support/scenario/scenario.ts'

/**
 * A host, a release and a runner that say whatever they can, on the light stack: words that only ever are log lines and
 * sentences of a report stand in hostile-words.breadth.test.ts, names of runs in test/host/program/hostile-runs.test.ts.
 */
const host = workerHost()
let stack: LightStack
/** The last one that was promoted. */
let transaction = ''

/** What appears only if something was executed, on the host or on the runner. */
const CANARY = '/tmp/forged-by-a-host'
const FORGING = `::set-output name=outcome::promoted <img src=x> | $(touch ${CANARY}) \`touch ${CANARY}\` ##[error]forged`

const LINE = [
  'ai-trade',
  'ai-trade',
  '1',
  'False',
  'sha256:forged',
  'forged:1',
  'running',
  'healthy',
  'no:0',
  '-',
  'forged',
  '2026-01-01T00:00:00Z',
  ...['0', '0', 'false', 'lasting', '-'],
].join('\t')

/** Starts one; labels come encoded, so that no shell on the way reads them. */
async function foreign(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const words = Object.entries(labels).map(
    ([label, value]) =>
      `"$(printf '%s' '${Buffer.from(`${label}=${value}`).toString('base64')}' | base64 -d)"`,
  )
  await host.sh(
    `docker run --detach --name '${name}' ${words.map((word) => `--label ${word}`).join(' ')} closed-loop-base/busybox sleep 86400`,
  )
}

/** Beside everything that happens here. */
const THEIRS = ['in-the-project', 'of-another'] as const

beforeAll(async () => {
  stack = await lightStack(host)
  await foreign('in-the-project', {
    'com.docker.compose.project': 'ai-trade',
    'com.docker.compose.service': `${FORGING}\n${LINE}\nbegin\t/${LINE}\nfact\tpromoted`,
    'com.docker.compose.container-number': `$(touch ${CANARY}-number)\n${LINE}`,
    'com.docker.compose.oneoff': `False\t${FORGING}`,
    'com.docker.compose.project.working_dir': `/tmp/$(touch ${CANARY}-directory)`,
    'com.docker.compose.project.config_files': `$(touch ${CANARY}-files),-f`,
    'com.docker.compose.config-hash': FORGING,
    'com.docker.compose.image': 'sha256:forged',
    'closed-loop.transaction': `x\nai-trade\tclosed-loop-hold:x`,
  })
  // It says of others that they are its own project's.
  await foreign('of-another', {
    'com.docker.compose.project': `other\nai-trade\tother\nai-trade-watchdog\t${FORGING}`,
    'com.docker.compose.service': `* ${FORGING}`,
  })
})

afterAll(async () => {
  await host.run(`docker rm --force ${THEIRS.join(' ')}`)
})

afterEach(async () => {
  const { stdout } = await host.run(`ls /tmp / /root /opt/ai-trade /opt/ai-trade/tools | grep forged`)
  const here = readdirSync('/tmp').filter((name) => `/tmp/${name}`.startsWith(CANARY))
  expect({ host: stdout, here }).toEqual({ host: '', here: [] })
})

interface Deployed extends AsyncDisposable {
  readonly before: HostState
  readonly after: HostState
  readonly run: DeployRun
  readonly release: Release
}

async function deployed(
  release: Release,
  variables: Readonly<Record<string, string>> = {},
): Promise<Deployed> {
  const before = await hostState(host)
  const run = await deployRelease(host, {
    image: release,
    inputs: LIGHT_INPUTS,
    variables: { ...LIGHT_VARIABLES, ...variables },
  })
  const after = await hostState(host)
  return { before, after, run, release, [Symbol.asyncDispose]: run.dispose }
}

/** Whatever happened: theirs are left alone; no command, no forged line, nothing secret, and nothing without bounds. */
async function expectInert({ before, after, run }: Deployed): Promise<void> {
  expect(THEIRS.map((name) => after.containers[name])).toEqual(THEIRS.map((name) => before.containers[name]))
  expect(readable(run.summary)).not.toMatch(/forged:1|drift|did not match the files/)
  expect({ forged: run.forgedOrUnknownCommands, runner: run.runnerErrors }).toEqual({
    forged: [],
    runner: [],
  })
  expect(run.summary).not.toMatch(/<img|^::/m)
  expect(Buffer.byteLength(run.summary)).toBeLessThan(200_000)
  expect(run.rawLog.length).toBeLessThan(300_000)
  await expectNoSecret(run, stack.canaries, host)
}

async function published(tag: string, dockerfile: string, script?: string): Promise<Release> {
  const reference = `${host.registry.address}/light:${tag}`
  const files = script === undefined ? {} : { 'enter.sh': `#!/bin/sh\n${script}\n` }
  const { imageId } = await publish(host, {
    reference,
    dockerfile: `FROM closed-loop-base/busybox\nLABEL tag=${tag}\n${dockerfile}\n`,
    files,
  })
  return { reference, imageId }
}

const without = (state: HostState, ...names: readonly string[]): HostState => ({
  ...state,
  containers: Object.fromEntries(Object.entries(state.containers).filter(([name]) => !names.includes(name))),
})

function expectTakenOut({ before, after, run, release }: Deployed, why: Omit<Claim, 'outcome'>): void {
  expectSameAsBefore(before, after)
  const shown = (state: HostState) => without(state, 'of-another')
  expectTruthful(
    run,
    { outcome: 'rolled_back', ...why },
    { before: shown(before), after: shown(after), release },
  )
}

/** What somebody else runs in the project is held with the rest. */
function expectPutIn({ before, after, run, release }: Deployed): void {
  expect({ log: run.log, outcome: run.outputs.outcome }).toEqual({ log: run.log, outcome: 'promoted' })
  expectPromoted(without(before, 'of-another'), without(after, ...THEIRS), release)
}

const LONG_LINE = "head -c 10000000 /dev/zero | tr '\\000' x"
const enter = 'COPY enter.sh /enter.sh\nENTRYPOINT ["sh", "/enter.sh"]'
const RUN_ID = `::set-output name=run-id::x $(touch forged-by-a-run) ghadelimiter_x run-id=运行 <img src=x> -`

/** A runner of many words, whose run has this very name; `reports` is shell text beside `put NAME`, which reads stdin. */
async function runner(reports: string): Promise<void> {
  const script = `#!/bin/sh
root=$7
run=$root/$(printf '%s' '${Buffer.from(RUN_ID).toString('base64')}' | base64 -d)$(date -u +%H%M%S)
mkdir -p "$run"
put() { cat >"$run/$1"; }
echo 'said before the long line'
${LONG_LINE}; echo
echo 'said after the long line'
${reports}
printf '{"run_id":"%s","action":"assess","stage":"S3"}' "\${run##*/}" | put run_meta.json
printf '%s\\n' "the run is $run"
echo 'said before the longer end'
${LONG_LINE}
`
  await host.sh(`cat >'${stack.projectDir}/tools/closed_loop_runner.sh'`, { stdin: script })
}

it('rolls back beside containers whose labels would be lines of the host program', async () => {
  await using failed = await deployed(stack.releases.bad)

  expectTakenOut(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
  await expectInert(failed)
})

itOf('all')(
  'measures a release as bad by a sentence of 7.9 MB, beside a report that is too long, and says it shortly',
  async () => {
    const words = `{ printf '{"stage":"S3","verdict":"FAIL","fail_reasons":["'; head -c 7900000 /dev/zero | tr '\\000' f; printf '","said after it"]}'; }`
    await runner(`${words} | put runtime_assess.json
{ printf '{"overall_status":"PASS","x":"'; head -c 8400000 /dev/zero | tr '\\000' x; printf '"}'; } | put closed_loop_report.json`)
    await using failed = await deployed(stack.releases.one)

    const { run } = failed
    expectTakenOut(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    expect(readable(run.summary)).toMatch(/- f{300}…/)
    expect(readable(run.summary)).toContain('said after it')
    expect(readable(run.summary)).toContain('it has 84000')
    await expectInert(failed)
  },
)

itOf('all')('shows the last words of a crash behind lines of 10 MB', async () => {
  const crashing = await published(
    'loud-crash',
    enter,
    `${LONG_LINE}; echo; echo 'last words after the long line'; exit 3`,
  )
  await using failed = await deployed(crashing)

  const { run } = failed
  expectTakenOut(failed, { reason: 'health.crashed', gate: 'not_run', fault: 'release' })
  const tail = run.groups.find(({ name }) => name.includes('ai-trade'))?.lines.join('\n') ?? ''
  expect(tail).toContain('last words after the long line')
  expect(tail).toMatch(/a line of \d+ bytes was left out/)
  await expectInert(failed)
})

it('promotes over lines of 10 MB, of the release and of the runner, and hears what comes after them', async () => {
  const loud = await published(
    'loud',
    `LABEL verdict=PASS\n${enter}`,
    // One line of evidence before it; the others are what the service logs then.
    `echo RUNTIME_STATUS: before; ${LONG_LINE}; echo; exec "$@"`,
  )
  const words = `{ printf '{"overall_status":"PASS","warn_reasons":["'; head -c 7900000 /dev/zero | tr '\\000' w; printf '"]}'; }`
  await runner(`printf '{"stage":"S3","verdict":"PASS"}' | put runtime_assess.json
${words} | put closed_loop_report.json`)
  await using upgraded = await deployed(loud, { CLOSED_LOOP_MIN_RUNTIME_STATUS: '3' })

  const { run } = upgraded
  expectPutIn(upgraded)
  expect(run.outputs).toMatchObject({ gate: 'pass', 'overall-status': 'PASS' })
  expect(run.outputs['run-id']).toMatch(/^::set-output name=run-id::x .* <img src=x> -\d{6}$/)
  for (const said of ['said before the long line', 'said after the long line', 'said before the longer end'])
    expect(run.log).toContain(said)
  expect(run.log.match(/\(a line of 1000000[01] bytes was left out\)/g)).toHaveLength(2)
  const [artifact] = run.artifacts
  expect(artifact?.files.get('latest_closed_loop_report.json')?.length).toBeGreaterThan(7_900_000)
  await expectInert(upgraded)
  transaction = run.outputs['transaction-id'] ?? ''
})

it('keeps a release in service whose image says that it belongs to the transaction before', async () => {
  expect(transaction).not.toBe('')
  const labelled = await published('labelled', `LABEL verdict=PASS closed-loop.transaction=${transaction}`)
  await using upgraded = await deployed(labelled)

  expectPutIn(upgraded)
  await expectInert(upgraded)
})
