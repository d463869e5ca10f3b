import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { execute } from './go-template.ts'
import {
  CONTAINER,
  decode,
  decodeRaw,
  EVENT,
  type GoStructType,
  IMAGE,
  isObject,
  VERSION,
} from './go-types.ts'

// The docker client of the present line (API 1.52), over what `state.json` in the directory of its first word says. What
// it was called with goes to `calls`; a template that did not fit the types, and was tried on raw JSON, to `fallbacks`.

const [directory = '.', ...words] = process.argv.slice(2)

interface State {
  readonly containers?: readonly Inspected[]
  readonly images?: readonly (Inspected & { readonly references: readonly string[] })[]
  /** They come as a stream that stays, or, where `stream` is `ends`, ends at once. */
  readonly events?: readonly Record<string, unknown>[]
  readonly stream?: 'ends'
  readonly isDown?: boolean
  /** On stderr, at every call. */
  readonly warning?: string
  readonly version?: unknown
  readonly compose?: { readonly version: string; readonly refuses?: Readonly<Record<string, string>> }
}

interface Inspected extends Readonly<Record<string, unknown>> {
  readonly Id: string
}

function read(): State {
  return JSON.parse(readFileSync(`${directory}/state.json`, 'utf8'))
}

// Nobody may be there any more to read it.
process.stdout.on('error', () => process.exit(1))

const state = read()
const format = optionOf('--format')

appendFileSync(`${directory}/calls`, `${words.join(' ')}\n`)
if (state.warning !== undefined) process.stderr.write(`${state.warning}\n`)
process.exitCode = await called()

async function called(): Promise<number> {
  const [verb = '', what = ''] = words
  if (verb === 'compose') return compose(words.slice(1))
  if (verb === 'inspect') return inspected(CONTAINER, state.containers ?? [], 'container')
  if (verb === 'image' && what === 'inspect') return inspected(IMAGE, state.images ?? [], 'image')
  if (state.isDown) return failed('Cannot connect to the Docker daemon at unix:///var/run/docker.sock.')
  if (verb === 'version')
    return print(format === '' ? '' : `${execute(format, decode(VERSION, state.version))}\n`)
  if (verb === 'ps') return print(listed())
  if (verb === 'image' && what === 'ls') return print(imagesListed())
  if (verb === 'events') return events()
  return 0
}

/** An empty line where nothing was found at all. */
function inspected(type: GoStructType, all: readonly Inspected[], kind: string): number {
  let out = ''
  let code = 0
  for (const reference of words.slice(words.indexOf(format) + 1)) {
    const found = all.find((one) => isCalled(one, reference))
    if (state.isDown || !found) {
      code = failed(
        state.isDown
          ? 'Cannot connect to the Docker daemon.'
          : `Error response from daemon: No such ${kind}: ${reference}`,
      )
      continue
    }
    try {
      out += `${inspectedAs(type, found)}\n`
    } catch (error) {
      code = failed(`template parsing error: ${String(error)}`)
    }
  }
  print(out === '' ? '\n' : out)
  return code
}

function inspectedAs(type: GoStructType, json: Inspected): string {
  try {
    return execute(format, decode(type, json))
  } catch {
    appendFileSync(`${directory}/fallbacks`, `${format}\n`)
    return execute(format, decodeRaw(json))
  }
}

function isCalled(one: Inspected, reference: string): boolean {
  const { references } = one
  return one.Id === reference || (Array.isArray(references) && references.includes(reference))
}

async function events(): Promise<number> {
  try {
    execute(format, decode(EVENT, {}))
  } catch (error) {
    failed(`Error parsing format: ${String(error)}`)
    return 64
  }
  for (let told = 0; ; ) {
    const { events: happened = [], isDown, stream } = read()
    for (; told < happened.length; told++) print(`${execute(format, decode(EVENT, happened[told]))}\n`)
    if (isDown) return failed('error during connect: unexpected EOF')
    if (stream === 'ends' || words.includes('--until')) return 0
    await setTimeout(20)
  }
}

function listed(): string {
  const id = optionOf('--filter').startsWith('id=') ? optionOf('--filter').slice('id='.length) : ''
  return (state.containers ?? [])
    .filter((container) => container.Id.startsWith(id))
    .map((container) => (words.includes('--quiet') ? container.Id : lineOf(container)))
    .map((line) => `${line}\n`)
    .join('')
}

function lineOf(container: Inspected): string {
  const config = isObject(container.Config) ? container.Config : {}
  const labels = isObject(config.Labels) ? config.Labels : {}
  const fields = { ID: container.Id, Names: String(container.Name).replace('/', ''), Status: 'Up 2 hours' }
  const type = {
    struct: { ID: { type: 'string' }, Names: { type: 'string' }, Status: { type: 'string' } },
  } as const
  return execute(format, decode(type, fields), { Label: (name = '') => String(labels[name] ?? '') })
}

function imagesListed(): string {
  const type = {
    struct: { Repository: { type: 'string' }, Tag: { type: 'string' }, ID: { type: 'string' } },
  } as const
  return (state.images ?? [])
    .flatMap(({ Id, references }) => references.map((reference) => ({ ID: Id, reference })))
    .map(({ ID, reference }) => {
      const colon = reference.lastIndexOf(':')
      const fields = { ID, Repository: reference.slice(0, colon), Tag: reference.slice(colon + 1) }
      return words.includes('--quiet') ? `${ID}\n` : `${execute(format, decode(type, fields))}\n`
    })
    .join('')
}

function compose(called: readonly string[]): number {
  const { version, refuses = {} } = state.compose ?? { version: '2.40.3' }
  if (called[0] === 'version') return print(`${version}\n`)
  const refused = Object.entries(refuses).find(([verb]) => called.includes(verb))
  return refused ? failed(refused[1]) : 0
}

function optionOf(name: string): string {
  const at = words.indexOf(name)
  return at === -1 ? '' : (words[at + 1] ?? '')
}

function print(out: string): number {
  process.stdout.write(out)
  return 0
}

function failed(words: string): number {
  process.stderr.write(`${words}\n`)
  return 1
}
