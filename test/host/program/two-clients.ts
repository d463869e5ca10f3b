import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ProgramBench, programBench, type ShellName } from './shells.ts'

/** A bench with a Docker that has a name and nothing else. */
export function clientsBench(): ProgramBench {
  return programBench({ docker: 'case $1 in info) echo THIS-DOCKER ;; esac' })
}

let hosts = 0

/**
 * Two clients, `a` and `b`, in one shell: `$NOW` is the clock of the boot, and `as VERB …` calls a verb and says
 * how it ended. What needs real containers is played.
 */
export const TWO_CLIENTS = `
NOW=100
boot_clock() { BOOT_CLOCK="boot $NOW"; }
project_lock() { mkdir -p "$locks/$PROJECT_NAME" && printf '%s\\n' "$locks/$PROJECT_NAME"; }
locks=$1/locks
mkdir -p "$1/one"
plan() {
  printf 'project_dir\\t%s\\nenv_file\\t.env\\ncompose_file\\tc.yml\\nproject_name\\t%s\\n' "\${2:-$one}" "\${3:-shop}"
  printf 'by\\tuser-%s\\nwhere\\thttps://ci/%s\\nattempt\\t1\\nrepository\\to/r\\n' "$1" "$1"
}
one=$1/one
STATE_DIR=$one/.closed-loop
in_state() { TX=$1 TX_DIR=$STATE_DIR/transactions/$1; set_state "$2"; }
as() { "$@" 2>/dev/null; echo "$1 $2 $?"; }
acquire() { plan "$1" "\${3-}" "\${4-}" | verb_acquire "$1" 30 "\${2:-0}"; }
begin() { plan "$1" | verb_begin "$1" sha 30; }
read_state() { cat "$STATE_DIR/transactions/$1/state"; }
`

/** Gives what the script printed; without what `fact acquired` and `fact holder` say beyond whom. */
export function clients(bench: ProgramBench, shell: ShellName, script: string) {
  hosts += 1
  const directory = join(bench.directory, `host ${hosts}`)
  mkdirSync(directory)
  const { stdout, stderr } = bench.run(shell, `${TWO_CLIENTS}\n${script}`, { words: [directory] })
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^fact\tholder\t\w+\t(\w+)\t.*$/, 'holder $1').replaceAll('\t', ' '))
  return { directory, lines, stderr }
}
