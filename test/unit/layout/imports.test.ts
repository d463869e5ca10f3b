import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const SOURCES = join(import.meta.dirname, '../../../src')

/** Each room imports from those behind it only (docs/architecture.md). */
const ORDER = [
  'entry',
  'rollback',
  'plan',
  'deploy',
  'verify',
  'preflight',
  'system',
  'check',
  'output',
  'health',
  'host',
  'host/client',
  'host/link',
  'host/protocol',
  'gate',
  'config',
  'ssh',
  'model',
]

/** What rooms without effects may import: data formats and pure functions. */
const PURE_ROOMS = ['check', 'gate', 'health', 'model', 'preflight']
const PURE_PACKAGES = ['node:path/posix', 'node:util', 'yaml', 'zod']

interface Source {
  readonly path: string
  readonly room: string
  /** Paths of the project's own, names of packages. */
  readonly imports: readonly string[]
  readonly packages: readonly string[]
}

const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .map(sourceAt)

describe('the rooms of src', () => {
  it('have no file beside the entries', () => {
    const loose = sources.filter(({ path }) => !path.includes('/')).map(({ path }) => path)
    expect(loose.sort()).toEqual(['main.ts', 'post.ts'])
  })

  it('import only from rooms behind them', () => {
    const upward = sources.flatMap(({ path, room, imports }) =>
      imports
        .filter((imported) => rankOf(roomOf(imported)) < rankOf(room))
        .map((imported) => `${path} imports ${imported}`),
    )
    expect(upward).toEqual([])
  })

  it('have no circle, of types either', () => {
    expect(circles()).toEqual([])
  })

  it('keep effects out of the pure ones', () => {
    const effects = sources
      .filter(({ room }) => PURE_ROOMS.includes(room))
      .flatMap(({ path, packages }) =>
        packages.filter((name) => !PURE_PACKAGES.includes(name)).map((name) => `${path} imports ${name}`),
      )
    expect(effects).toEqual([])
  })

  it('leave SSH libraries to ssh', () => {
    const users = sources.filter(({ packages }) => packages.some((name) => /^(?:node-)?ssh2?$/u.test(name)))
    expect([...new Set(users.map(({ room }) => room))]).toEqual(['ssh'])
  })

  it('are mirrored by the rooms of test/unit', () => {
    const tested = readdirSync(join(SOURCES, '../test/unit'), { withFileTypes: true })
    const others = ['docs', 'faults', 'hosts', 'layout']
    const rooms = new Set(sources.map(({ path }) => path.split('/')[0] ?? ''))
    const strange = tested
      .map(({ name }) => name)
      .filter((name) => !rooms.has(name) && !others.includes(name))
    expect(strange).toEqual([])
  })
})

function sourceAt(path: string): Source {
  const text = readFileSync(join(SOURCES, path), 'utf8')
  const specifiers = [...text.matchAll(/\b(?:from|import) ?\(?'([^']+)'/gu)].map(([, name = '']) => name)
  return {
    path,
    room: roomOf(path),
    imports: specifiers
      .filter((name) => name.startsWith('.') && name.endsWith('.ts'))
      .map((name) => relative(SOURCES, join(SOURCES, dirname(path), name))),
    packages: specifiers.filter((name) => !name.startsWith('.')),
  }
}

function roomOf(path: string): string {
  const [room = '', inner = ''] = path.split('/')
  if (room === path) return 'entry'
  return room === 'host' && !inner.includes('.') ? `${room}/${inner}` : room
}

function rankOf(room: string): number {
  const rank = ORDER.indexOf(room)
  if (rank === -1) throw new Error(`no place is said for the room ${room}`)
  return rank
}

/** Each circle once, from one of its files on. */
function circles(): readonly string[] {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]) => {
    const begun = way.indexOf(path)
    if (begun !== -1) found.push([...way.slice(begun), path].join(' -> '))
    if (begun !== -1 || done.has(path)) return
    for (const imported of importsOf.get(path) ?? []) visit(imported, [...way, path])
    done.add(path)
  }
  for (const path of importsOf.keys()) visit(path, [])
  return found
}
