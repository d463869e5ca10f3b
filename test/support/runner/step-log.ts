import { SecretMasker } from './secret-masker.ts'
import {
  commandLookalike,
  parseWorkflowCommand,
  REGISTERED_COMMANDS,
  type WorkflowCommand,
} from './workflow-command.ts'

/** What stands beside the step on the run's page. `title` is '' when none was given. */
export interface Annotation {
  readonly level: AnnotationLevel
  readonly title: string
  readonly message: string
}

export type AnnotationLevel = 'error' | 'warning' | 'notice'

/** A foldable part of the log; its lines as a person sees them. */
export interface LogGroup {
  readonly name: string
  readonly lines: string[]
}

/** ExecutionContext.cs: further annotations of a level are only logged, longer messages are cut. */
const ANNOTATIONS_PER_LEVEL = 10
const ANNOTATION_CHARACTERS = 4096

/** What today's toolkit prints. Everything else that the runner executes comes from elsewhere, or from a mistake. */
const TOOLKIT_COMMANDS: ReadonlySet<string> = new Set([
  'add-mask',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'stop-commands',
  'warning',
])

/** Executes the commands in a step's output line by line, and keeps what a person would then see. */
export class StepLog {
  readonly rawLines: string[] = []
  readonly lines: string[] = []
  readonly annotations: Annotation[] = []
  readonly groups: LogGroup[] = []
  /** The values that the step itself asked to mask. */
  readonly masks: string[] = []
  /** Outputs and state set by command; the toolkit uses files. */
  readonly outputs: Record<string, string> = {}
  readonly state: Record<string, string> = {}
  readonly suspiciousLines: string[] = []
  /** What the runner itself holds against the step; any of these fails it, whatever its exit code. */
  readonly runnerErrors: string[] = []

  readonly #masker = new SecretMasker()
  readonly #onLine: (line: string) => void
  #openGroup: LogGroup | undefined
  #stopToken: string | undefined
  #echo: 'on' | 'off' = 'off'

  /** `secrets` are masked from the start; `onLine` gets each line as a person sees it. */
  constructor(secrets: readonly string[], onLine: (line: string) => void) {
    for (const secret of secrets) this.#masker.add(secret)
    this.#onLine = onLine
  }

  /** One line of the step's output, of either stream. */
  write(line: string): void {
    this.rawLines.push(line)
    if (this.#stopToken !== undefined) this.#writeWhileStopped(line, this.#stopToken)
    else this.#execute(line)
  }

  /** An annotation by the runner or the step; a further one of the same level may only be logged. */
  annotate(level: AnnotationLevel, title: string, message: string): void {
    const label = { error: 'Error', warning: 'Warning', notice: 'Notice' }[level]
    this.#show(`${label}: ${message}`)
    if (this.annotations.filter((annotation) => annotation.level === level).length >= ANNOTATIONS_PER_LEVEL)
      return
    this.annotations.push({
      level,
      title: this.#masker.mask(title),
      message: this.#masker.mask(message).slice(0, ANNOTATION_CHARACTERS),
    })
  }

  /** A failure that the runner finds by itself. */
  runnerError(message: string): void {
    this.runnerErrors.push(message)
    this.annotate('error', '', message)
  }

  #writeWhileStopped(line: string, token: string): void {
    const command = parseWorkflowCommand(line, new Set([...REGISTERED_COMMANDS, token.toLowerCase()]))
    if (command?.name === token.toLowerCase()) this.#stopToken = undefined
    this.#show(line)
  }

  #execute(line: string): void {
    const command = parseWorkflowCommand(line, REGISTERED_COMMANDS)
    if (command === undefined) {
      if (commandLookalike(line) !== undefined) this.suspiciousLines.push(this.#masker.mask(line))
      this.#show(line)
      return
    }
    if (command.notation === 'brackets' || !TOOLKIT_COMMANDS.has(command.name)) {
      this.suspiciousLines.push(this.#masker.mask(line))
    }
    const omitsEcho = ['add-mask', 'debug', 'error', 'warning', 'notice', 'stop-commands']
    if (this.#echo === 'on' && !omitsEcho.includes(command.name)) this.#show(line)
    this.#perform(command, line)
  }

  #perform(command: WorkflowCommand, line: string): void {
    switch (command.name) {
      case 'add-mask':
        if (command.data.trim() === '') this.annotate('warning', '', "Can't add secret mask for empty string")
        else this.masks.push(command.data)
        this.#masker.add(command.data)
        return
      case 'error':
      case 'warning':
      case 'notice':
        this.annotate(command.name, command.properties.get('title') ?? '', command.data)
        return
      case 'group':
        this.#startGroup(command.data)
        return
      case 'endgroup':
        this.#openGroup = undefined
        return
      case 'debug':
        return
      case 'stop-commands':
        this.#stopCommands(command.data, line)
        return
      case 'echo':
        this.#setEcho(command.data, line)
        return
      case 'set-output':
        this.#setNamed(this.outputs, command, line)
        return
      case 'save-state':
        this.#setNamed(this.state, command, line)
        return
      default:
        // set-env and add-path have been refused since 2020; problem matchers are none of this action's business.
        this.runnerError(`Unable to process command '${line}' successfully.`)
    }
  }

  #startGroup(name: string): void {
    this.#openGroup = undefined
    this.#show(`▼ ${name}`)
    this.#openGroup = { name: this.#masker.mask(name), lines: [] }
    this.groups.push(this.#openGroup)
  }

  #stopCommands(token: string, line: string): void {
    if (token === '' || token === 'pause-logging' || REGISTERED_COMMANDS.has(token.toLowerCase())) {
      this.runnerError(`The token '${token}' cannot stop commands: it is empty or a command itself.`)
      return
    }
    this.#stopToken = token
    if (token.length > 6) this.#masker.add(token)
    this.#show(line)
  }

  #setEcho(data: string, line: string): void {
    const wanted = data.trim().toLowerCase()
    if (wanted === 'on' || wanted === 'off') this.#echo = wanted
    else this.runnerError(`Unable to process command '${line}' successfully.`)
  }

  #setNamed(values: Record<string, string>, command: WorkflowCommand, line: string): void {
    const name = command.properties.get('name')
    if (name === undefined) this.runnerError(`Unable to process command '${line}' successfully.`)
    else values[name] = command.data
  }

  #show(text: string): void {
    for (const line of this.#masker.mask(text).split('\n')) {
      this.lines.push(line)
      this.#openGroup?.lines.push(line)
      this.#onLine(line)
    }
  }
}
