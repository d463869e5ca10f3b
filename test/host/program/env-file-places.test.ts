import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/** The plan's project is `$dir`, which the script has just laid out as `$user` would find it. */
const PREFLIGHT = `
use_plan "$(printf 'project_dir\\t%s\\ncompose_file\\tcompose.yml\\nenv_file\\t.env.runtime\\n' "$dir")"
preflight_files`

const AS = {
  root: '',
  nobody: '/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups',
} as const

describe.each(SHELLS)('the place of the env file under %s', (shell) => {
  /** Looks as nobody, or as root; `layOut` is run in `$dir`, an empty directory that belongs to nobody. */
  const found = (account: 'nobody' | 'root', layOut: string, look = PREFLIGHT) => {
    const script = `
dir=$(mktemp -d) && export dir && cp '${bench.program}' "$dir/program.sh" || exit 1
chmod 755 "$dir" && chmod 644 "$dir/program.sh" && chown 65534:65534 "$dir" && cd "$dir" && umask 022
${layOut}
cd /
${AS[account]} sh -c ". '$dir/program.sh'; eval \\"\\$1\\"" sh "$1" 2>&1
code=$?
rm -rf "$dir"
exit "$code"`
    const { code, stdout, stderr } = bench.run(shell, script, { words: [look] })
    expect(stderr).toBe('')
    return { code, said: stdout.replaceAll(/\/tmp\/[\w.]+\//g, '').trimEnd() }
  }
  const MINE = 'echo A=1 >.env.runtime; echo >compose.yml; chown 65534:65534 .env.runtime compose.yml'

  it('takes a file of the deploy account', () => {
    expect(found('nobody', MINE)).toEqual({ code: 0, said: '' })
  })

  it.each([
    ['absolute', 'ln -s "$dir/conf/real" .env.runtime'],
    ['relative', 'ln -s conf/real .env.runtime'],
    ['over another link', 'ln -s other .env.runtime; ln -s conf/real other'],
  ])('follows a symbolic link, %s: the file is its target', (_, link) => {
    const layOut = `${MINE}; mkdir conf; mv .env.runtime conf/real; chown -h 65534 conf; ${link}`
    const look = `${PREFLIGHT} && printf '%s\\n' "$ENV_FILE" "$ENV_NAME"`
    expect(found('nobody', layOut, look)).toEqual({ code: 0, said: 'conf/real\n.env.runtime' })
  })

  it.each([
    ['no file', 'echo >compose.yml', 'fact\tfinding\tenv-file-missing\t.env.runtime'],
    [
      'a link to nowhere',
      'echo >compose.yml; ln -s gone .env.runtime',
      'fact\tfinding\tenv-file-missing\t.env.runtime',
    ],
    [
      'a link into a directory that is not there',
      'echo >compose.yml; ln -s no/where .env.runtime',
      'fact\tfinding\tenv-file-missing\t.env.runtime',
    ],
    ['a directory', 'echo >compose.yml; mkdir .env.runtime', 'fact\tfinding\tenv-file-missing\t.env.runtime'],
    [
      'a file of another owner',
      `${MINE}; chown 1 .env.runtime; chmod 666 .env.runtime`,
      'fact\tfinding\tenv-file-not-editable\t.env.runtime\tit belongs to daemon, and only root could give an edited copy back to that owner',
    ],
    [
      'a file that it may not read',
      `${MINE}; chown 1 .env.runtime; chmod 600 .env.runtime`,
      'fact\tfinding\tenv-file-not-editable\t.env.runtime\tuser nobody may not read it',
    ],
    [
      'a directory that it may not write to',
      `${MINE}; chown 1 .`,
      'fact\tfinding\tenv-file-not-editable\t.env.runtime\tuser nobody may not write to its directory',
    ],
  ])('refuses for an account that is not root: %s', (_, layOut, finding) => {
    expect(found('nobody', layOut)).toEqual({ code: 1, said: finding })
  })

  it('takes the names of compose files as they are written', () => {
    const look = `cd "$dir"; ${PREFLIGHT.replace('compose.yml', 'comp*.yml')}; case $- in *f*) echo 'no globs any more' ;; esac`
    expect(found('nobody', MINE, look).said).toBe('fact\tfinding\tcompose-file-missing\tcomp*.yml')
  })

  it('lets root edit the file of another owner, which stays its own', () => {
    const look = `${PREFLIGHT}
cp "$ENV_FILE" "$dir/copy"; give_owner "$(stat -c %u:%g "$ENV_FILE")" "$dir/copy"; stat -c %u:%g "$dir/copy"`
    expect(found('root', `${MINE}; chown 1:2 .env.runtime`, look)).toEqual({ code: 0, said: '1:2' })
  })
})
