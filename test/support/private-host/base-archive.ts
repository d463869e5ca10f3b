import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file of this machine and where it goes in an image. */
export interface Placement {
  readonly from: string
  readonly to: string
}

/**
 * Makes a tar archive of a root file system with busybox, a link for each of its commands, and further programs
 * with the libraries they load. One of the programs has to be at /bin/busybox. `work` is an empty directory.
 */
export function makeRootArchive(archive: string, programs: readonly Placement[], work: string): void {
  for (const directory of ['bin', 'etc', 'root', 'tmp', 'usr/bin', 'var/tmp']) {
    mkdirSync(join(work, directory), { recursive: true })
  }
  for (const directory of ['tmp', 'var/tmp']) chmodSync(join(work, directory), 0o1777)
  writeFileSync(
    join(work, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
  )
  writeFileSync(join(work, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
  for (const { from, to } of programs) {
    place(work, { from, to })
    for (const library of sharedLibraries(from)) place(work, { from: library, to: library })
  }
  for (const command of busyboxCommands(join(work, 'bin/busybox'))) {
    symlinkSync('busybox', join(work, 'bin', command))
  }
  execFileSync('tar', [
    ...['--create', '--file', archive, '--directory', work],
    ...['--owner=0', '--group=0', '--numeric-owner', '--sort=name', '--mtime=@0', '.'],
  ])
}

function place(work: string, { from, to }: Placement): void {
  const target = join(work, to)
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(from, target)
  chmodSync(target, 0o755)
}

function busyboxCommands(busybox: string): string[] {
  const commands = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n')
  return commands.filter((command) => command !== '' && command !== 'busybox')
}

/** The loader and libraries of a program, at the paths where it looks for them; none for a static one. */
function sharedLibraries(program: string): string[] {
  try {
    const listing = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return [...listing.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(0x/gm)].flatMap(([, path]) => path ?? [])
  } catch {
    return []
  }
}
