import { afterAll, describe, expect, it } from '@jest/globals'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

/** A transaction that nobody watches any more: the guard is dead, and its lease over. */
const LEFT = `
left() {
  applied "$1" 60 && kill_job "$1" guard
  [ "\${2-applied}" = applied ] || set_state "$2"
  tx_release "$1"
}
CLOSED_LOOP_LIBRARY=
listed() { unfinished | sed 's/^\\([^ ]*\\) /unfinished\\t\\1\\t/'; }
recover() { sh "$STATE_DIR/host.sh" recover "$@" 2>&1 | sed "s#$STATE_DIR#STATE#g"; }
`

describe.each(SHELLS)('recovery under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, LEFT + script)

  it.each(['applying', 'applied', 'rolling_back'])(
    'restores what ran before a transaction that stopped at %s, for a person',
    (state) => {
      const { lines } = client(`
left a ${state}
sh "$STATE_DIR/host.sh" status | tail -n 2 | sed "s#$STATE_DIR#STATE#"
recover; read_state a; runs; free; strays; recover`)
      expect(lines).toEqual([
        `Deployment a has not ended: it is ${state}. No job ends it. To end it: sh STATE/host.sh recover`,
        'The project is free.',
        `Deployment a has not ended: it is ${state}.`,
        'Done: what ran before deployment a runs again; the containers of project shop equal the snapshot.',
        ...['rolled_back', 'old', 'nobody has it', '0', 'Nothing to do: every deployment has its end.'],
      ])
    },
  )

  it('carries a confirmation forward, or rolls back where it cannot', () => {
    const { lines } = client(`
echo 'carried_ready() { [ ! -e "$one/broken" ]; }' >"$one/plays"
left a confirming; printf 'id\\tstarted\\tsha256:1\\tapp\\n' >"$TX_DIR/ready"; echo 'another-boot 7' >"$TX_DIR/ready-clock"
recover; read_state a; runs
left b confirming; printf 'id\\tstarted\\tsha256:1\\tapp\\n' >"$TX_DIR/ready"; echo 'another-boot 7' >"$TX_DIR/ready-clock"; : >"$one/broken"
recover; read_state b; runs; free`)
    expect(lines).toEqual([
      'Deployment a has not ended: it is confirming.',
      'Nothing was rolled back: deployment a is promoted, its release was confirmed.',
      ...['promoted', 'new'],
      'Deployment b has not ended: it is confirming.',
      'Done: what ran before deployment b runs again; the containers of project shop equal the snapshot.',
      ...['rolled_back', 'old', 'nobody has it'],
    ])
  })

  it('carries a confirmation forward only with every container that was ready', () => {
    const { lines } = client(`
left a; printf 'id%s\\tthen\\tsha256:n\\tapp\\n' 1 2 >"$TX_DIR/ready"; health_patience() { echo 0; }
container() { printf '%s\\tapp\\t1\\tFalse\\tsha256:%s\\tshop:n\\trunning\\t%s\\talways:0\\n' "$1" "$2" "$3"; }
carried() { carried_ready 2>&1; echo "$?"; }
inventory() { container one n healthy; container two n none; }; carried
inventory() { container one n healthy; }; carried
inventory() { container one n healthy; container two o healthy; }; carried
inventory() { container one n healthy; container two n starting; }; carried`)
    const not = 'the confirmation cannot be carried forward: '
    expect(lines).toEqual([
      '0',
      ...[`${not}app lacks 1 of its containers`, '1'],
      ...[`${not}app runs another image`, '1'],
      ...[`${not}app is running, starting`, '1'],
    ])
  })

  it('is a job of the old transaction for the deployment that finds it, which has given its lock back', () => {
    const { lines } = client(`
left a; left_b() { plan | verb_acquire b 30 0 >/dev/null; plan | verb_begin b played 30 | cut -f 2-; listed; verb_release b; }
left_b; job a recover-b recover; done_job a recover-b; facts_of a recover-b | cut -f 2-; exit_of a recover-b
listed; plan | verb_acquire b 30 0 | cut -f 2; plan | verb_begin b played 30; read_state b`)
    expect(lines).toEqual([
      ...[
        'unfinished\ta\tapplied',
        'unfinished\ta\tapplied',
        'nothing_ran',
        'rolled_back',
        'recovered\ta\trolled_back',
        '0',
      ],
      ...['acquired', 'begun'],
    ])
  })

  it('touches nothing that somebody else put there since, until a person insists', () => {
    const { lines } = client(`
echo 'foreign_state() { printf "image\\tapp\\tshop-app-1\\tsha256:9\\nenv\\tAI_TRADE_IMAGE\\n"; }' >"$one/plays"
left a; echo theirs >"$one/runs"
recover; read_state a; runs; cut -f 2- "$TX_DIR"/jobs/recover-by-hand-*/facts; free
sh "$STATE_DIR/host.sh" rollback a | tail -n 1; runs`)
    expect(lines).toEqual([
      'Deployment a has not ended: it is applied.',
      'Nothing was changed. Somebody changed the project since: it is neither as before deployment a nor as that deployment left it.',
      'service app: container shop-app-1 runs sha256:9, which is neither the image of before nor that of the deployment',
      'env file: AI_TRADE_IMAGE has neither the value of before nor that of the deployment',
      'To roll back deployment a all the same: sh STATE/host.sh rollback a',
      'To keep what runs now, as it is: sh STATE/host.sh keep a',
      ...['applied', 'theirs', 'problem\tforeign\timage\tapp\tshop-app-1\tsha256:9'],
      ...['problem\tforeign\tenv\tAI_TRADE_IMAGE', 'nobody has it'],
      'Done: what ran before deployment a runs again; the containers of project shop equal the snapshot.',
      'old',
    ])
  })

  it('leaves it as it is where a person decides so, and lets nobody go back behind that', () => {
    const { lines } = client(`
keep() { sh "$STATE_DIR/host.sh" keep "$@" 2>&1 | sed "s#$STATE_DIR#STATE#g"; }
applied a 60; keep a; read_state a; kill_job a guard; tx_release a
echo theirs >"$one/runs"; keep a; read_state a; runs; free; strays; keep a
recover; sh "$STATE_DIR/host.sh" rollback a 2>&1; listed
plan | verb_acquire b 30 0 | cut -f 2; plan | verb_begin b played 30; read_state b; job a late rollback; done_job a late; exit_of a late; facts_of a late | cut -f 2,3
echo begun >"$TX_DIR/state"; keep a | cut -d : -f 1; runs`)
    expect(lines).toEqual([
      'Not kept: somebody on this host is at work on deployment a, and ends it. See: sh STATE/host.sh status',
      'applied',
      'Kept: what runs now stays as it is, and deployment a is over. Services that it had stopped for its gate may stand still, without a restart policy: bring them up with docker compose. The next deployment that is confirmed gives the policy back.',
      ...['kept', 'theirs', 'nobody has it', '0', 'Nothing to do: deployment a is kept.'],
      'Nothing to do: every deployment has its end.',
      'Rolling back transaction a …',
      'Nothing was done: a person decided that what ran after deployment a stays. To have another release, deploy it.',
      ...['acquired', 'begun', '65', 'problem\tkept', 'Nothing to do', 'theirs'],
    ])
  })

  it('takes no process of another boot for a job, though its number and its age may be the same', () => {
    const { lines } = client(`
left a; mkdir "$TX_DIR/jobs/x"; claim_job "$TX_DIR/jobs/x" "$$"; job_alive "$TX_DIR/jobs/x" && echo alive
BOOT=00000000-another; job_alive "$TX_DIR/jobs/x" || echo gone; end_jobs 50 "$TX_DIR/jobs/x"; echo spared`)
    expect(lines).toEqual(['alive', 'gone', 'spared'])
  })

  it('sweeps with the Docker of the deployment, not with that of whoever holds the project', () => {
    const { lines } = client(`
export DOCKER_HOST=unix:///of-the-deployment; prepared a 60; tx_release a
abandon() { echo "$TX $DOCKER_HOST"; }
DOCKER_HOST=unix:///of-a-person; person_hold 'moving the disks' 2>&1 | sed 's/: no deployment.*//'; echo "$DOCKER_HOST"`)
    expect(lines).toEqual(['a unix:///of-the-deployment', 'Held', 'unix:///of-a-person'])
  })

  it('says of what was rolled back that a later deployment is at it by now', () => {
    const { lines } = client(`
left a; job a back rollback; done_job a back
container() { printf 'shop-app-1\\tapp\\t1\\tFalse\\tsha256:%s\\tshop:%s\\trunning\\thealthy\\n' "$1" "$1"; }
container old >"$TX_DIR/snapshot/containers"; inventory() { container new; }
again() { open_transaction a; still_rolled_back | cut -f 2,3 | sed "s/$TAB$//"; open_transaction a; still_rolled_back >/dev/null; echo "$?"; }
again
plan | verb_acquire b 30 0 >/dev/null; plan | verb_begin b played 30; open_transaction b; set_state promoted
again; later_transaction; nothing_came_later 2>&1`)
    expect(lines).toEqual([
      ...['container\tshop-app-1', 'difference\tshop-app-1', 'difference\tshop-app-1', '1'],
      ...['container\tshop-app-1', 'exception\tlater-deployment', 'rolled_back', '0', 'b promoted'],
      'transaction b came after a and is promoted: deploy the release that you want',
    ])
  })

  it('tells what is foreign from a mixture of before and after', () => {
    const { lines } = client(`
left a; unset -f image_id
container() { printf 'shop-%s-1\\t%s\\t1\\tFalse\\t%s\\tr:1\\trunning\\n' "$1" "$1" "$2"; }
container app sha256:old >"$TX_DIR/snapshot/containers"; printf 'app\\tsha256:new\\n' >"$TX_DIR/after-images"
printf 'AI_TRADE_IMAGE=shop:old\\n' >"$TX_DIR/snapshot/env"; echo hash >"$TX_DIR/env-hash"
probe_values() { sed "s/^\\([A-Z_]*\\)=\\(.*\\)/P_\\1: '[\\2]'/" "$1"; }
look() { echo "$*"; inventory() { container app "$image"; container other sha256:any; }; echo "AI_TRADE_IMAGE=$value" >"$one/.env"; foreign_state; }
image=sha256:old value=shop:new look mixture
image=sha256:new value=shop:old look mixture
image=sha256:9 value=shop:9 look foreign`)
    expect(lines).toEqual([
      ...['mixture', 'mixture', 'foreign', 'image\tapp\tshop-app-1\tsha256:9', 'env\tAI_TRADE_IMAGE'],
    ])
  })

  it('tries a rollback that failed once more, and no deployment waits for it after that', () => {
    const { lines } = client(`
echo 'restore_everything() { return 1; }; ROLLBACK_TRIES=1; keep_policies() { :; }' >"$one/plays"
left a rollback_failed
plan | verb_acquire b 30 0 >/dev/null; plan | verb_begin b played 30 | cut -f 2-; verb_release b
job a recover-b recover; done_job a recover-b; facts_of a recover-b | cut -f 2-; exit_of a recover-b
listed; plan | verb_acquire b 30 0 | cut -f 2; plan | verb_begin b played 30; read_state b`)
    expect(lines).toEqual([
      ...['unfinished\ta\trollback_failed', 'rollback_failed', 'recovered\ta\trollback_failed', '1'],
      ...['acquired', 'begun'],
    ])
  })

  it('waits for a deployment that may be at work, and for who has the project', () => {
    const { lines } = client(`
applied a 12; (sleep 0.5; heartbeat; sleep 0.5; heartbeat) & recover | sed 's/It ended meanwhile.*/Done/; s/^Done.*/Done/'; wait
left b; sed -i 's/RETAKE_SECONDS=60/RETAKE_SECONDS=2/' "$STATE_DIR/bin/played.sh"
RETAKE_SECONDS=2; lock_try "$STATE_DIR/lock" person "$(holder_lines hold 0 'by me')"; recover | sed 's/ hold of .*: by me, since [^ ]*/ hold/'; read_state b`)
    expect(lines).toEqual([
      'Deployment a has not ended: it is applied.',
      'It still has the project, and may be at work: waiting for its end, or for 12 s without a word of it. To end it now: sh STATE/host.sh rollback a',
      // Whether it saw the guard at work, or came after it.
      'Done',
      'Deployment b has not ended: it is applied.',
      'Waiting up to 2 s: the project is in use by a hold',
      'Nothing was done: the project is in use by a hold Try again when that has ended.',
      'applied',
    ])
  })

  it('after a restart of the host tells it, with the Docker of the deployment', () => {
    const { lines } = client(`
NOTIFY='echo "told $CLOSED_LOOP_OUTCOME of $CLOSED_LOOP_TRANSACTION"'
DOCKER_HOST=unix:///run/other.sock; export DOCKER_HOST
echo 'restore_everything() { echo old >"$one/runs"; echo "$DOCKER_HOST" >"$one/docker"; }' >"$one/plays"
left a; unset DOCKER_HOST
recover --at-boot | tail -n 1; cat "$one/docker"; tail -n 1 "$TX_DIR"/jobs/recover-by-hand-*/out; tail -n 1 "$TX_DIR/journal" | cut -f 2
recover --sideways | head -n 1`)
    expect(lines).toEqual([
      'Done: what ran before deployment a runs again; the containers of project shop equal the snapshot.',
      ...[
        'unix:///run/other.sock',
        'told rolled_back of a',
        'ended after a restart of the host: rolled_back',
      ],
      expect.stringMatching(/^usage/),
    ])
  })

  it('ends the latest first, because none is rolled back under a later one', () => {
    const { lines } = client(`
left a rollback_failed; : >"$TX_DIR/policies"; : >"$TX_DIR/tried-again"; left b applied
listed; recover | grep -v Done; read_state a; read_state b`)
    expect(lines).toEqual([
      'unfinished\tb\tapplied',
      'Deployment b has not ended: it is applied.',
      ...['rollback_failed', 'rolled_back'],
    ])
  })

  it('is done although a process had the same number in an earlier boot', () => {
    const { lines } = client(`
left a; mkdir "$TX_DIR/jobs/recover-by-hand-$$"; person_recover | tail -n 1; read_state a
left b; mkdir "$TX_DIR/jobs/rollback-by-hand-$$"; person_rollback b | tail -n 1; read_state b`)
    expect(lines).toEqual([
      'Done: what ran before deployment a runs again; the containers of project shop equal the snapshot.',
      'rolled_back',
      'Done: what ran before deployment b runs again; the containers of project shop equal the snapshot.',
      'rolled_back',
    ])
  })

  it.each([
    ['goes on', 'boot', 'promoted'],
    ['starts again and again', 'boot-$(wc -l <"$one/looks")', 'rolled_back'],
  ])('takes for in service what runs and %s', (_, boot, end) => {
    const { lines } = client(`
cat >"$one/plays" <<'PLAYS'
inventory() {
  echo look >>"$one/looks"
  printf 'shop-app-1\\tapp\\t1\\tFalse\\tsha256:1\\tr:1\\trunning\\tnone\\tno:0\\t\\tid\\t%s\\t0\\t0\\tx\\tx\\n' "${boot}"
}
PLAYS
left a confirming; printf 'id\\tstarted\\tsha256:1\\tapp\\n' >"$TX_DIR/ready"; echo 'another-boot 7' >"$TX_DIR/ready-clock"
recover >/dev/null; read_state a`)
    expect(lines).toEqual([end])
  })

  it('uses the Docker of the deployment, whatever the login of the person says', () => {
    const { lines } = client(`
echo 'restore_everything() { echo old >"$one/runs"; echo "Docker \${DOCKER_HOST-}\${DOCKER_CONTEXT-}" >"$one/docker"; }' >"$one/plays"
left a; mine() { DOCKER_HOST=unix:///run/mine.sock; DOCKER_CONTEXT=mine; export DOCKER_HOST DOCKER_CONTEXT; }
mine; recover | tail -n 1 | cut -d : -f 1; cat "$one/docker"
unset DOCKER_HOST DOCKER_CONTEXT; left b; mine
sh "$STATE_DIR/host.sh" rollback b | tail -n 1 | cut -d : -f 1; cat "$one/docker"`)
    expect(lines).toEqual(['Done', 'Docker ', 'Done', 'Docker '])
  })

  it('shows no secret in what Docker said: after a restart of the host systemd keeps it', () => {
    const { lines } = client(`
echo 'restore_everything() { echo "pulling with hunter2hunter2" >&2; return 1; }; ROLLBACK_TRIES=1' >"$one/plays"
left a; echo TOKEN=hunter2hunter2 >>"$one/.env"
recover | grep -e pulling; sh "$STATE_DIR/host.sh" rollback a | grep -e pulling`)
    expect(lines).toEqual(['pulling with ***', 'pulling with ***'])
  })

  it('does not write down an end where it touched nothing after a restart of the host', () => {
    const { lines } = client(`
echo 'foreign_state() { printf "env\\tAI_TRADE_IMAGE\\n"; }' >"$one/plays"
left a; recover --at-boot >/dev/null; tail -n 1 "$TX_DIR/journal" | cut -f 2`)
    expect(lines).toEqual(['not ended after a restart of the host: applied'])
  })
})

describe.each(SHELLS)('what a person keeps under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, LEFT + script)

  it('has its restart policies written down for the next promotion', () => {
    const { lines } = client(`
line() { printf 'shop-later-1\\tlater\\t1\\tFalse\\tsha256:1\\tr:1\\t%s\\tnone\\t%s\\tx\\tid\\n' "$1" "$2"; }
line exited no:0 >"$one/now"; echo 'inventory() { cat "$one/now"; }' >"$one/plays"
left a; line running unless-stopped:0 >"$TX_DIR/snapshot/containers"
sh "$STATE_DIR/host.sh" keep a | cut -d : -f 1; read_state a; cat "$TX_DIR/policies"`)
    expect(lines).toEqual(['Kept', 'kept', 'id\tunless-stopped:0'])
  })

  it('is nothing where a recovery began while it waited for the project', () => {
    const { lines } = client(`
echo 'restore_everything() { until [ -e "$one/go" ]; do pause; done; echo old >"$one/runs"; }' >"$one/plays"
left a; own_lock() { job a recover-b recover; }
person_keep a 2>&1 | cut -d : -f 1; : >"$one/go"; done_job a recover-b; read_state a; runs`)
    expect(lines).toEqual(['Not kept', 'rolled_back', 'old'])
  })
})
