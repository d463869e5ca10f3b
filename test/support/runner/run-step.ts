import { constants } from 'node:os'
import { type Cancellation, type Cancelled, watchFor } from './cancellation.ts'
import { parseCommandFile } from './command-file.ts'
import { type ProcessEnd, runCancelledProgram } from './node-process.ts'
import { readCommandFile, type StepDirectories } from './step-directories.ts'
import { type Annotation, type LogGroup, StepLog } from './step-log.ts'

/** One phase (main or post) of a step, as the runner starts it. */
export interface StepInvocation {
  readonly node: string
  readonly script: string
  /** What the runner adds to its own variables: inputs, the step's env, tokens. */
  readonly environment: Readonly<Record<string, string>>
  /** Masked in the log from the start. */
  readonly secrets: readonly string[]
  /** Warnings that the runner prints before it starts the program. */
  readonly warnings: readonly string[]
  readonly timeoutSeconds: number
  /** Each line of the log as a person sees it, as it appears. */
  readonly onLine: (line: string) => void
  /** New ones for main; those of main, with new command files, for post. The run disposes of them. */
  readonly directories: StepDirectories
  readonly cancellation: Cancellation | { readonly how: 'none' }
}

/** What a step did, as far as the runner can tell. */
export interface ActionRun extends AsyncDisposable {
  /** 128 plus the signal's number if a signal ended the program. */
  readonly exitCode: number
  readonly ended: Exclude<ProcessEnd, { how: 'timed_out' }>
  /**
   * What the runner makes of it. `cancelled` whatever the exit code, once a signal was sent; with
   * `runnerErrors` it is a failure, in either case.
   */
  readonly conclusion: 'success' | 'failure' | 'cancelled'
  readonly cancelled: Cancelled
  /** Both streams in order of arrival: commands as printed, secrets in the clear. */
  readonly rawLog: string
  /** As a person sees it: masks applied, commands interpreted, debug lines left out. */
  readonly log: string
  readonly annotations: readonly Annotation[]
  readonly groups: readonly LogGroup[]
  /** The values that the action itself asked to mask, in order. */
  readonly masks: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  /** The job summary as written; the runner would mask it, this text is not masked. */
  readonly summary: string
  /** What later steps of the job would inherit. */
  readonly environment: {
    readonly variables: Readonly<Record<string, string>>
    readonly path: readonly string[]
  }
  /**
   * Lines outside stop-commands that the runner executed although today's toolkit prints no such command,
   * and lines that have the form of a command it does not know. Masked.
   */
  readonly forgedOrUnknownCommands: readonly string[]
  /** What the runner itself held against the step: a broken command file, a refused command. */
  readonly runnerErrors: readonly string[]
  readonly durationMilliseconds: number
  /** RUNNER_TEMP and GITHUB_WORKSPACE, for inspection until disposed of. */
  readonly runnerTemp: string
  readonly workspace: string
  dispose(): Promise<void>
}

const SUMMARY_LIMIT_BYTES = 1024 * 1024

