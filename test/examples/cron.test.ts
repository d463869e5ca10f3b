/** The crontab lines of the closed loop, with a crontab that is played as Debian's and as busybox's. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { EXAMPLE } from './runner-bench.ts'

/** A function: busybox takes its own command before any of the PATH, and that writes the crontab of this machine. */
const PLAYED = `crontab() {
case $1 in
  -l) [ -f "$TABLE" ] && cat "$TABLE" || { echo "$NONE" >&2; return 1; } ;;
  -r) rm "$TABLE" ;;
  *) cp "$1" "$TABLE" ;;
esac
}
. "$0"`
const THEIRS = '# a comment\nMAILTO=""\n\n*/5 * * * *\tbackup \\% \\\\ é\n'

describe.each([
  ['dash', ['dash'], 'no crontab for root'],
  ['busybox', ['busybox', 'sh'], "crontab: can't open 'root': No such file or directory"],
])('the crontab lines under %s', (_name, shell, none) => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ai-trade-cron-'))
    place('ai trade')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  function place(project: string) {
    cpSync(join(EXAMPLE, 'ops'), join(directory, project, 'ops'), { recursive: true })
  }

  function call(
    words: readonly string[],
    options: { readonly project?: string; readonly none?: string } = {},
  ) {
    const { project = 'ai trade' } = options
    const [command = '', ...args] = shell
    const script = join(directory, project, 'ops/cron/install_closed_loop_cron.sh')
    const ended = spawnSync(command, [...args, '-c', PLAYED, script, ...words], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TABLE: table(), NONE: options.none ?? none },
    })
    return { code: ended.status, out: ended.stdout, complaint: ended.stderr }
  }
  const table = () => join(directory, 'table')
  const lines = () => readFileSync(table(), 'utf8')

  it('are what the example file shows, for another directory', () => {
    const shown = readFileSync(join(EXAMPLE, 'ops/cron/closed-loop.cron.example'), 'utf8')
    expect(call(['print'])).toEqual({
      ...{ code: 0, complaint: '' },
      out: shown.replaceAll('/opt/ai-trade', join(directory, 'ai trade')),
    })
    expect(shown).toContain('\n15 */6 * * * ')
    expect(shown).toContain(' assess --stage S5 --since 6h ')
    expect(shown).toContain('\n30 3 * * * ')
    expect(shown).toContain(' full --stage S3 --since 12h ')
    expect(existsSync(table())).toBe(false)
  })

  it('are installed once, however often, and leave with nothing else changed', () => {
    writeFileSync(table(), THEIRS)
    expect(call(['install'])).toMatchObject({ code: 0, complaint: '' })
    expect(lines()).toBe(`${THEIRS}${call(['print']).out}`)
    call(['install'])
    expect(lines()).toBe(`${THEIRS}${call(['print']).out}`)
    expect(call(['uninstall'])).toMatchObject({ code: 0, complaint: '' })
    expect(lines()).toBe(THEIRS)
    expect(call(['uninstall'])).toMatchObject({ code: 0 })
    expect(lines()).toBe(THEIRS)
  })

  it('come into a crontab that was none, which is none again afterwards', () => {
    expect(call(['install'])).toMatchObject({ code: 0, complaint: '' })
    expect(lines()).toBe(call(['print']).out)
    expect(call(['uninstall'])).toMatchObject({ code: 0 })
    expect(existsSync(table())).toBe(false)
  })

  it('of two directories stand side by side', () => {
    place('other')
    call(['install'])
    call(['install'], { project: 'other' })
    call(['uninstall'])
    expect(lines()).toBe(call(['print'], { project: 'other' }).out)
  })

  it('are not written over a crontab that cannot be read, or whose markers are damaged', () => {
    expect(call(['install'], { none: 'you (root) are not allowed' })).toMatchObject({
      ...{ code: 1, complaint: expect.stringContaining('cannot be read: you (root) are not allowed') },
    })
    expect(existsSync(table())).toBe(false)
    const [begin = ''] = call(['print']).out.split('\n')
    writeFileSync(table(), `${begin}\n1 1 * * * theirs\n`)
    expect(call(['install'])).toMatchObject({ code: 1, complaint: expect.stringContaining('damaged') })
    expect(lines()).toBe(`${begin}\n1 1 * * * theirs\n`)
  })

  it('are refused where a path cannot stand in a crontab', () => {
    place('50%')
    expect(call(['print'], { project: '50%' })).toMatchObject({ code: 2 })
    expect(call(['reinstall'])).toMatchObject({ code: 2, complaint: expect.stringContaining('usage:') })
  })
})

it('are taken by the crontab of this machine', () => {
  // A line that cron would refuse is refused by `crontab -T`, where it knows that.
  if (spawnSync('crontab', ['-T', '/dev/null']).status !== 0) return
  expect(spawnSync('crontab', ['-T', join(EXAMPLE, 'ops/cron/closed-loop.cron.example')]).status).toBe(0)
})
