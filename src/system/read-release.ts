import { createHash } from 'node:crypto'
import {
  createReadStream,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { shapeOf } from '../config/shape.ts'
import {
  isPlainName,
  type ManifestItem,
  MOST_BYTES,
  MOST_ITEMS,
  manifestOf,
  staysInside,
} from '../model/manifest.ts'
import type { ReleaseReading } from '../model/ports.ts'
import type { ConfigMistake } from '../model/problem.ts'
import type { ReleaseEntry } from '../model/release-files.ts'

const MEBIBYTE = 1024 * 1024
/** Up to here a file is read at once: there may be 20,000, and a stream for each would take half a minute. */
const SMALL_BYTES = 4 * MEBIBYTE
/** Enough to see what is wrong. */
const MOST_MISTAKES = 20

/** Reads what the entries name in the workspace; follows no link. Never throws. */
export async function readRelease(
  workspace: string,
  entries: readonly ReleaseEntry[],
): Promise<ReleaseReading> {
  const reading = new Reading(workspace)
  for (const entry of entries) await reading.entry(entry)
  return reading.result()
}

/** One entry, as its walk needs it. */
interface Place extends ReleaseEntry {
  /** The target of the whole entry: what its links must not leave. */
  readonly root: string
}

class Reading {
  readonly #workspace: string
  readonly #items: ManifestItem[] = []
  readonly #mistakes: ConfigMistake[] = []
  #seen = 0
  #bytes = 0

  constructor(workspace: string) {
    this.#workspace = workspace
  }

  result(): ReleaseReading {
    return this.#mistakes.length > 0
      ? { kind: 'wrong', mistakes: this.#mistakes }
      : { kind: 'read', items: manifestOf(this.#items) }
  }

  async entry(entry: ReleaseEntry): Promise<void> {
    try {
      const root = realpathSync(this.#workspace) + sep
      const parent = realpathSync(dirname(join(this.#workspace, entry.source)))
      if (!(parent + sep).startsWith(root))
        return this.#wrong(entry.source, 'a path of the workspace; a link on its way leads out of it')
      await this.#item({ ...entry, root: entry.target })
    } catch (error) {
      this.#failed(entry.source, error)
    }
  }

  async #item(place: Place): Promise<void> {
    if (this.#isFull) return
    const { source, target: path, root } = place
    const from = join(this.#workspace, source)
    const stats = lstatSync(from)
    this.#seen += 1
    if (this.#seen > MOST_ITEMS)
      return this.#wrong(source, `at most ${MOST_ITEMS} files, directories and links in all`)
    const mode = stats.mode & 0o777
    if (stats.isDirectory()) {
      this.#items.push({ kind: 'directory', mode, path })
      await this.#children(place)
    } else if (stats.isFile()) await this.#file(source, path, stats)
    else if (stats.isSymbolicLink()) {
      const to = readlinkSync(from)
      if (staysInside(root, path, to) && isPlainName(to)) this.#items.push({ kind: 'link', to, path })
      else this.#wrong(source, expectedLink(path === root))
    } else this.#wrong(source, 'a file, a directory or a link; it is none of these')
  }

  async #children(place: Place): Promise<void> {
    const names = readdirSync(join(this.#workspace, place.source))
    for (const name of names.toSorted()) {
      const source = `${place.source}/${name}`
      if (name === '.git') this.#wrong(source, 'no .git in it: a checkout may keep a token there')
      else if (!isPlainName(name))
        this.#wrong(source, 'a name in UTF-8, without control characters and without \\')
      else await this.#child({ source, target: `${place.target}/${name}`, root: place.root })
    }
  }

  async #child(place: Place): Promise<void> {
    try {
      await this.#item(place)
    } catch (error) {
      this.#failed(place.source, error)
    }
  }

  async #file(source: string, path: string, stats: Stats): Promise<void> {
    this.#bytes += stats.size
    if (this.#bytes > MOST_BYTES) return this.#wrong(source, `at most ${MOST_BYTES / MEBIBYTE} MiB in all`)
    const from = join(this.#workspace, source)
    const hash = createHash('sha256')
    let bytes = 0
    const chunks = stats.size > SMALL_BYTES ? createReadStream(from) : [readFileSync(from)]
    for await (const chunk of chunks) {
      bytes += chunk.length
      hash.update(chunk)
    }
    const mode = stats.mode & 0o777
    this.#items.push({ kind: 'file', mode, sha256: hash.digest('hex'), bytes, path, source: from })
  }

  /** Then nothing more can be said that helps. */
  get #isFull(): boolean {
    return this.#seen > MOST_ITEMS || this.#bytes > MOST_BYTES || this.#mistakes.length >= MOST_MISTAKES
  }

  #failed(source: string, error: unknown): void {
    const { code = '', message = String(error) } = error as NodeJS.ErrnoException
    this.#wrong(
      source,
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'a file or directory of the workspace; there is none (checked out, built, downloaded by an earlier step?)'
        : `a file or directory that this step can read (${message})`,
    )
  }

  #wrong(source: string, expected: string): void {
    if (this.#mistakes.length < MOST_MISTAKES)
      this.#mistakes.push({ name: 'files', got: shapeOf(source, 'public', []), expected })
  }
}

function expectedLink(isWholeEntry: boolean): string {
  return isWholeEntry
    ? 'a file or directory; it is a symbolic link, and these are not followed'
    : 'no symbolic link that leaves its entry, or is absolute'
}
