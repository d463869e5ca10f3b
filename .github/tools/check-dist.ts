/**
 * Says whether `dist/` is what the sources build to: builds anew beside it and compares every byte.
 * Needs no git, so it judges what lies on disk, committed or not. Exit code 1 if anything differs.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url))
const temporary = mkdtempSync(join(tmpdir(), 'check-dist-'))
try {
  const built = join(temporary, 'dist')
  execFileSync(process.execPath, [join(repositoryRoot, '.github/tools/build.ts'), built], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const differences = compare(readFiles(join(repositoryRoot, 'dist')), readFiles(built))
  for (const difference of differences) console.error(difference)
  if (differences.length > 0) {
    console.error('dist/ is not what the sources build to: run `npm run build` and commit the result')
    process.exitCode = 1
  } else {
    console.log('dist/ is what the sources build to')
  }
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

function readFiles(directory: string): Map<string, Buffer> {
  if (!existsSync(directory)) return new Map()
  return new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(directory.length + 1), readFileSync(file)]),
  )
}

function compare(committed: Map<string, Buffer>, built: Map<string, Buffer>): string[] {
  return [...new Set([...committed.keys(), ...built.keys()])].sort().flatMap((file) => {
    const present = committed.get(file)
    const wanted = built.get(file)
    if (present === undefined) return [`dist/${file}: missing`]
    if (wanted === undefined) return [`dist/${file}: no longer built`]
    return present.equals(wanted) ? [] : [`dist/${file}: differs`]
  })
}
