import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, createReadStream, mkdirSync, rmSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { exec, getExecOutput } from '@actions/exec'
import type { ManifestFile } from '../model/manifest.ts'
import type { Archive } from '../model/ports.ts'
import { DeployError } from '../model/problem.ts'

/**
 * Packs these files, each at its path below the project directory, with the runner's own tar: GNU tar, bsdtar or that of
 * busybox. Nothing is left of the archive, or of what it was made of, once `use` has ended, or the process.
 * @throws DeployError `files.not_packed`
 */
export async function packFiles<Used>(
  temporary: string,
  files: readonly ManifestFile[],
  use: (archive: Archive) => Promise<Used>,
): Promise<Used> {
  const directory = await mkdtemp(join(temporary, 'closed-loop-files-'))
  const removeNow = () => rmSync(directory, { recursive: true, force: true })
  // A cancelled step ends at once.
  process.once('exit', removeNow)
  try {
    return await use(await packedIn(directory, files))
  } finally {
    process.off('exit', removeNow)
    await rm(directory, { recursive: true, force: true })
  }
}

async function packedIn(directory: string, files: readonly ManifestFile[]): Promise<Archive> {
  const path = join(directory, 'archive')
  try {
    await copyInto(join(directory, 'tree'), files)
    await tar(path, join(directory, 'tree'))
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk)
    const { size: bytes } = await stat(path)
    return { bytes, sha256: hash.digest('hex'), chunks: () => createReadStream(path) }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new DeployError({ code: 'files.not_packed', detail }, { cause: error })
  }
}

/** Copies, not hard links: two entries may have one source, and tar would then send the second as a link to the first. */
async function copyInto(tree: string, files: readonly ManifestFile[]): Promise<void> {
  mkdirSync(tree, { mode: 0o700 })
  const byDirectory = Map.groupBy(files, ({ path }) => dirname(join(tree, path)))
  for (const [directory, members] of byDirectory) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    for (const { source, path, mode } of members) {
      const copy = join(tree, path)
      copyFileSync(source, copy)
      // The manifest has its mode; tar must be able to read it.
      if ((mode & 0o400) === 0) chmodSync(copy, 0o600)
    }
    // Many small files are copied faster so; the connection gets its turn in between.
    await setImmediate()
  }
}

async function tar(archive: string, tree: string): Promise<void> {
  const quiet = { silent: true, ignoreReturnCode: true }
  const { stdout } = await getExecOutput('tar', ['--version'], quiet)
  // Its own default loses long names where busybox unpacks; the others know no other name of theirs.
  const format = stdout.includes('bsdtar') ? ['--format', 'gnutar'] : []
  let said = ''
  const code = await exec('tar', [...format, '-c', '-f', archive, '-C', tree, '.'], {
    ...quiet,
    // macOS would add files of its own.
    env: { ...inherited(), COPYFILE_DISABLE: '1' },
    listeners: { stderr: (chunk) => (said = (said + chunk.toString()).slice(-2000)) },
  })
  if (code !== 0) throw new Error(`tar ended with code ${code}: ${said}`)
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
