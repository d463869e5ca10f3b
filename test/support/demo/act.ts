import type { Release } from '../releases/releases.ts'
import type { ResultsServer } from '../results-server/results-server.ts'
import { type ActionRun, runAction } from '../runner/run-action.ts'
import { lookAtServer } from './reality.ts'
import type { Screen } from './screen.ts'
import type { Server, StageStep } from './stage.ts'
import { type StyledLine, styled, wrap } from './styled-text.ts'
import { renderSummaryText } from './summary-text.ts'
import type { Deployment } from './verdict.ts'

const UNFORESEEN = 'This is a mistake of the demo or of the action: please report it with the lines above.'

export const GOOD: Act = {
  heading: 'Deploy v2, a good release',
  why: 'As a step of a workflow would: the bundled action from dist/, started as the GitHub runner starts it. It should end as promoted.',
  name: 'v2, good',
  outcome: 'promoted',
  ifItFails: UNFORESEEN,
}

export const BAD: Act = {
  heading: 'Deploy v3, which logs CRITICAL',
  why: 'Its containers come up healthy, so `docker compose up --wait` would call it a success. The closed loop should say FAIL, and v2 should run again.',
  name: 'v3, logs CRITICAL',
  outcome: 'rolled_back',
  ifItFails: UNFORESEEN,
}

/** One deployment. */
export interface Act extends StageStep {
  readonly name: string
  readonly outcome: 'promoted' | 'rolled_back'
}

/** What every deployment is played with. */
export interface Play {
  readonly screen: Screen
  readonly server: Server
  readonly results: ResultsServer
}

/** Runs the action as the GitHub runner would, shows all that a person would see of it, and looks at the server. */
export async function deploy(
  act: Act,
  release: Release,
  staysAfterwards: Release,
  play: Play,
): Promise<Deployment> {
  const { screen, server, results } = play
  screen.say(
    `with: { host: ${server.host.address}, username: ${server.host.username}, image: ${release.reference}, … }`,
    'code',
  )
  const uploadedBefore = results.artifacts().length
  await using run = await runWithLog(release, play)
  screen.say('')
  screen.framed(
    `Job summary, as GitHub shows it on the page of the run (exit code ${run.exitCode}, so the step ${run.conclusion === 'success' ? 'succeeds' : 'fails'})`,
    renderSummaryText(run.summary, screen.width - 2),
  )
  showUploads(results, uploadedBefore, screen)
  return {
    name: act.name,
    expected: { outcome: act.outcome, release: staysAfterwards },
    reported: { exitCode: run.exitCode, outputs: run.outputs },
    reality: await lookAtServer(server),
  }
}

async function runWithLog(
  release: Release,
  { screen, server: { host, projectDir }, results }: Play,
): Promise<ActionRun> {
  using live = screen.live()
  return await runAction({
    inputs: {
      host: host.address,
      port: String(host.sshPort),
      username: host.username,
      'private-key': host.clientKey,
      'known-hosts': host.knownHosts,
      image: release.reference,
      registry: host.registry.address,
      'registry-username': host.registry.username,
      'registry-password': host.registry.password,
      'project-dir': projectDir,
      variables: JSON.stringify({ CLOSED_LOOP_OUTPUT_ROOT: 'data/reports/closed_loop' }),
    },
    secrets: [host.clientKey, host.registry.password],
    results,
    onLine: (line) => {
      if (!isSwitch(line)) live.line(line)
    },
  })
}

/** Lines by which the action tells the runner to read no commands for a while: nothing for a person. */
function isSwitch(line: string): boolean {
  return line.startsWith('::stop-commands::') || line === '::***::'
}

const SHOWN_LINES = 6

/** The artifacts that came in since there were `before`. */
function showUploads(results: ResultsServer, before: number, screen: Screen): void {
  const lines = results
    .artifacts()
    .slice(before)
    .flatMap(({ name, files }) => [
      styled(name, 'bold'),
      ...(name.endsWith('-diagnostics')
        ? wrap(styled(`  ${[...files.keys()].toSorted().join(' ')}`, 'code'), screen.width - 2)
        : [...files].flatMap(([path, content]) => beginningOf(path, content, screen.width - 2))),
    ])
  screen.say('')
  screen.framed(
    'Uploaded as an artifact of the run',
    lines.length === 0 ? [styled('nothing', 'doubtful')] : lines,
  )
}

function beginningOf(path: string, content: Buffer, width: number): readonly StyledLine[] {
  const lines = content.toString('utf8').trimEnd().split('\n')
  const shown = lines.flatMap((line) => wrap(styled(`    ${line}`, 'dim'), width)).slice(0, SHOWN_LINES)
  return [
    [...styled(`  ${path}`, 'code'), ...styled(` (${content.length} bytes)`)],
    ...shown,
    ...(lines.length > shown.length ? [styled('    …', 'dim')] : []),
  ]
}
