import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The files through which a step tells the runner something; fresh for every phase of every step. */
export interface CommandFiles {
  readonly output: string
  readonly state: string
  readonly environment: string
  readonly path: string
  readonly summary: string
}

/** The places on disk that a step has. */
export interface StepDirectories {
  /** GITHUB_WORKSPACE, empty, and the step's working directory. */
  readonly workspace: string
  /** RUNNER_TEMP. */
  readonly runnerTemp: string
  readonly commandFiles: CommandFiles
  /** Removes everything, the step's own files included. */
  remove(): Promise<void>
}

/** Creates all of them anew, below the system's directory for temporary files. */
export async function createStepDirectories(): Promise<StepDirectories> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'runner-')))
  const workspace = join(root, 'work', 'ai-trade', 'ai-trade')
  const runnerTemp = join(root, 'work', '_temp')
  await mkdir(workspace, { recursive: true })
  return {
    workspace,
    runnerTemp,
    commandFiles: await createCommandFiles(join(runnerTemp, '_runner_file_commands', 'main')),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** For the post of a step: the places of its main, with command files of its own, which are all that it removes. */
export async function directoriesForPost(
  main: Pick<StepDirectories, 'workspace' | 'runnerTemp'>,
): Promise<StepDirectories> {
  const commandDirectory = join(main.runnerTemp, '_runner_file_commands', 'post')
  return {
    workspace: main.workspace,
    runnerTemp: main.runnerTemp,
    commandFiles: await createCommandFiles(commandDirectory),
    remove: () => rm(commandDirectory, { recursive: true, force: true }),
  }
}

async function createCommandFiles(commandDirectory: string): Promise<CommandFiles> {
  await mkdir(commandDirectory, { recursive: true })
  const commandFiles = {
    output: join(commandDirectory, 'set_output'),
    state: join(commandDirectory, 'save_state'),
    environment: join(commandDirectory, 'set_env'),
    path: join(commandDirectory, 'add_path'),
    summary: join(commandDirectory, 'step_summary'),
  }
  await Promise.all(Object.values(commandFiles).map((file) => writeFile(file, '')))
  return commandFiles
}

/** The text of a command file, '' if the step removed it. */
export async function readCommandFile(file: string): Promise<string> {
  const exists = await stat(file).then(
    () => true,
    () => false,
  )
  return exists ? readFile(file, 'utf8') : ''
}
