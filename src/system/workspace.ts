import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { PathContent } from '../model/documents-check.ts'

/** No file that a person wrote is as long. */
const MOST_BYTES = 4 * 1024 * 1024

/**
 * What is at a path of the checked-out repository. Its files may be those of a stranger's pull request: what leads
 * out of the repository, is no plain file or is too long is not read. Never throws.
 */
export function readInWorkspace(workspace: string, path: string): PathContent {
  try {
    const root = realpathSync(workspace) + sep
    const file = realpathSync(join(workspace, path))
    if (!(file + sep).startsWith(root)) {
      return { kind: 'unreadable', why: 'it is a link that leads out of the repository' }
    }
    // There a checkout may keep a token.
    if (file.startsWith(`${root}.git${sep}`)) {
      return { kind: 'unreadable', why: 'it is no file of the repository' }
    }
    const found = statSync(file)
    if (!found.isFile()) return { kind: 'unreadable', why: 'it is not a file' }
    if (found.size > MOST_BYTES) return { kind: 'unreadable', why: 'it is longer than 4 MiB' }
    const text = readFileSync(file, 'utf8').replace(/^\ufeff/u, '')
    return text.includes('\0') ? { kind: 'unreadable', why: 'it is no UTF-8 text' } : { kind: 'text', text }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { kind: 'absent' }
      : { kind: 'unreadable', why: error instanceof Error ? error.message : String(error) }
  }
}
