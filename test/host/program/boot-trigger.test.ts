import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

/** Commands that are functions: busybox takes its own before any of the PATH. Of no crontab they say what Debian's, or busybox's, does. */
const FAKES = `
fakes=\${1-}/fakes
[ -d "$fakes" ] || fakes=$one/../fakes
table=$fakes/table
bounded() { shift; "$@" </dev/null; }
cron_runs() { :; }
systemd_runs() { return 1; }
systemctl() { echo "systemctl $*" >>"$fakes/systemctl.log"; }
crontab() {
  case $1 in
  -l) [ -f "$table" ] || { cat "$fakes/none" >&2; return 1; }; cat "$table" ;;
  -r) rm -f "$table" ;;
  *) cp "$1" "$table" ;;
  esac
}
`

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

const CRON = `
mkdir -p "$1/fakes"
${FAKES}
echo 'no crontab for root' >"$fakes/none"
TX=tx1 TX_DIR=$1/tx; mkdir -p "$TX_DIR"; : >"$TX_DIR/journal"
STATE_DIR="$1/it's \\"50\\" % here/.closed-loop"; mkdir -p "$STATE_DIR"
printf 'echo "recovered as $*" >"%s"\\n' "$1/ran" >"$STATE_DIR/host.sh"
ran() { cat "\${TX_DIR%/tx}/ran"; }
`

