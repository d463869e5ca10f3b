/** What a command file (GITHUB_OUTPUT, GITHUB_STATE, GITHUB_ENV) says, or why the runner would fail the step for it. */
export type CommandFile =
  | { readonly kind: 'valid'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'invalid'; readonly reason: string }

/** Reads `name=value` and `name<<DELIMITER` entries; whichever mark comes first in the line decides. */
export function parseCommandFile(text: string): CommandFile {
  const values: Record<string, string> = {}
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) return invalid(`a name is empty: '${line}'`)
      values[line.slice(0, equals)] = line.slice(equals + 1)
      continue
    }
    if (heredoc < 0) return invalid(`neither name=value nor name<<delimiter: '${line}'`)
    const name = line.slice(0, heredoc)
    const delimiter = line.slice(heredoc + 2)
    if (name === '' || delimiter === '') return invalid(`a name or a delimiter is empty: '${line}'`)
    const end = lines.indexOf(delimiter, index + 1)
    if (end < 0) return invalid(`matching delimiter not found '${delimiter}'`)
    values[name] = lines.slice(index + 1, end).join('\n')
    index = end
  }
  return { kind: 'valid', values }
}

function invalid(reason: string): CommandFile {
  return { kind: 'invalid', reason }
}
