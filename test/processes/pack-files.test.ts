import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ManifestFile } from '../../src/model/manifest.ts'
import { packFiles } from '../../src/system/pack-files.ts'

const LONG = `${'long-directory-name/'.repeat(8)}${'n'.repeat(120)}.conf`
const NAMES = ['compose.yml', 'ops/-x', 'ops/a b', 'ops/配置', LONG, "ops/it's"]

let root = ''
let path: string | undefined
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'packing-'))
  path = process.env.PATH
  for (const name of ['work', 'temp', 'bin', 'out']) mkdirSync(join(root, name))
})
afterEach(() => {
  process.env.PATH = path
  rmSync(root, { recursive: true })
})

/** A file of the workspace that is to be at `target`. */
function file(target: string, bytes: string | Buffer = `bytes of ${target}`): ManifestFile {
  const source = join(root, 'work', createHash('sha1').update(target).digest('hex'))
  writeFileSync(source, bytes)
  chmodSync(source, 0o444)
  return { kind: 'file', mode: 0o444, sha256: '', bytes: bytes.length, path: target, source }
}

/** Packs, and unpacks with the tar that a host may have; what was there while the archive was in use. */
async function packed(files: readonly ManifestFile[], unpack: readonly string[] = ['tar']) {
  const bytes = await packFiles(join(root, 'temp'), files, async (archive) => {
    const chunks: Buffer[] = []
    for await (const chunk of archive.chunks()) chunks.push(chunk)
    const all = Buffer.concat(chunks)
    expect(all.length).toBe(archive.bytes)
    expect(createHash('sha256').update(all).digest('hex')).toBe(archive.sha256)
    return all
  })
  const archive = join(root, 'archive')
  writeFileSync(archive, bytes)
  const [program = '', ...words] = unpack
  execFileSync(program, [...words, '-x', '-f', archive, '-C', join(root, 'out')])
}

/** Has the runner's `tar` be this program. */
function useTar(script: string): void {
  writeFileSync(join(root, 'bin/tar'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  process.env.PATH = `${join(root, 'bin')}:${path}`
}

function unpackedNames(): readonly string[] {
  return readdirSync(join(root, 'out'), { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, 'out/').length))
    .toSorted()
}

describe('packFiles', () => {
  it.each([
    ['GNU tar', '', ['tar']],
    ['GNU tar', '', ['busybox', 'tar']],
    ['busybox tar', 'exec busybox tar "$@"', ['tar']],
    ['busybox tar', 'exec busybox tar "$@"', ['busybox', 'tar']],
  ])('packs by %s%s what %s unpacks, long and strange names too', async (_name, script, unpack) => {
    if (script !== '') useTar(script)
    await packed(
      NAMES.map((name) => file(name)),
      unpack,
    )
    expect(unpackedNames()).toEqual(NAMES.toSorted())
    for (const name of NAMES) expect(readFileSync(join(root, 'out', name), 'utf8')).toBe(`bytes of ${name}`)
    expect(readdirSync(join(root, 'temp'))).toEqual([])
  })

  it('asks bsdtar for names as the others write them', async () => {
    useTar(
      `[ "$1" = --version ] && { echo 'bsdtar 3.7.2 - libarchive 3.7.2'; exit; }\necho "$@" >${root}/asked\n[ "$COPYFILE_DISABLE" = 1 ] || exit 9\nshift 2\nexec ${execFileSync('which', ['tar']).toString().trim()} "$@"`,
    )
    await packed([file('ops/a')])
    expect(readFileSync(join(root, 'asked'), 'utf8')).toMatch(/^--format gnutar -c -f \S+ -C \S+ \.\n$/u)
  })

  it('packs every byte, and two files of one source as two', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
    const one = file('ops/one', bytes)
    const other = { ...one, path: 'ops/other', source: `${one.source}-linked` }
    linkSync(one.source, other.source)
    await packed([one, other])
    expect(readFileSync(join(root, 'out/ops/other')).equals(bytes)).toBe(true)
    const links = execFileSync('find', [join(root, 'out'), '-type', 'f', '-links', '+1']).toString()
    expect(links).toBe('')
  })

  it('leaves nothing, and says why, where tar fails', async () => {
    useTar('[ "$1" = --version ] && exit\necho "tar: no space left" >&2\nexit 2')
    await expect(packFiles(join(root, 'temp'), [file('a')], async () => undefined)).rejects.toMatchObject({
      problem: { code: 'files.not_packed', detail: 'tar ended with code 2: tar: no space left\n' },
    })
    expect(readdirSync(join(root, 'temp'))).toEqual([])
  })

  it('says so where a file is gone, or there is no tar', async () => {
    const gone = { ...file('a'), source: join(root, 'work/gone') }
    await expect(packFiles(join(root, 'temp'), [gone], async () => undefined)).rejects.toMatchObject({
      problem: { code: 'files.not_packed' },
    })
    process.env.PATH = join(root, 'bin')
    await expect(packFiles(join(root, 'temp'), [file('b')], async () => undefined)).rejects.toMatchObject({
      problem: { code: 'files.not_packed', detail: expect.stringContaining('tar') },
    })
    expect(readdirSync(join(root, 'temp'))).toEqual([])
  })

  it('leaves nothing where its use fails', async () => {
    const failing = packFiles(join(root, 'temp'), [file('a')], () => Promise.reject(new Error('lost')))
    await expect(failing).rejects.toThrow('lost')
    expect(readdirSync(join(root, 'temp'))).toEqual([])
  })
})