describe.each(SHELLS)('the boot trigger under %s', (shell) => {
  const run = (script: string) => playedClient(bench, shell, CRON + script)

  it('is one line of the crontab, which the shell that cron calls understands', () => {
    const { lines, stderr } = run(`
set_boot_trigger; cut -f 1 "$TX_DIR/boot-trigger"; wc -l <"$table"
sed 's/^@reboot //' "$table" >"$TX_DIR/line"; ! grep '%' "$TX_DIR/line"; sh "$TX_DIR/line"; ran
STATE_DIR="$STATE_DIR 'plain'"; mkdir "$STATE_DIR"; cp "\${STATE_DIR%" 'plain'"}/host.sh" "$STATE_DIR"
cron_word "/it's/plain" | { read -r word; eval "printf '%s\\n' $word"; }
remove_boot_trigger; ls "$TX_DIR"; [ -e "$table" ] || echo none`)
    expect(stderr).toBe('')
    expect(lines).toEqual([
      ...['crontab', '1', 'recovered as recover --at-boot', "/it's/plain"],
      ...['journal', 'line', 'none'],
    ])
  })

  it('leaves every other line as it was, byte for byte', () => {
    const { lines } = run(`
printf '# a comment\\nMAILTO=""\\n\\n*/5 * * * *\\tbackup %%d \\\\ \\303\\251\\r\\n@reboot sh /other/host.sh recover --at-boot # closed-loop-recover tx2\\nno line end' >"$table"
cp "$table" "$TX_DIR/before"
set_boot_trigger; grep -c '' "$table"; remove_boot_trigger; cmp "$table" "$TX_DIR/before" && echo same
set_boot_trigger; printf '\\nadded' >>"$table"; printf '\\nadded' >>"$TX_DIR/before"; remove_boot_trigger; cmp "$table" "$TX_DIR/before" && echo same
remove_boot_trigger; cmp "$table" "$TX_DIR/before" && echo same`)
    expect(lines).toEqual(['7', 'same', 'same', 'same'])
  })

  it('is set again where somebody else wrote the crontab at the same time', () => {
    const { lines } = run(`
# The first write is lost: another one follows it at once.
crontab() {
  case $1 in
  -l) cat "$table" 2>/dev/null || { cat "$fakes/none" >&2; return 1; } ;;
  *) cp "$1" "$table"; [ -e "$TX_DIR/lost" ] || { : >"$TX_DIR/lost"; echo '1 1 * * * theirs' >"$table"; } ;;
  esac
}
set_boot_trigger; cut -c 1-15 "$table"`)
    expect(lines).toEqual([expect.stringMatching(/^@reboot sh/), '1 1 * * * their'])
  })

  it.each([
    ['no cron runs', 'cron_runs() { return 1; }', 'no cron runs'],
    ['the account may not', 'crontab() { echo "you are not allowed" >&2; return 1; }', 'may not use crontab'],
  ])('is warned of, and stops nothing, where %s', (_, played, reason) => {
    const { lines } = run(`${played}
preflight_boot_trigger; set_boot_trigger; echo "set $?"; ls "$TX_DIR"`)
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^fact\\twarning\\tno-boot-trigger\\t.*${reason}$`)),
      ...['set 1', 'journal'],
    ])
  })

  const FULL = `
mkdir "$1/fakes"; echo 'no crontab for deploy' >"$1/fakes/none"
cat >"$one/plays" <<'END'
${FAKES}
boot_trigger_kind() { echo crontab; }
# It lists, and a full disk takes nothing.
crontab() {
  case $1 in
  -l) cat "$fakes/none" >&2; return 1 ;;
  *) echo 'crontab: cannot write: No space left on device' >&2; return 1 ;;
  esac
}
END
`

  it('is told, and stops nothing, where it cannot be set', () => {
    const { lines } = playedClient(
      bench,
      shell,
      `${FULL}
applied a 60; facts_of a apply | grep -e warning -e refused -e boundary; ls "$TX_DIR" | grep boot; kill_job a guard`,
    )
    expect(lines).toEqual([
      'fact\twarning\tno-boot-trigger\tthe boot trigger (crontab) could not be set: crontab: cannot write: No space left on device',
      'fact\tboundary',
    ])
  })

  it.each([
    [
      'it cannot be set',
      '',
      'the boot trigger (crontab) could not be set: crontab: cannot write: No space left on device',
    ],
    [
      'there is none any more',
      `echo 'boot_trigger_kind() { echo "no cron runs"; return 1; }' >>"$one/plays"`,
      'no cron runs',
    ],
  ])('is demanded before the boundary, where the plan says so, and %s', (_, played, reason) => {
    const { lines } = playedClient(
      bench,
      shell,
      `${FULL}${played}
prepared a 60; printf 'on_no_boot_trigger\\trefuse\\n' >>"$TX_DIR/plan"; job a apply; done_job a apply
exit_of a apply; facts_of a apply; read_state a; runs; ls "$TX_DIR" | grep -e reserve -e boot; strays`,
    )
    expect(lines).toEqual(['10', `fact\trefused\tno_boot_trigger\t${reason}`, 'prefetched', 'old', '0'])
  })

  it('writes back no crontab that was read in part', () => {
    const { lines } = run(`
printf '1 1 * * * backup\n2 2 * * * more\n' >"$table"; cp "$table" "$1/before"
crontab_lines() { if [ -t 1 ] || [ -p /dev/stdout ]; then cat "$table"; else head -n 1 "$table"; fi; }
set_boot_trigger; cmp "$table" "$1/before" && echo same; ls "$TX_DIR" | grep crontab
crontab_lines() { if [ -t 1 ] || [ -p /dev/stdout ]; then cat "$table"; else :; fi; }
set_boot_trigger; cmp "$table" "$1/before" && echo same`)
    expect(lines).toEqual(['same', 'same'])
  })

  it('leaves the lines of others alone where two put it away at once', () => {
    const { lines } = run(`
lost=0
for round in 1 2 3 4 5 6 7 8 9 10; do
  printf '1 1 * * * backup\n' >"$table"; set_boot_trigger
  (JOB=guard; remove_boot_trigger) & (JOB=rollback; remove_boot_trigger) & wait
  grep -q backup "$table" 2>/dev/null || lost=$((lost + 1))
done
echo "lost $lost"`)
    expect(lines).toEqual(['lost 0'])
  })

  it('is a unit where root has systemd', () => {
    const { directory, lines } = run(`
systemd_runs() { :; }
UNIT_DIR=$1/units; mkdir "$UNIT_DIR"; PROJECT_NAME=shop
set_boot_trigger; cat "$UNIT_DIR/closed-loop-recover-shop-tx1.service"
remove_boot_trigger; ls "$UNIT_DIR" "$TX_DIR" | sed "s#$1/##"; cat "$fakes/systemctl.log"`)
    expect(lines).toEqual([
      '[Unit]',
      'Description=Ends deployment tx1 of shop, which a restart of the host cut short',
      'Wants=docker.service',
      'After=docker.service',
      ...['[Service]', 'Type=simple', 'Restart=on-abnormal', 'RestartSec=10'],
      `ExecStart=/bin/sh "${directory}/it's \\"50\\" %% here/.closed-loop/host.sh" recover --at-boot`,
      ...['[Install]', 'WantedBy=multi-user.target'],
      ...['tx:', 'journal', 'units:'],
      'systemctl --quiet enable closed-loop-recover-shop-tx1.service',
      'systemctl --quiet disable closed-loop-recover-shop-tx1.service',
      'systemctl daemon-reload',
    ])
  })

  it('is a unit that systemd itself can read, and wants at the next start of the host', () => {
    const { directory, lines } = run(`
systemd_runs() { :; }
UNIT_DIR=$1/root/etc/systemd/system; mkdir -p "$UNIT_DIR"; PROJECT_NAME=shop
set_boot_trigger; ls "$UNIT_DIR"`)
    const unit = 'closed-loop-recover-shop-tx1.service'
    expect(lines).toEqual([unit])
    const root = join(directory, 'root')
    const verified = spawnSync('systemd-analyze', ['verify', join(root, 'etc/systemd/system', unit)], {
      encoding: 'utf8',
    })
    expect(verified).toMatchObject({ status: 0, stderr: '' })
    const enabled = spawnSync('systemctl', [`--root=${root}`, 'enable', unit], { encoding: 'utf8' })
    expect(enabled.status).toBe(0)
    expect(readdirSync(join(root, 'etc/systemd/system/multi-user.target.wants'))).toEqual([unit])
  })

  it('is set before the boundary, and gone after the end, whoever ended it', () => {
    const { lines } = playedClient(
      bench,
      shell,
      `
mkdir "$1/fakes"; echo "crontab: can't open 'root': No such file or directory" >"$1/fakes/none"
cat >"$one/plays" <<'END'
${FAKES}
boot_trigger_kind() { echo crontab; }
END
table=$1/fakes/table
lines() { grep -c closed-loop "$table" 2>/dev/null || :; }
applied a 60; lines; job a confirm; done_job a confirm; lines
applied b 60; lines; job b rollback; done_job b rollback; lines
applied c 2; ended c; read_state c; lines
echo 'armed() { grep -c closed-loop "$table" >"$TX_DIR/seen"; return 1; }' >>"$one/plays"
prepared d 60; job d apply; done_job d apply; cat "$TX_DIR/seen"; lines`,
    )
    expect(lines).toEqual(['1', '1', 'rolled_back', '1'])
  })
})

it('is written as the crontab of this machine takes it', () => {
  // A line that cron would refuse is refused by `crontab -T`, where it knows that.
  const known = spawnSync('crontab', ['-T', '/dev/null'])
  if (known.status !== 0) return
  const { directory } = playedClient(bench, 'dash', `${CRON} set_boot_trigger; cp "$table" "$1/crontab"`)
  expect(readFileSync(join(directory, 'crontab'), 'utf8')).toMatch(/^@reboot /)
  expect(spawnSync('crontab', ['-T', join(directory, 'crontab')]).status).toBe(0)
})
