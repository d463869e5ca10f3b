import { COLUMNS, KEYS_OF_PARTS } from './container.ts'
import { GIVEN_VARIABLES, KEPT_ASSIGNMENTS, KEPT_VARIABLES } from './environment.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { MOUNT_LINE, OTHER_COLUMNS, SHARER_COLUMNS } from './preflight-facts.ts'
import { quoted } from './quoted.ts'
import { statesAt } from './states.ts'
import { JOBS, VERBS } from './verbs.ts'

/**
 * The part of the host program that says what the tables of this room say: the same names for both sides.
 * docs/host-protocol.md shows the same for people.
 */
export const shellConstants = [
  '# Made from src/host/protocol: what client and host agree on.',
  ...Object.entries(EXIT_CODES).map(([name, { code }]) => `${name}_CODE=${code}`),
  '# What a login may hand on to docker and compose.',
  `KEPT_VARIABLES=${quoted(KEPT_VARIABLES.join(' '))}`,
  `ENVIRONMENT_NAMES=${quoted([...GIVEN_VARIABLES, ...KEPT_VARIABLES].join(' '))}`,
  '# in_clean_environment COMMAND… : in the place of this shell.',
  'in_clean_environment() {',
  `  exec env -i CLOSED_LOOP_CLEAN=yes "PATH=$PATH" "HOME=\${HOME-/}" "USER=\${USER-}" LANG=C.UTF-8 \\`,
  `    ${KEPT_ASSIGNMENTS} "$@"`,
  '}',
  '# The columns of a container line, as docker inspect prints them; "-" is filled in by compose/inventory.sh.',
  `# ${COLUMNS.map(({ name }, index) => `${index + 1} ${name}`).join(', ')}`,
  `CONTAINER_LINE=${quoted(COLUMNS.map(({ template }) => template).join('{{"\\t"}}'))}`,
  '# Of all containers of the host, and of those that share something, as docker prints them.',
  `OTHER_LINE=${quoted(OTHER_COLUMNS.join('{{"\\t"}}'))}`,
  `SHARER_LINE=${quoted(SHARER_COLUMNS.join('{{"\\t"}}'))}`,
  '# What containers mount.',
  `MOUNT_LINE=${quoted(MOUNT_LINE)}`,
  '# How keys of docker inspect begin, and the part of a container that they are of, in turn.',
  `DETAIL_PARTS=${quoted(
    Object.entries(KEYS_OF_PARTS)
      .flatMap(([part, keys]) => keys.flatMap((key) => [key, part]))
      .join(' '),
  )}`,
  ...predicate('is_verb', Object.keys(VERBS)),
  ...predicate('is_job', Object.keys(JOBS)),
  '# in_time KIND:STATE : whether that job has its time in that state.',
  ...predicate(
    'in_time',
    Object.entries(JOBS).map(([kind, { state }]) => `${kind}:${state === 'any' ? '*' : state}`),
  ),
  '# Where a transaction stands by its state.',
  ...predicate('is_before_boundary', statesAt('before')),
  ...predicate('is_past_boundary', statesAt('past')),
  ...predicate('has_end', statesAt('ended')),
  '',
].join('\n')

/** A shell function that succeeds for a word that is one of these patterns. */
function predicate(name: string, patterns: readonly string[]): readonly string[] {
  return [`${name}() {`, '  case $1 in', `  ${patterns.join(' | ')}) ;;`, '  *) return 1 ;;', '  esac', '}']
}