/** Runs one phase to its end. Throws, with the end of the log, when it outlives its time. */
export async function runStep(invocation: StepInvocation): Promise<ActionRun> {
  const { cancellation, directories } = invocation
  const { workspace, runnerTemp, commandFiles } = directories
  const watch = cancellation.how === 'none' ? undefined : watchFor(cancellation.when)
  const log = new StepLog(invocation.secrets, (line) => {
    invocation.onLine(line)
    watch?.line(line)
  })
  for (const warning of invocation.warnings) log.annotate('warning', '', warning)
  const startedAt = performance.now()
  const { ended, cancelled } = await runCancelledProgram(
    {
      node: invocation.node,
      script: invocation.script,
      workingDirectory: workspace,
      timeoutSeconds: invocation.timeoutSeconds,
      onLine: (line) => log.write(line),
      environment: {
        ...inherited('PATH', 'HOME', 'LANG'),
        ...runnerVariables(workspace, runnerTemp),
        GITHUB_OUTPUT: commandFiles.output,
        GITHUB_STATE: commandFiles.state,
        GITHUB_ENV: commandFiles.environment,
        GITHUB_PATH: commandFiles.path,
        GITHUB_STEP_SUMMARY: commandFiles.summary,
        ...invocation.environment,
      },
    },
    watch === undefined || cancellation.how === 'none'
      ? { how: 'none' }
      : { how: cancellation.how, when: watch.reached },
  ).catch(async (reason) => {
    await directories.remove()
    throw reason
  })
  const durationMilliseconds = performance.now() - startedAt
  if (ended.how === 'timed_out') {
    await directories.remove()
    const tail = log.lines.slice(-40).join('\n')
    throw new Error(`the step did not end within ${invocation.timeoutSeconds} s; its log ends with\n${tail}`)
  }
  // Processed whatever the exit code, as the runner does.
  const outputs = { ...log.outputs, ...(await readValues('output', commandFiles.output, log)) }
  const state = { ...log.state, ...(await readValues('state', commandFiles.state, log)) }
  const variables = await readValues('env', commandFiles.environment, log)
  const path = (await readCommandFile(commandFiles.path)).split('\n').filter((line) => line !== '')
  const summary = await readCommandFile(commandFiles.summary)
  if (Buffer.byteLength(summary) > SUMMARY_LIMIT_BYTES) {
    // An error beside the step, which does not fail for it.
    log.annotate('error', '', '$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k')
  }
  const exitCode = exitCodeOf(ended)
  return {
    exitCode,
    ended,
    conclusion: conclusionOf(exitCode, cancelled, log.runnerErrors),
    cancelled,
    rawLog: joinLines(log.rawLines),
    log: joinLines(log.lines),
    annotations: log.annotations,
    groups: log.groups,
    masks: log.masks,
    outputs,
    state,
    summary,
    environment: { variables, path },
    forgedOrUnknownCommands: log.suspiciousLines,
    runnerErrors: log.runnerErrors,
    durationMilliseconds,
    runnerTemp,
    workspace,
    dispose: directories.remove,
    [Symbol.asyncDispose]: directories.remove,
  }
}

async function readValues(
  name: string,
  file: string,
  log: StepLog,
): Promise<Readonly<Record<string, string>>> {
  const parsed = parseCommandFile(await readCommandFile(file))
  if (parsed.kind === 'valid') return parsed.values
  log.runnerError(`Unable to process file command '${name}' successfully: ${parsed.reason}`)
  return {}
}

function conclusionOf(
  exitCode: number,
  cancelled: Cancelled,
  runnerErrors: readonly string[],
): ActionRun['conclusion'] {
  if (runnerErrors.length > 0) return 'failure'
  if (cancelled.kind === 'sent') return 'cancelled'
  return exitCode === 0 ? 'success' : 'failure'
}

function exitCodeOf(ended: ActionRun['ended']): number {
  return ended.how === 'exited' ? ended.code : 128 + constants.signals[ended.signal]
}

function inherited(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => [[name, process.env[name] ?? '']]).filter(([, value]) => value),
  )
}

function runnerVariables(workspace: string, runnerTemp: string): Record<string, string> {
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    // The artifact client takes any other host for GitHub Enterprise Server and refuses to upload.
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_REPOSITORY: 'octo-org/ai-trade',
    GITHUB_REPOSITORY_OWNER: 'octo-org',
    GITHUB_RUN_ID: '4242424242',
    GITHUB_RUN_NUMBER: '42',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'deploy',
    GITHUB_ACTION: 'deploy',
    GITHUB_ACTOR: 'octocat',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_SHA: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_WORKFLOW: 'deploy',
    RUNNER_TEMP: runnerTemp,
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: process.arch.toUpperCase(),
    RUNNER_NAME: 'test runner',
    // The artifact client's blob half may send even loopback traffic through a proxy.
    NO_PROXY: 'localhost,127.0.0.1',
    no_proxy: 'localhost,127.0.0.1',
  }
}

function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
