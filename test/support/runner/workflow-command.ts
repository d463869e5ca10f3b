/** One command found in a line of output. Property names are lower case: the runner ignores their case. */
export interface WorkflowCommand {
  readonly name: string
  readonly properties: ReadonlyMap<string, string>
  readonly data: string
  readonly notation: CommandNotation
}

/** `colons` is `::name key=value::data` at the start of a line, `brackets` the older `##[name]data` anywhere in it. */
export type CommandNotation = 'colons' | 'brackets'

/** What the runner registers (ActionCommandManager); the names are compared without regard to case. */
export const REGISTERED_COMMANDS: ReadonlySet<string> = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
])

/** The command that the runner would execute for this line, if its name is one of `registered` (lower case). */
export function parseWorkflowCommand(
  line: string,
  registered: ReadonlySet<string>,
): WorkflowCommand | undefined {
  return [readColons(line), readBrackets(line)].find(
    (command) => command !== undefined && registered.has(command.name),
  )
}

/** A command by its form alone, whatever its name: what a runner that knew the name would execute. */
export function commandLookalike(line: string): WorkflowCommand | undefined {
  return [readColons(line), readBrackets(line)].find(
    (command) => command !== undefined && /^[a-z][a-z0-9_-]*$/.test(command.name),
  )
}

function readColons(line: string): WorkflowCommand | undefined {
  // .NET counts U+0085 as white space and JavaScript does not.
  const found = /^[\s\u0085]*::(.*?)::(.*)$/s.exec(line)
  if (found === null) return undefined
  const [, info = '', data = ''] = found
  return {
    ...nameAndProperties(info, ',', unescapeProperty),
    data: unescapeData(data),
    notation: 'colons',
  }
}

function readBrackets(line: string): WorkflowCommand | undefined {
  const found = /##\[([^\]]*)\](.*)$/s.exec(line)
  if (found === null) return undefined
  const [, info = '', data = ''] = found
  return {
    ...nameAndProperties(info, ';', unescapeBrackets),
    data: unescapeBrackets(data),
    notation: 'brackets',
  }
}

function nameAndProperties(
  info: string,
  separator: string,
  unescapeValue: (text: string) => string,
): Pick<WorkflowCommand, 'name' | 'properties'> {
  const space = info.indexOf(' ')
  if (space < 0) return { name: info.toLowerCase(), properties: new Map() }
  const properties = new Map<string, string>()
  for (const property of info
    .slice(space + 1)
    .trim()
    .split(separator)) {
    const equals = property.indexOf('=')
    if (equals <= 0 || equals === property.length - 1) continue
    properties.set(property.slice(0, equals).toLowerCase(), unescapeValue(property.slice(equals + 1)))
  }
  return { name: info.slice(0, space).toLowerCase(), properties }
}

/** Replaced one after the other, `%25` last, as the runner does: it is not the same as one pass. */
function unescapeWith(
  text: string,
  mappings: readonly (readonly [escaped: string, plain: string])[],
): string {
  return mappings.reduce((result, [escaped, plain]) => result.replaceAll(escaped, plain), text)
}

const LINE_ENDS = [
  ['%0D', '\r'],
  ['%0A', '\n'],
] as const

function unescapeData(text: string): string {
  return unescapeWith(text, [...LINE_ENDS, ['%25', '%']])
}

function unescapeProperty(text: string): string {
  return unescapeWith(text, [...LINE_ENDS, ['%3A', ':'], ['%2C', ','], ['%25', '%']])
}

function unescapeBrackets(text: string): string {
  return unescapeWith(text, [['%3B', ';'], ...LINE_ENDS, ['%5D', ']'], ['%25', '%']])
}
